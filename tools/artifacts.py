"""What `sam build` makes, for those who test and measure it: each function's folder, and the folders of its layers."""

import os
import platform
import subprocess
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from local_aws.template.sam import read

ROOT = Path(__file__).parent.parent
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
"""This machine's, as Lambda calls it: what is built for it can be run here."""
NUMERIC = "NumericLayer"
"""The layer whose size has a limit of its own."""


@dataclass(frozen=True)
class Artifact:
    """One built function: its logical id, the folder of its code, and its layers' folders by logical id."""

    function: str
    code: Path
    layers: dict[str, Path]

    @property
    def paths(self) -> list[str]:
        """The folders from which the function imports, in Lambda's order."""
        return [str(self.code), *(str(layer / "python") for layer in self.layers.values())]

    def sizes(self) -> tuple[int, int]:
        """Return the bytes of the function and its layers without the numeric one, zipped and as they are."""
        folders = [self.code, *(layer for name, layer in self.layers.items() if name != NUMERIC)]
        each = [sizes_of(folder) for folder in folders]
        return sum(zipped for zipped, _ in each), sum(unzipped for _, unzipped in each)


@cache
def sizes_of(folder: Path) -> tuple[int, int]:
    """Return the bytes of a folder's files, in a zip archive as SAM makes it, and as they are."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in files:
            target.write(path, str(path.relative_to(folder)))
    return archive.tell(), sum(path.stat().st_size for path in files)


def build(sam: str, folder: Path, architecture: str = ARCHITECTURE) -> Path:
    """Build the template from scratch, as a user would who has no AWS account; return the folder.

    Args:
        sam: The path of the SAM CLI.
        folder: Where to; not the user's own .aws-sam.
        architecture: `arm64` or `x86_64`.

    Raises:
        RuntimeError: SAM failed; the message is what it said.
    """
    parameters = f"Prefix=ym Architecture={architecture}"
    done = subprocess.run(
        [sam, "build", "--no-cached", "--build-dir", str(folder), "--parameter-overrides", parameters],
        cwd=ROOT,
        # Credentials, even false ones, make SAM look them up.
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | {"SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"sam build failed: {done.stderr[-3000:]}")
    return folder


def artifacts(built: Path) -> list[Artifact]:
    """Return every function in a folder that `sam build` made."""
    template = read(built / "template.yaml")
    shared = template["Globals"]["Function"].get("Layers", [])
    return [_artifact(built, name, item["Properties"], shared) for name, item in _functions(template)]


def _functions(template: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, item) for name, item in template["Resources"].items() if item["Type"] == "AWS::Serverless::Function"]


def _artifact(built: Path, name: str, properties: dict[str, Any], shared: list[Any]) -> Artifact:
    # SAM puts a function's own layers behind those of Globals.
    layers = [layer["Ref"] for layer in [*shared, *properties.get("Layers", [])]]
    return Artifact(name, built / properties["CodeUri"], {layer: built / layer for layer in layers})
