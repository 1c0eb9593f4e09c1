"""Yardmaster: an event-driven, serverless control plane for Amazon SageMaker."""

import gc

# What an import makes stays. Looked through again and again, as Python would, it takes a fifth of a function's start.
gc.set_threshold(100_000)
