"""Yardmaster: an event-driven, serverless control plane for Amazon SageMaker."""
