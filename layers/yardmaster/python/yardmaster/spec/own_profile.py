"""The profile of an algorithm of one's own: what nobody but its author knows is passed on as it is."""

from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.profile import Answers, Profile


def own_profile(algorithm: OwnAlgorithm) -> Profile:
    """Return the profile of a script or an image: any hyperparameters, any problem, the metrics of its own log."""
    return Profile(
        name="script" if algorithm.script is not None else "image",
        takes_missing=True,
        answers=Answers(algorithm.answers),
    )
