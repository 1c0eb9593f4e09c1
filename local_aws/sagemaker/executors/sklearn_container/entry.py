"""AWS's scikit-learn container: what `standins` asks of it."""

from pathlib import Path

from local_aws.sagemaker.executors.failures import CUSTOMER_FAULT
from local_aws.sagemaker.executors.sklearn_container.serving import load

__all__ = ["load", "train"]


def train(base_dir: Path) -> int:
    """Say that this image only serves here."""
    failure = base_dir / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.write_text("sagemaker-scikit-learn is not available for training on local AWS")
    return CUSTOMER_FAULT
