"""AWS's XGBoost container: what `standins` asks of it."""

from local_aws.sagemaker.executors.xgboost_container.train import main as train
from local_aws.sagemaker.executors.xgboost_container.user_module import load

__all__ = ["load", "train"]
