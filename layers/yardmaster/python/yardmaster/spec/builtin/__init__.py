"""SageMaker's built-in algorithms: a module each, with its `PROFILE`. Only the one that a spec names is imported."""

import difflib
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from yardmaster.errors import RefusedError
from yardmaster.spec.problems import words

if TYPE_CHECKING:
    from yardmaster.spec.profile import Profile

NAMES = (
    "blazingtext",
    "deepar",
    "factorization-machines",
    "image-classification",
    "ipinsights",
    "k-means",
    "knn",
    "lda",
    "linear-learner",
    "ntm",
    "object-detection",
    "object2vec",
    "pca",
    "randomcutforest",
    "semantic-segmentation",
    "seq2seq",
    "xgboost",
)
"""All of them, as a spec names them."""
_SPELLED = {
    "deeparforecasting": "deepar",
    "forecastingdeepar": "deepar",
    "fm": "factorization-machines",
    "kmeansclustering": "k-means",
    "knearestneighbor": "knn",
    "knearestneighbors": "knn",
    "latentdirichletallocation": "lda",
    "linear": "linear-learner",
    "neuraltopicmodel": "ntm",
    "principalcomponentanalysis": "pca",
    "rcf": "randomcutforest",
    "resnet": "image-classification",
    "sequencetosequence": "seq2seq",
    "ssd": "object-detection",
    "word2vec": "blazingtext",
    "xgb": "xgboost",
}
"""What people call them, in lower case and without what is no letter or digit. It is a hint and not a second name:
with one name for each a spec reads the same everywhere, and a change of spelling is no change of the spec."""


@cache
def profile(name: str) -> "Profile":
    """Return what is to be known of a built-in algorithm, named without its version.

    Raises:
        RefusedError: There is none of this name; the message is what follows the key `algorithm`.
    """
    if name not in NAMES:
        meant = _meant(name)
        hint = f"; did you mean {meant}?" if meant else ";"
        raise RefusedError(f"is no algorithm of SageMaker{hint} allowed: {words(NAMES)}")
    found: Profile = import_module(f"{__name__}.{name.replace('-', '_')}").PROFILE
    return found


def _meant(name: str) -> str | None:
    """Return the algorithm that somebody spelled in another way."""
    plain = {_plain(known): known for known in NAMES} | _SPELLED
    near = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
