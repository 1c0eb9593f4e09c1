"""Writes `yardmaster/spec/encoder_image.json`: AWS's scikit-learn image, which encodes raw rows in service.

    python tools/encoder_image.py [sagemaker-2.257.7-py3-none-any.whl]

Without a wheel, pip downloads it (the SDK itself is never installed), as `tools/algorithms_table.py` does.
"""

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tools.algorithms_table import config, dns_suffix, download

TARGET = Path(__file__).parent.parent / "layers/yardmaster/python/yardmaster/spec/encoder_image.json"
VERSION = "1.2-1"
"""Its Python is 3.9. Newer ones are not in all regions."""


def main(arguments: list[str]) -> None:
    """Write the table from the wheel that is named, or from PyPI's."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(arguments[0]) if arguments else download(Path(folder))
        TARGET.write_text(json.dumps(table(wheel), indent=1) + "\n")


def table(wheel: Path) -> dict[str, Any]:
    """Return the image's repository and tag, and its host in each region."""
    with zipfile.ZipFile(wheel) as archive:
        row = config(archive, "sklearn")["inference"]["versions"][VERSION]
    return {
        "source": f"sagemaker {wheel.name.split('-')[1]}, image_uri_config; DNS suffixes: botocore's partitions",
        "image": f"{row['repository']}:{VERSION}-cpu-{row['py_versions'][-1]}",
        "hosts": {
            region: f"{account}.dkr.ecr.{region}.{dns_suffix(region)}"
            for region, account in sorted(row["registries"].items())
        },
    }


if __name__ == "__main__":
    main(sys.argv[1:])
