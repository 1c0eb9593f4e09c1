"""AWS's XGBoost container: what `standins` asks of it."""

import json
from pathlib import Path

from local_aws.sagemaker.executors.script_container import toolkit
from local_aws.sagemaker.executors.script_container import train as script
from local_aws.sagemaker.executors.xgboost_container import train as algorithm
from local_aws.sagemaker.executors.xgboost_container.user_module import load

__all__ = ["load", "train"]


def train(base_dir: Path) -> int:
    """Train with the user's script if the hyperparameters name one (script mode), else as the algorithm."""
    return script.main(base_dir, "xgboost") if _has_script(base_dir) else algorithm.main(base_dir)


def _has_script(base_dir: Path) -> bool:
    given = base_dir / "input/config/hyperparameters.json"
    return given.is_file() and toolkit.PROGRAM in json.loads(given.read_text())
