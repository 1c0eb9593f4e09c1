"""The built-in algorithms' profiles, one module each."""

from yardmaster.records import Problem
from yardmaster.spec.algorithms import find
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.profile import Profile
from yardmaster.spec.xgboost import ALIASES, ELSEWHERE, TUNABLE_METRICS, XGBOOST


def profile(algorithm: str | OwnAlgorithm) -> Profile:
    """Return the profile of the algorithm that a spec names."""
    return Profile(
        name=find(algorithm).name,
        problems=(Problem.BINARY, Problem.MULTICLASS, Problem.REGRESSION),
        hyperparameters=XGBOOST,
        aliases=ALIASES,
        elsewhere=ELSEWHERE,
        metrics=TUNABLE_METRICS,
        content_types=("text/csv", "text/libsvm"),
        takes_missing=True,
    )
