"""Trains as the container does in algorithm mode: from /opt/ml/input to /opt/ml/model, failures to output/failure.

Source: algorithm_mode/train.py, callback.py and checkpointing.py of aws/sagemaker-xgboost-container.
"""

import json
import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_aws.sagemaker.executors.container_errors import AlgorithmError, UserError
from local_aws.sagemaker.executors.xgboost_container import checkpointing, custom_metrics, data, metric_names
from local_aws.sagemaker.executors.xgboost_container.hyperparameters import validate

logger = logging.getLogger(__name__)
MODEL_NAME = "xgboost-model"
# Phrases of XGBoost's errors that are the customer's fault: CUSTOMER_ERRORS of constants/xgb_constants.py.
CUSTOMER_ERRORS = (
    "label must be in",
    "label must be nonnegative",
    "feature_names mismatch",
    "base_score must be in",
    "Parameter reg_lambda should be greater equal to 0",
    "only contains pos or neg samples",
)
# What xgb.train is not given: the container's own settings, and those that XGBoost 3 has dropped.
NOT_FOR_XGBOOST = {
    "num_round",
    "csv_weights",
    "early_stopping_rounds",
    "save_model_on_termination",
    "eval_metric",
    "_tuning_objective_metric",
    "_num_cv_round",
    "use_dask_gpu_training",
    "predictor",
    "dsplit",
    "sketch_eps",
    "lambda_bias",
    "single_precision_histogram",
    "deterministic_histogram",
    "prob_buffer_row",
}


def main(base_dir: Path) -> int:
    """Run one training job in a directory laid out like /opt/ml.

    Returns:
        The exit code: 0, 1 for a fault of the algorithm, 2 for one of the customer; the reason is in output/failure.
    """
    try:
        _train(base_dir)
    except UserError as error:
        return _fail(base_dir, str(error), 2)
    except Exception as error:  # the container's outermost handler: whatever happens becomes a failure file
        logger.exception("Reporting training FAILURE")
        return _fail(base_dir, f"framework error: {type(error).__name__}: {_first_line(error)}", 1)
    return 0


def _fail(base_dir: Path, reason: str, code: int) -> int:
    logger.error(reason)
    (base_dir / "output" / "failure").write_text(reason)
    return code


def _train(base_dir: Path) -> None:
    settings = validate(_read_json(base_dir / "input/config/hyperparameters.json"))
    channels = _read_json(base_dir / "input/config/inputdataconfig.json")
    _check_channels(channels)
    kind = data.kind_of(channels["train"])
    weighted = settings.get("csv_weights", 0) == 1
    tables = {
        name: data.read_channel(base_dir / "input/data" / name, kind, weighted=weighted)
        for name in ("train", "validation")
        if name in channels
    }
    for name, table in tables.items():
        if table is None:
            channel = "training" if name == "train" else name
            raise UserError(f"No data in {channel} channel path /opt/ml/input/data/{name}")
    found: dict[str, data.Table] = {name: table for name, table in tables.items() if table}
    _boost(settings, found, base_dir / "model", checkpointing.folder(base_dir))


def _check_channels(channels: Mapping[str, Any]) -> None:
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name in channels:
        if name not in ("train", "validation", "code"):
            raise UserError(f"Extraneous channel found: {name}")


def _boost(settings: dict[str, Any], tables: dict[str, data.Table], model_dir: Path, checkpoints: Path | None) -> None:
    _check_labels(settings, tables)
    threads = settings.get("nthread", int(os.environ.get("OMP_NUM_THREADS", "1")))
    matrices = {name: data.to_dmatrix(table, threads) for name, table in tables.items()}
    logger.info("Train matrix has %d rows and %d columns", matrices["train"].num_row(), matrices["train"].num_col())
    if "validation" in matrices:
        logger.info("Validation matrix has %d rows", matrices["validation"].num_row())
    built_in, added = _metrics(settings)
    parameters = {name: value for name, value in settings.items() if name not in NOT_FOR_XGBOOST}
    parameters |= {"nthread": threads} | ({"eval_metric": built_in} if built_in else {})
    if parameters.get("objective") == "reg:linear":  # the old name, which XGBoost 3 no longer knows
        parameters["objective"] = "reg:squarederror"
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    before, trained = checkpointing.load(checkpoints)
    callbacks = _callbacks(settings, model_dir, trained, validated="validation" in matrices)
    if checkpoints is not None:
        callbacks.append(checkpointing.SaveCheckpoint(checkpoints, trained))
    booster = _call_xgboost(
        parameters,
        matrices["train"],
        num_boost_round=max(settings["num_round"] - trained, 0),
        evals=[(matrix, name) for name, matrix in matrices.items()],
        custom_metric=custom_metrics.evaluator(added) if added else None,
        callbacks=callbacks,
        verbose_eval=False,
        xgb_model=before,
    )
    save(booster, model_dir)


