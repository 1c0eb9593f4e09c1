"""The profile of an algorithm of one's own: what nobody but its author knows is passed on as it is."""

from dataclasses import replace
from typing import get_args

from yardmaster.spec.data import ContentType
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.profile import Answers, Profile

_ACCEPT = {Answers.CSV: "text/csv", Answers.JSON_LINES: "application/jsonlines"}


def own_profile(algorithm: OwnAlgorithm) -> Profile:
    """Return the profile of an algorithm of one's own: any hyperparameters, any problem, the metrics of its author.

    A model package is not trained: it is given no channels but those that it is tested on.
    """
    answers = Answers(algorithm.answers)
    takes_any = Profile(
        name=_name(algorithm),
        content_types=get_args(ContentType),
        extra_channels=("test",),
        takes_missing=True,
        answers=answers,
        accept=_ACCEPT[answers],
        # Whoever wrote a script or an image knows; of what a seller wrote, the spec must say so.
        checkpoints=algorithm.algorithm_arn is None,
    )
    if algorithm.model_package is None:
        return takes_any
    return replace(takes_any, channels={}, needed=("test",), not_tunable="it is not trained, only tested and deployed")


def _name(algorithm: OwnAlgorithm) -> str:
    if algorithm.script is not None:
        return "your script"
    if algorithm.image is not None:
        return "your image"
    return "the algorithm" if algorithm.algorithm_arn is not None else "a model package"
