"""What each sample of `events/` does: a scene sets the stage, yields to the invocation, and looks at the effects."""

from tests.sam.scenes import batches, data, scoring, steering, traffic, training
from tests.sam.scenes.base import SCENES, play

__all__ = ["SCENES", "batches", "data", "play", "scoring", "steering", "traffic", "training"]
