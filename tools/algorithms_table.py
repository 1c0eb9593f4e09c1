"""Writes `yardmaster/spec/algorithms.json`: the built-in algorithms' images, from the SageMaker SDK's own data.

    python tools/algorithms_table.py [sagemaker-2.257.7-py3-none-any.whl]

Without a wheel, pip downloads it (the SDK itself is never installed). DNS suffixes come from botocore's partitions.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import botocore

TARGET = Path(__file__).parent.parent / "layers/yardmaster/python/yardmaster/spec/algorithms.json"
SDK = "sagemaker==2.257.*"
DEFAULT_VERSIONS = {"xgboost": "1.7-1"}
LEGACY = {"xgboost": {"1"}}
"""Versions with other accounts, another repository and other hyperparameters."""


def main(arguments: list[str]) -> None:
    """Write the table from the wheel that is named, or from PyPI's."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else download(Path(folder))
        TARGET.write_text(json.dumps(table(wheel), indent=1) + "\n")


def download(folder: Path) -> Path:
    """Fetch the SDK's wheel alone."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), SDK]
    subprocess.run(command, check=True)
    return next(folder.glob("sagemaker-*.whl"))


def table(wheel: Path) -> dict[str, Any]:
    """Return the table: for each algorithm its repository, versions and the account by region."""
    with zipfile.ZipFile(wheel) as archive:
        configs = {
            name: json.loads(archive.read(f"sagemaker/image_uri_config/{name}.json")) for name in DEFAULT_VERSIONS
        }
    algorithms = {name: entry(name, config) for name, config in configs.items()}
    regions = sorted({region for algorithm in algorithms.values() for region in algorithm["registries"]})
    return {
        "source": f"sagemaker {wheel.name.split('-')[1]}, image_uri_config; DNS suffixes: botocore's partitions",
        "dns_suffixes": {region: dns_suffix(region) for region in regions},
        "algorithms": algorithms,
    }


def config(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """Read the SDK's data of one algorithm."""
    return dict(json.loads(archive.read(f"sagemaker/image_uri_config/{name}.json")))


def entry(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return one algorithm's row; all its versions must share repository and accounts."""
    versions = {key: value for key, value in data["training"]["versions"].items() if key not in LEGACY[name]}
    places = {json.dumps([value["repository"], value["registries"]], sort_keys=True) for value in versions.values()}
    if len(places) != 1:
        raise SystemExit(f"{name}: the versions no longer share one repository and one set of accounts")
    repository, registries = json.loads(places.pop())
    return {
        "repository": repository,
        "default_version": DEFAULT_VERSIONS[name],
        "versions": list(versions),
        "registries": registries,
    }


def dns_suffix(region: str) -> str:
    """Return the suffix of a region's host names, from the partition that the region belongs to."""
    data = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())
    return next(
        str(partition["outputs"]["dnsSuffix"])
        for partition in data["partitions"]
        if region in partition["regions"] or re.match(partition["regionRegex"], region)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
