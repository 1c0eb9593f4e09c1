"""AWS's linear learner container: what `standins` asks of it."""

from local_aws.sagemaker.executors.linear_learner_container.model import load
from local_aws.sagemaker.executors.linear_learner_container.train import train

__all__ = ["load", "train"]
