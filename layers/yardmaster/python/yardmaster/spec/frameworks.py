"""The managed containers that run a script: their versions, and the image of each in every region.

`frameworks.json` is generated from the SageMaker SDK's data by `tools/frameworks_table.py`.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from yardmaster.errors import RefusedError
from yardmaster.spec.own import ScriptSpec
from yardmaster.spec.problems import words

Purpose = Literal["training", "inference"]
_GRAVITON = re.compile(r"ml\.[a-z]+[0-9]+g[a-z0-9-]*\.")
"""Instance types with AWS's own processors: `ml.c7g.xlarge`. `ml.g5.xlarge` is none: its letter is the family."""


@cache
def _table() -> dict[str, Any]:
    """Return the generated table."""
    return dict(json.loads(Path(__file__).with_name("frameworks.json").read_text(encoding="utf-8")))


def version(script: ScriptSpec) -> str:
    """Return the version of the container: the script's, or the newest.

    Raises:
        RefusedError: There is none of this name; the message is what follows the key and the value.
    """
    versions: list[str] = _table()["frameworks"][script.framework]["versions"]
    if script.framework_version is None:
        return versions[-1]
    if script.framework_version not in versions:
        raise RefusedError(
            f"is no version of {script.framework} that both trains and serves; allowed: {words(versions)}"
        )
    return script.framework_version


def image_uri(script: ScriptSpec, region: str, instance_type: str, purpose: Purpose) -> str:
    """Return the image's address in ECR, as the SageMaker SDK's `image_uris.retrieve` gives it.

    Args:
        script: Framework and version.
        region: Where it runs.
        instance_type: Decides between the images for CPU and GPU.
        purpose: Training or serving: some frameworks have an image for each.

    Raises:
        RefusedError: There is no such image: not in this region, or not for this instance type.
    """
    chosen, row = version(script), _table()["frameworks"][script.framework][purpose]
    name = f"{script.framework} {chosen}"
    regions = sorted(row["registries"].keys() - set(row["absent"].get(chosen, ())))
    if region not in regions:
        raise RefusedError(f"SageMaker has no image of {name} in {region}; it has one in {words(regions)}")
    processor = _processor(instance_type)
    tags = row["tags"][chosen]
    if processor not in tags:
        kinds = words([kind.upper() for kind in tags])
        raise RefusedError(f"SageMaker's image of {name} does not run on {instance_type}: choose a type with {kinds}")
    host = f"{row['registries'][region]}.dkr.ecr.{region}.{_table()['dns_suffixes'][region]}"
    return f"{host}/{row['repository']}:{tags[processor]}"


def _processor(instance_type: str) -> str:
    """Return what an instance type computes with, as the SDK tells it from the family's name."""
    family = instance_type.removeprefix("ml.")
    if _GRAVITON.match(instance_type):
        return "graviton"
    if family.startswith(("inf", "trn")):
        return family[:3]
    return "gpu" if family[0] in "gp" else "cpu"
