"""A stand-in for AWS's `linear-learner` container, version 1: linear models by mini-batches, over numpy.

Source: the developer guide's pages on the linear learner, and job logs in public notebooks; see docs/fidelity.md.
"""
