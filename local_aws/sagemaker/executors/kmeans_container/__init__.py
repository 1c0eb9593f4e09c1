"""A stand-in for AWS's `kmeans` container, version 1, over scikit-learn.

Source: the developer guide's pages on k-means, and job logs in public notebooks; see docs/fidelity.md.
"""
