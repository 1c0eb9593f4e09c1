"""The figures in the JSON format of SageMaker Model Monitor's model quality job, which the registry can show.

Source: Amazon SageMaker Developer Guide, "Model quality metrics and Amazon CloudWatch monitoring"
(docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html): its example of each problem type.
The figures of a "best constant classifier" are left out, since the page does not define them. Standard deviations are
"NaN", as there for small data: Model Monitor's come from five random subsamples, and ours (the gate's) are of
differences. Figures of ours that the format lacks (pr_auc, log_loss, macro_*) stand beside, in the same shape.
"""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from yardmaster.rules.metrics.figures import Curves, Metrics, Problem


def evaluation_report(metrics: Metrics, extras: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the content of evaluation.json.

    Args:
        metrics: The candidate's.
        extras: What else the report tells (gate, baseline, training figures); under the key `yardmaster`.
    """
    report: dict[str, Any] = {
        "version": 0.0,
        "dataset": {"item_count": metrics.rows},
        _section(metrics.problem): _figures(metrics),
    }
    own: dict[str, Any] = {"notes": dict(metrics.notes)}
    if metrics.class_names:
        own["class_names"] = list(metrics.class_names)
    if metrics.threshold is not None:
        own["threshold"] = metrics.threshold
    report["yardmaster"] = own | dict(extras or {})
    return report


def _section(problem: Problem) -> str:
    match problem:
        case Problem.BINARY:
            return "binary_classification_metrics"
        case Problem.MULTICLASS:
            return "multiclass_classification_metrics"
        case Problem.REGRESSION:
            return "regression_metrics"
        case Problem.CLUSTERING | Problem.NONE:
            return "unlabelled_metrics"  # The format has no section for them; the registry shows what it knows.
        case _:
            assert_never(problem)


def _figures(metrics: Metrics) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if metrics.confusion:
        figures["confusion_matrix"] = _matrix(metrics.confusion)
    figures |= {name: _figure(value) for name, value in metrics.values.items()}
    if metrics.problem is Problem.BINARY:
        figures |= {name: _figure(value) for name, value in _rates(metrics.confusion).items()}
    if metrics.curves:
        figures |= _curves(metrics.curves)
    return figures


def _figure(value: float | None) -> dict[str, Any]:
    return {"value": value, "standard_deviation": "NaN"}


def _matrix(confusion: Sequence[Sequence[int]]) -> dict[str, dict[str, int]]:
    """Return counts by actual, then predicted class."""
    return {str(actual): {str(said): count for said, count in enumerate(row)} for actual, row in enumerate(confusion)}


def _rates(confusion: Sequence[Sequence[int]]) -> dict[str, float | None]:
    (true_negatives, false_positives), (false_negatives, hits) = confusion
    negatives, positives = true_negatives + false_positives, false_negatives + hits
    return {
        "true_positive_rate": hits / positives if positives else None,
        "true_negative_rate": true_negatives / negatives if negatives else None,
        "false_positive_rate": false_positives / negatives if negatives else None,
        "false_negative_rate": false_negatives / positives if positives else None,
        "f0_5": _f_beta(hits, false_positives, false_negatives, 0.5),
        "f2": _f_beta(hits, false_positives, false_negatives, 2.0),
    }


def _f_beta(hits: int, false_positives: int, false_negatives: int, beta: float) -> float | None:
    top = (1 + beta**2) * hits
    bottom = top + beta**2 * false_negatives + false_positives
    return top / bottom if bottom else None


def _curves(found: Curves) -> dict[str, Any]:
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": list(found.false_positive_rates),
            "true_positive_rates": list(found.true_positive_rates),
        },
        "precision_recall_curve": {"precisions": list(found.precisions), "recalls": list(found.recalls)},
    }
