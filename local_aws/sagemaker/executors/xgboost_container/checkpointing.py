"""Checkpoints of each round: where a job that was interrupted goes on.

Source: checkpointing.py and algorithm_mode/train.py of aws/sagemaker-xgboost-container.
"""

import json
import logging
import re
from pathlib import Path
from typing import Any

import xgboost as xgb

logger = logging.getLogger(__name__)
NAME = "xgboost-checkpoint"
KEPT = 5
"""How many of the last rounds are kept."""
TRIES = 5
"""How many checkpoints are tried that can't be read, the newest first."""


def folder(base_dir: Path) -> Path | None:
    """Return where checkpoints go, if the job keeps any: the file is there only then."""
    config = base_dir / "input/config/checkpointconfig.json"
    return Path(json.loads(config.read_text())["LocalPath"]) if config.exists() else None


def load(directory: Path | None) -> tuple[xgb.Booster | None, int]:
    """Return the newest checkpoint that can be read, and how many rounds it has; None and 0 without one."""
    if directory is None or not directory.exists():
        return None, 0
    named = (re.fullmatch(rf"{NAME}\.(\d+)", path.name) for path in directory.iterdir())
    rounds = sorted((int(found[1]) for found in named if found), reverse=True)
    for number in rounds[:TRIES]:
        path = directory / f"{NAME}.{number}"
        booster = xgb.Booster()
        try:
            booster.load_model(bytearray(path.read_bytes()))
        except xgb.core.XGBoostError:
            logger.debug("Wrong checkpoint model format %s", path)
            continue
        logger.info("Checkpoint loaded from %s", path)
        logger.info("Resuming from iteration %d", number + 1)
        return booster, number + 1
    return None, 0


class SaveCheckpoint(xgb.callback.TrainingCallback):
    """Keeps the model after each round, and the last five of them; those of before the interruption stay."""

    def __init__(self, directory: Path, start: int) -> None:
        """Save into this directory; `start` rounds were trained before."""
        super().__init__()
        self._directory = directory
        self._start = start
        self._before = {path.name for path in directory.iterdir()}

    def after_iteration(self, model: Any, epoch: int, _evals_log: Any) -> bool:
        """Save at once or not at all; never stops the training."""
        number = self._start + epoch
        temporary = self._directory / f"{number}.sagemaker-ignore"
        temporary.write_bytes(model.save_raw("ubj"))
        temporary.replace(self._directory / f"{NAME}.{number}")
        old = f"{NAME}.{number - KEPT}"
        if old not in self._before:
            (self._directory / old).unlink(missing_ok=True)
        return False
