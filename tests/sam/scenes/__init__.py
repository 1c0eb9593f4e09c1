"""What each sample of `events/` does: a scene sets the stage, yields to the invocation, and looks at the effects."""

from tests.sam.scenes import batches, data, keeping, resting, scoring, steering, telling, traffic, training
from tests.sam.scenes.base import SCENES, play

__all__ = [
    "SCENES",
    "batches",
    "data",
    "keeping",
    "play",
    "resting",
    "scoring",
    "steering",
    "telling",
    "traffic",
    "training",
]
