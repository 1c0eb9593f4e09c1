"""A stand-in for AWS's `knn` container, version 1, over scikit-learn.

Source: the developer guide's pages on k-NN; its hyperparameters' dependencies from a test of
aws/sagemaker-xgboost-container; see docs/fidelity.md.
"""
