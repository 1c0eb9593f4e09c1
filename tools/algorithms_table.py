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
FILES = {
    "blazingtext": "blazingtext",
    "deepar": "forecasting-deepar",
    "factorization-machines": "factorization-machines",
    "image-classification": "image-classification",
    "ipinsights": "ipinsights",
    "k-means": "kmeans",
    "knn": "knn",
    "lda": "lda",
    "linear-learner": "linear-learner",
    "ntm": "ntm",
    "object-detection": "object-detection",
    "object2vec": "object2vec",
    "pca": "pca",
    "randomcutforest": "randomcutforest",
    "semantic-segmentation": "semantic-segmentation",
    "seq2seq": "seq2seq",
    "xgboost": "xgboost",
}
"""The algorithms by the names that a spec uses, and the SDK's file of each."""
DEFAULT_VERSIONS = {"xgboost": "1.7-1"}
"""Versions other than `1`, the only one that most algorithms have."""
LEGACY = {"xgboost": {"1"}}
"""Versions with other accounts, another repository and other hyperparameters."""
USUAL_SUFFIX = "amazonaws.com"


def main(arguments: list[str]) -> None:
    """Write the table from the wheel that is named, or from PyPI's."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else download(Path(folder))
        TARGET.write_text(text(table(wheel)))


def download(folder: Path) -> Path:
    """Fetch the SDK's wheel alone.

    Raises:
        subprocess.CalledProcessError: The index can't be reached, or no longer has the SDK; `stderr` says why.
    """
    options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--retries=1", "--timeout=15"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), SDK]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(folder.glob("sagemaker-*.whl"))


def table(wheel: Path) -> dict[str, Any]:
    """Return the table: for each algorithm its repository, versions and registry; registries have the accounts."""
    with zipfile.ZipFile(wheel) as archive:
        rows = {name: entry(name, config(archive, file)) for name, file in FILES.items()}
    registries: list[dict[str, str]] = []
    for row in rows.values():
        if row["registry"] not in registries:
            registries.append(row["registry"])
        row["registry"] = registries.index(row["registry"])
    regions = sorted({region for registry in registries for region in registry})
    suffixes = {region: dns_suffix(region) for region in regions}
    return {
        "source": f"sagemaker {wheel.name.split('-')[1]}, image_uri_config; DNS suffixes: botocore's partitions",
        "dns_suffix": USUAL_SUFFIX,
        "dns_suffixes": {region: suffix for region, suffix in suffixes.items() if suffix != USUAL_SUFFIX},
        "algorithms": rows,
        "registries": registries,
    }


def text(found: dict[str, Any]) -> str:
    """Return the table's text: a line for each algorithm and each registry, so that a change is seen in a diff."""
    lines = [f' "{key}": {json.dumps(found[key])}' for key in ("source", "dns_suffix", "dns_suffixes")]
    rows = [f'  "{name}": {json.dumps(row)}' for name, row in found["algorithms"].items()]
    lines.append(' "algorithms": {\n' + ",\n".join(rows) + "\n }")
    lines.append(' "registries": [\n' + ",\n".join(f"  {json.dumps(one)}" for one in found["registries"]) + "\n ]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def config(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """Read the SDK's data of one algorithm."""
    return dict(json.loads(archive.read(f"sagemaker/image_uri_config/{name}.json")))


def entry(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return one algorithm's row; all its versions must share repository and accounts."""
    known = data.get("training", data)["versions"]
    versions = {key: value for key, value in known.items() if key not in LEGACY.get(name, set())}
    places = {json.dumps([value["repository"], value["registries"]], sort_keys=True) for value in versions.values()}
    if len(places) != 1:
        raise SystemExit(f"{name}: the versions no longer share one repository and one set of accounts")
    default = DEFAULT_VERSIONS.get(name, "1")
    if default not in versions:
        raise SystemExit(f"{name}: there is no version {default} any more")
    repository, registry = json.loads(places.pop())
    return {"repository": repository, "default_version": default, "versions": list(versions), "registry": registry}


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
