"""The built-in algorithms: names, versions, and the image of each in every region.

`algorithms.json` is generated from the SageMaker SDK's data by `tools/algorithms_table.py`.
"""

import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from yardmaster.errors import RefusedError
from yardmaster.spec.problems import words
from yardmaster.spec.schema import OwnAlgorithm

NOT_YET = (
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
)
"""SageMaker's other built-in algorithms; a later issue brings them."""


@dataclass(frozen=True)
class BuiltIn:
    """One version of a built-in algorithm."""

    name: str
    version: str


@cache
def _table() -> dict[str, Any]:
    """Return the generated table."""
    return dict(json.loads(Path(__file__).with_name("algorithms.json").read_text(encoding="utf-8")))


def find(algorithm: str | OwnAlgorithm) -> BuiltIn:
    """Return the algorithm that a spec names: `xgboost`, or `xgboost:1.7-1`.

    Raises:
        RefusedError: It is unknown, or not supported yet; the message is what follows the key `algorithm`.
    """
    if isinstance(algorithm, OwnAlgorithm):
        raise RefusedError("is not supported yet; allowed: xgboost")
    name, _, version = algorithm.partition(":")
    known = _table()["algorithms"]
    if name in NOT_YET:
        raise RefusedError(f"is not supported yet; allowed: {words(list(known))}")
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RefusedError(f"is no algorithm of SageMaker{hint}; allowed: {words(list(known))}")
    versions = known[name]["versions"]
    if version and version not in versions:
        raise RefusedError(f"is no version of it; allowed: {words([f'{name}:{one}' for one in versions])}")
    return BuiltIn(name, version or known[name]["default_version"])


def image_uri(algorithm: str | OwnAlgorithm, region: str) -> str:
    """Return the image's address in ECR, as the SageMaker SDK's `image_uris.retrieve` gives it.

    Raises:
        RefusedError: The algorithm is unknown, or SageMaker has no image of it in this region.
    """
    built_in = find(algorithm)
    row = _table()["algorithms"][built_in.name]
    if region not in row["registries"]:
        regions = words(sorted(row["registries"]))
        raise RefusedError(f"SageMaker has no image of {built_in.name} in {region}; it has one in {regions}")
    host = f"{row['registries'][region]}.dkr.ecr.{region}.{_table()['dns_suffixes'][region]}"
    return f"{host}/{row['repository']}:{built_in.version}"
