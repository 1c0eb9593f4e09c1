"""Writes `yardmaster/spec/frameworks.json`: the images that run a script, from the SageMaker SDK's own data.

    python tools/frameworks_table.py [sagemaker-2.257.7-py3-none-any.whl]

Without a wheel, pip downloads it (the SDK itself is never installed), as `tools/algorithms_table.py` does.
"""

import json
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.algorithms_table import config, dns_suffix, download

TARGET = Path(__file__).parent.parent / "layers/yardmaster/python/yardmaster/spec/frameworks.json"
FRAMEWORKS = ("sklearn", "xgboost", "pytorch", "tensorflow")
SCOPES = ("training", "inference")
PREFIX = {"pytorch": "2.", "tensorflow": "2."}
"""How a version begins, where earlier ones are out of support and took their code otherwise."""


def main(arguments: list[str]) -> None:
    """Write the table from the wheel that is named, or from PyPI's."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else download(Path(folder))
        TARGET.write_text(text(wheel))


def text(wheel: Path) -> str:
    """Return the file's text."""
    return json.dumps(table(wheel), indent=1) + "\n"


def table(wheel: Path) -> dict[str, Any]:
    """Return the table: for each framework its versions, and for training and inference the images' parts."""
    with zipfile.ZipFile(wheel) as archive:
        frameworks = {name: entry(config(archive, name), PREFIX.get(name, "")) for name in FRAMEWORKS}
    regions = {region for one in frameworks.values() for scope in SCOPES for region in one[scope]["registries"]}
    return {
        "source": f"sagemaker {wheel.name.split('-')[1]}, image_uri_config; DNS suffixes: botocore's partitions",
        "dns_suffixes": {region: dns_suffix(region) for region in sorted(regions)},
        "frameworks": frameworks,
    }


def entry(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return one framework: the versions that both train and serve, and where their images lie.

    Versions under another name, or in another account, than the newest's are left out; those that lack a region of
    the others say so.
    """
    scopes = {scope: data[scope]["versions"] for scope in SCOPES}
    both = [one for one in scopes["training"] if one in scopes["inference"] and one.startswith(prefix)]
    kept = [one for one in both if all(_together(scopes[scope][one], scopes[scope][both[-1]]) for scope in SCOPES)]
    return {"versions": kept, **{scope: _places(kept, scopes[scope], data[scope]) for scope in SCOPES}}


def _places(kept: list[str], rows: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return repository, accounts by region, tags, and the regions that a version lacks, of one scope."""
    registries = {region: account for one in kept for region, account in rows[one]["registries"].items()}
    lacking = {one: sorted(registries.keys() - rows[one]["registries"]) for one in kept}
    return {
        "repository": rows[kept[-1]]["repository"],
        "registries": dict(sorted(registries.items())),
        "tags": {one: tags(one, rows[one], scope) for one in kept},
        "absent": {one: regions for one, regions in lacking.items() if regions},
    }


def tags(version: str, row: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the tag of each processor's image, as the SDK's `_format_tag` does: version, processor, Python.

    Where the SDK lists no processors (XGBoost) or no Python (TensorFlow's inference), the tag has none.
    """
    processors = row.get("processors") or scope.get("processors")
    python = row.get("py_versions", [])[-1:]
    if not processors:
        return {"cpu": "-".join([version, *python])}
    return {one: "-".join([version, one, *python]) for one in processors if one in ("cpu", "gpu")}


def _together(row: Mapping[str, Any], newest: Mapping[str, Any]) -> bool:
    """Tell whether two versions' images lie side by side, in each region that has both."""
    shared = row["registries"].keys() & newest["registries"]
    same = all(row["registries"][region] == newest["registries"][region] for region in shared)
    return same and row["repository"] == newest["repository"]


if __name__ == "__main__":
    main(sys.argv[1:])
