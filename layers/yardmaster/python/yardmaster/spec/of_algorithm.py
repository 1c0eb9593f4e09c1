"""What follows from a spec's algorithm: its profile, and whether its data is encoded or goes to it as it is."""

from typing import get_args

from yardmaster.errors import RefusedError
from yardmaster.spec import builtin
from yardmaster.spec.data import ContentType
from yardmaster.spec.own_profile import own_profile
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import OwnAlgorithm, Spec

_CSV = "text/csv"
_SCORED = frozenset({_CSV, "text/libsvm"})
"""What is one row in each line, with its label in front where there is one."""


def profile_of(algorithm: str | OwnAlgorithm) -> Profile:
    """Return what is to be known of the algorithm that a spec names, with its version or without.

    Raises:
        RefusedError: It is unknown; the message is what follows the key `algorithm`.
    """
    if isinstance(algorithm, OwnAlgorithm):
        return own_profile(algorithm)
    return builtin.profile(algorithm.partition(":")[0])


def known_profile(algorithm: str | OwnAlgorithm) -> Profile:
    """Return the profile; for an unknown algorithm one that allows everything, so that the rest can be checked."""
    try:
        return profile_of(algorithm)
    except RefusedError:
        return Profile(name="the algorithm", content_types=get_args(ContentType), takes_missing=True)


def content_type_of(spec: Spec) -> str:
    """Return what the spec's drops hold: what it says, else CSV, or the one type that the algorithm reads."""
    profile = known_profile(spec.algorithm)
    if "content_type" in spec.data.model_fields_set or _CSV in profile.content_types:
        return spec.data.content_type
    return profile.content_types[0]


def is_encoded(spec: Spec) -> bool:
    """Tell whether Yardmaster makes the rows that the algorithm reads; else drops go to it as they are."""
    return known_profile(spec.algorithm).tabular and content_type_of(spec) == _CSV


def is_measured(spec: Spec) -> bool:
    """Tell whether a model's answers are compared with labels: those of encoded rows, or of lines of libsvm."""
    return is_encoded(spec) or (known_profile(spec.algorithm).labelled and content_type_of(spec) in _SCORED - {_CSV})


def algorithm_arn(spec: Spec) -> str | None:
    """Return the algorithm that a spec names by its ARN; None if it is another sort."""
    return spec.algorithm.algorithm_arn if isinstance(spec.algorithm, OwnAlgorithm) else None


def package_arn(spec: Spec) -> str | None:
    """Return the model package that a spec names; None if it is another sort."""
    return spec.algorithm.model_package if isinstance(spec.algorithm, OwnAlgorithm) else None
