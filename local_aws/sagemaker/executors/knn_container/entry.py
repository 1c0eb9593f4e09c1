"""AWS's k-NN container: what `standins` asks of it."""

from local_aws.sagemaker.executors.knn_container.model import load
from local_aws.sagemaker.executors.knn_container.train import train

__all__ = ["load", "train"]
