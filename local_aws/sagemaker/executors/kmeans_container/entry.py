"""AWS's k-means container: what `standins` asks of it."""

from local_aws.sagemaker.executors.kmeans_container.model import load
from local_aws.sagemaker.executors.kmeans_container.train import train

__all__ = ["load", "train"]
