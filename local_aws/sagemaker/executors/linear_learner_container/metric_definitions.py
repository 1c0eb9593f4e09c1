"""The linear learner's published metrics: what AWS finds in its log, and what a tuning job can improve.

Sources: the MetricDefinitions that DescribeHyperParameterTuningJob shows for its image, and
docs.aws.amazon.com/sagemaker/latest/dg/linear-learner-tuning.html for the objectives and `roc_auc_score`.
"""

from local_aws.sagemaker.executors.base import MetricDefinition
from local_aws.sagemaker.executors.first_party.definitions import COMMON, quality

_LOSSES = ("absolute_loss", "mse")
_BINARY = ("binary_classification_accuracy", "precision", "recall", "roc_auc_score")
_MULTICLASS = ("dcg", "macro_precision", "macro_recall", "multiclass_accuracy")
_HELD_OUT = ("validation", "test")
_PARAMETRISED = {
    "binary_f_beta": "binary_f",
    "macro_f_beta": "macro_f",
    "multiclass_top_k_accuracy": "multiclass_top_k_accuracy",
}
"""Metrics in whose lines a parameter follows the name, as in `binary_f_1.000`."""


def _parametrised(channel: str, metric: str) -> MetricDefinition:
    pattern = rf"#quality_metric: host=\S+, {channel} {_PARAMETRISED[metric]}_\S+ <score>=(\S+)"
    return MetricDefinition(f"{channel}:{metric}", pattern)


def _objective_losses() -> list[MetricDefinition]:
    found = [MetricDefinition("test:objective_loss", r"#quality_metric: host=\S+, test \S+_objective <loss>=(\S+)")]
    for channel in ("train", "validation"):
        found += [
            MetricDefinition(
                f"{channel}:objective_loss",
                rf"#quality_metric: host=\S+, epoch=\S+, {channel} \S+_objective <loss>=(\S+)",
            ),
            MetricDefinition(
                f"{channel}:objective_loss:final", rf"#quality_metric: host=\S+, {channel} \S+_objective <loss>=(\S+)"
            ),
        ]
    return found


DEFINITIONS = (
    *COMMON,
    *_objective_losses(),
    *quality(("train", *_HELD_OUT), "loss", _LOSSES),
    *quality(("train", *_HELD_OUT), "score", _BINARY),
    *quality(_HELD_OUT, "score", _MULTICLASS),
    _parametrised("train", "binary_f_beta"),
    *(_parametrised(channel, metric) for channel in _HELD_OUT for metric in _PARAMETRISED),
)
OBJECTIVES = frozenset(
    f"{channel}:{metric}"
    for channel in _HELD_OUT
    for metric in ("objective_loss", *_LOSSES, *_BINARY, *_MULTICLASS, *_PARAMETRISED)
)
