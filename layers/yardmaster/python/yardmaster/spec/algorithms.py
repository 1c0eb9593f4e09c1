"""The built-in algorithms: names, versions, and the image of each in every region.

`algorithms.json` is generated from the SageMaker SDK's data by `tools/algorithms_table.py`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from yardmaster.errors import RefusedError
from yardmaster.spec import builtin
from yardmaster.spec.problems import words
from yardmaster.spec.schema import OwnAlgorithm


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
        RefusedError: It is unknown; the message is what follows the key `algorithm`.
    """
    if isinstance(algorithm, OwnAlgorithm):
        raise RefusedError(f"is none that is built in; allowed: {words(builtin.NAMES)}")
    name, _, version = algorithm.partition(":")
    builtin.profile(name)
    row = _table()["algorithms"][name]
    if version and version not in row["versions"]:
        raise RefusedError(f"is no version of it; allowed: {words([f'{name}:{one}' for one in row['versions']])}")
    return BuiltIn(name, version or row["default_version"])


def image_uri(algorithm: str | OwnAlgorithm, region: str) -> str:
    """Return the image's address in ECR, as the SageMaker SDK's `image_uris.retrieve` gives it.

    Raises:
        RefusedError: The algorithm is unknown, or SageMaker has no image of it in this region.
    """
    built_in = find(algorithm)
    row = _table()["algorithms"][built_in.name]
    accounts = _table()["registries"][row["registry"]]
    if region not in accounts:
        regions = words(sorted(accounts))
        raise RefusedError(f"SageMaker has no image of {built_in.name} in {region}; it has one in {regions}")
    suffix = _table()["dns_suffixes"].get(region, _table()["dns_suffix"])
    return f"{accounts[region]}.dkr.ecr.{region}.{suffix}/{row['repository']}:{built_in.version}"
