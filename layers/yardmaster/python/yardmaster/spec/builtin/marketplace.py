"""Algorithms and model packages of the Marketplace, or the account's own: only their authors know what they take."""

from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.profile import Answers, Profile


def profile(algorithm: OwnAlgorithm) -> Profile:
    """Return the profile of an `algorithm_arn` or a `model_package`; what the first takes, SageMaker tells later.

    A model package is not trained, so it has no channels and can't be tuned.
    """
    answers = Answers(algorithm.answers)
    if algorithm.model_package is not None:
        name = "a model package"
        return Profile(name, hyperparameters={}, channels={}, takes_missing=True, answers=answers, tunable=False)
    return Profile("the algorithm", takes_missing=True, answers=answers)
