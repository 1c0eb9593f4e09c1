"""The profile of an algorithm of one's own: what nobody but its author knows is passed on as it is."""

from typing import get_args

from yardmaster.spec.data import ContentType
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.profile import Answers, Profile

_ACCEPT = {Answers.CSV: "text/csv", Answers.JSON_LINES: "application/jsonlines"}


def own_profile(algorithm: OwnAlgorithm) -> Profile:
    """Return the profile of a script or an image: any hyperparameters, any problem, the metrics of its own log."""
    answers = Answers(algorithm.answers)
    return Profile(
        name="your script" if algorithm.script is not None else "your image",
        content_types=get_args(ContentType),
        extra_channels=("test",),
        takes_missing=True,
        answers=answers,
        accept=_ACCEPT[answers],
    )
