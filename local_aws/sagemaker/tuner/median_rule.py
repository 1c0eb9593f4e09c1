"""Early stopping as AWS describes it for TrainingJobEarlyStoppingType `Auto`.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
"""

from collections.abc import Sequence
from statistics import fmean, median

from local_aws.sagemaker.tuner.trials import Trial

ENOUGH = 3
"""So many trials must have completed before any is stopped; AWS doesn't tell its own number."""


class MedianRule:
    """Stops a trial whose objective is worse than the median of the others' running averages at the same epoch."""

    def stops(self, trial: Trial, others: Sequence[Trial]) -> bool:
        """Say whether a running trial is to be stopped."""
        epoch = len(trial.curve)
        averages = [fmean(other.curve[:epoch]) for other in others if other.completed and len(other.curve) >= epoch > 0]
        return len(averages) >= ENOUGH and trial.curve[-1] < median(averages)
