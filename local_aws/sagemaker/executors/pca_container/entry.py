"""AWS's PCA container: what `standins` asks of it."""

from local_aws.sagemaker.executors.pca_container.model import load
from local_aws.sagemaker.executors.pca_container.train import train

__all__ = ["load", "train"]
