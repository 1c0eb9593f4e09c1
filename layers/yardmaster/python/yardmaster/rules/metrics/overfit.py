"""The train figures beside the test figures, so that overfitting is seen."""

from collections.abc import Mapping
from dataclasses import dataclass

_OURS = {
    "aucpr": "pr_auc",
    "logloss": "log_loss",
    "mlogloss": "log_loss",
    "error": "accuracy",
    "merror": "accuracy",
}
"""XGBoost's names of metrics where they differ from ours (its learning task parameters, `eval_metric`)."""


@dataclass(frozen=True)
class Overfit:
    """One metric on the rows that the model learned from, and on rows that it never saw.

    `text` is for people: `train:auc 0.9300, test 0.8100`.
    """

    metric: str
    train: float
    test: float
    text: str


def overfit_note(train_metrics: Mapping[str, float], test_metrics: Mapping[str, float | None]) -> tuple[Overfit, ...]:
    """Pair the training job's final metrics (`train:auc`) with the test figures of the same meaning.

    Args:
        train_metrics: The job's FinalMetricDataList by name; only those named `train:…` are looked at.
        test_metrics: `Metrics.values` of the candidate.
    """
    notes = []
    for reported, value in sorted(train_metrics.items()):
        channel, _, name = reported.partition(":")
        if channel != "train":
            continue
        metric = _OURS.get(name.partition("@")[0], name)
        # A multiclass model's AUC is the macro one.
        test = test_metrics.get(metric, test_metrics.get(f"macro_{metric}"))
        if test is not None:
            train = 1 - value if name.startswith(("error", "merror")) else value
            label = f"train:{metric}"
            notes.append(Overfit(metric, train, test, f"{label} {train:.4f}, test {test:.4f}"))
    return tuple(notes)
