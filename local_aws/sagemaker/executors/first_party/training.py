"""Runs one training job of an algorithm: settings, channels, the algorithm itself, and how a failure is told."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import arrays, channels, log, rules, stopping
from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.first_party.channels import Table
from local_aws.sagemaker.executors.first_party.rules import Rules, Value

logger = logging.getLogger(__name__)


class Fit(Protocol):
    """An algorithm's training."""

    def __call__(self, settings: Mapping[str, Value], tables: Mapping[str, Table]) -> Arrays:
        """Train on the table `train`, log the metrics on the others, and return the model.

        Raises:
            UserError: Settings and data don't go together.
        """


@dataclass(frozen=True)
class Algorithm:
    """What a container trains.

    Attributes:
        rules: Its hyperparameters.
        channels: The channels that it knows.
        labelled: Whether it learns from labels.
        fit: Its training.
    """

    rules: Rules
    channels: tuple[str, ...]
    labelled: bool
    fit: Fit


def train(algorithm: Algorithm, base_dir: Path) -> int:
    """Run one training job in a directory laid out like /opt/ml.

    Returns:
        The exit code: 0, 1 for a fault of the algorithm, 2 for one of the customer; the reason is in output/failure.
    """
    log.set_up()
    stopping.listen()
    try:
        _train(algorithm, base_dir)
    except UserError as error:
        logger.error("Customer Error: %s", error)
        return _fail(base_dir, str(error), 2)
    except Exception as error:  # the container's outermost handler: whatever happens becomes a failure file
        logger.exception("Algorithm Error: %s", type(error).__name__)
        return _fail(base_dir, f"{type(error).__name__}: {error}", 1)
    return 0


def _train(algorithm: Algorithm, base_dir: Path) -> None:
    config = base_dir / "input/config"
    given = _read_json(config / "hyperparameters.json")
    logger.info("Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: %s", given)
    settings = rules.check(algorithm.rules, given)
    tables = channels.read(
        base_dir, _read_json(config / "inputdataconfig.json"), algorithm.channels, labelled=algorithm.labelled
    )
    _check_width(settings.get("feature_dim"), tables)
    arrays.save(algorithm.fit(settings, tables), base_dir / "model")
    if "test" not in tables:
        logger.info("Test data is not provided.")


def _check_width(feature_dim: int | None, tables: Mapping[str, Table]) -> None:
    expected = feature_dim or tables["train"].features.shape[1] or 1
    wanted = f"the 'feature_dim' hyperparameter says {expected}" if feature_dim else f"expected are {expected}"
    for channel, table in tables.items():
        if (found := table.features.shape[1]) != expected:
            raise UserError(f"Unable to read data channel '{channel}'. Its rows have {found} features, {wanted}.")


def _fail(base_dir: Path, reason: str, code: int) -> int:
    (base_dir / "output" / "failure").write_text(reason)
    return code


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))
