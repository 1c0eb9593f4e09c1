"""Spot capacity: how long a job may wait and train, and where its algorithm keeps what it goes on from.

Which built-in algorithms keep checkpoints: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html.
"""

from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec
from yardmaster.spec.train import CHECKPOINTS, MAX_WAIT_WITHOUT_CHECKPOINTS, TrainSpec


def keeps_checkpoints(train: TrainSpec, profile: Profile) -> bool:
    """Tell whether an interruption does not cost all that was trained."""
    return profile.checkpoints or (profile.hyperparameters is None and train.checkpoint_local_path is not None)


def checkpoint_folder(spec: Spec, profile: Profile) -> str | None:
    """Return the folder in the container whose files are kept; None without spot capacity, or if nothing uses it.

    The training jobs of a tuning job get none: they would share one prefix, and one would go on from another's model.
    """
    train = spec.train
    if not train.use_spot_instances or spec.tune is not None or not keeps_checkpoints(train, profile):
        return None
    return train.checkpoint_local_path or CHECKPOINTS


def longest_wait(train: TrainSpec, profile: Profile) -> int | None:
    """Return the seconds for `MaxWaitTimeInSeconds`; None without spot capacity."""
    if train.wait_limit is None or train.max_wait is not None or keeps_checkpoints(train, profile):
        return train.wait_limit
    return max(min(train.wait_limit, MAX_WAIT_WITHOUT_CHECKPOINTS), train.max_run)
