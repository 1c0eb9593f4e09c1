"""A stand-in for AWS's `pca` container, version 1, over numpy and scikit-learn.

Source: the developer guide's pages on PCA, and job logs in public notebooks; see docs/fidelity.md.
"""