def _call_xgboost(parameters: dict[str, Any], matrix: xgb.DMatrix, **options: Any) -> xgb.Booster:
    try:
        return xgb.train(parameters, matrix, **options)
    except xgb.core.XGBoostError as error:
        reason = _first_line(error)
        if any(phrase in reason for phrase in CUSTOMER_ERRORS):
            raise UserError(reason) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {reason}") from error


def _metrics(settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Split the wanted metrics into XGBoost's own and the container's; the tuner's objective is added."""
    wanted = list(settings.get("eval_metric", []))
    if objective := settings.get("_tuning_objective_metric"):
        wanted = sorted({*wanted, objective.partition(":")[2]})
    added = [name for name in wanted if name in custom_metrics.NAMES]
    return [name for name in wanted if name not in added], added


def _callbacks(settings: Mapping[str, Any], model_dir: Path, trained: int, *, validated: bool) -> list[Any]:
    callbacks: list[Any] = [EvaluationLog(trained)]
    if settings.get("save_model_on_termination") == "true":
        callbacks.append(SaveEachRound(model_dir))
        signal.signal(signal.SIGTERM, lambda _signal, _frame: os._exit(0))
    rounds = settings.get("early_stopping_rounds")
    metric = _early_stopping_metric(settings)
    if rounds and metric and validated:
        # The artifact then holds the rounds up to the best; the log goes on to the last, whose metrics are the final.
        callbacks.append(
            xgb.callback.EarlyStopping(
                rounds=rounds,
                metric_name=metric,
                data_name="validation",
                maximize=metric.partition("@")[0] in metric_names.MAXIMIZED,
                save_best=True,
            )
        )
    elif rounds:
        logger.warning("early_stopping_rounds has no effect without a validation channel and eval_metric")
    return callbacks


def _early_stopping_metric(settings: Mapping[str, Any]) -> str | None:
    """Give the metric that stops: the tuner's objective, else the last of eval_metric, else none."""
    if objective := settings.get("_tuning_objective_metric"):
        return str(objective).partition(":")[2]
    metrics: list[str] = settings.get("eval_metric", [])
    return metrics[-1] if metrics else None


def _check_labels(settings: Mapping[str, Any], tables: Mapping[str, data.Table]) -> None:
    """Refuse labels outside the objective's range, in the words of XGBoost's versions in the container."""
    objective = settings.get("objective", "reg:squarederror")
    for table in tables.values():
        low, high = float(np.min(table.labels)), float(np.max(table.labels))
        if objective in ("binary:logistic", "binary:logitraw", "binary:hinge", "reg:logistic") and (
            low < 0 or high > 1
        ):
            raise UserError("label must be in [0,1] for logistic regression")
        if objective.startswith("multi:"):
            whole = bool(np.all(table.labels == np.floor(table.labels)))
            if low < 0 or high >= settings["num_class"] or not whole:
                raise UserError("SoftmaxMultiClassObj: label must be in [0, num_class).")
        if objective in ("count:poisson", "reg:tweedie") and low < 0:
            raise UserError(
                f"{'Poisson' if 'poisson' in objective else 'Tweedie'}Regression: label must be nonnegative"
            )


class EvaluationLog(xgb.callback.TrainingCallback):
    """Prints `[0]<tab>train-auc:0.91034<tab>validation-auc:0.89001` after each round, as the container does."""

    def __init__(self, trained: int) -> None:
        """Count on from the rounds that were trained before."""
        super().__init__()
        self._trained = trained

    def after_iteration(self, _model: Any, epoch: int, evals_log: Any) -> bool:
        """Print one line; never stops the training."""
        scores = [
            f"{channel}-{metric}:{values[-1]:.5f}"
            for channel, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        if scores:
            print("\t".join([f"[{self._trained + epoch}]", *scores]), flush=True)  # noqa: T201  # the container's log is its output
        return False


class SaveEachRound(xgb.callback.TrainingCallback):
    """Keeps the model of the last complete round on disk, so that a stopped job leaves an artifact."""

    def __init__(self, model_dir: Path) -> None:
        """Save into this directory."""
        super().__init__()
        self._model_dir = model_dir

    def after_iteration(self, model: Any, _epoch: int, _evals_log: Any) -> bool:
        """Save; never stops the training."""
        save(model, self._model_dir)
        return False


def save(booster: xgb.Booster, model_dir: Path) -> None:
    """Write `xgboost-model` at once or not at all: a SIGTERM may come at any moment."""
    temporary = model_dir.parent / f"{MODEL_NAME}.part"
    temporary.write_bytes(booster.save_raw("ubj"))
    temporary.replace(model_dir / MODEL_NAME)


def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text())
    return dict(content)


def _first_line(error: Exception) -> str:
    """Give the message without XGBoost's stack trace and time of day."""
    line = str(error).partition("\n")[0]
    return line.partition("] ")[2] if line.startswith("[") else line
