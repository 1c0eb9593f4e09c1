"""A script's requirements.txt: checked against what is installed here, where AWS's containers run pip."""

import importlib.metadata
import sys
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

NAME = "requirements.txt"


class MissingError(Exception):
    """Something that the script asks for is not installed; the message says what, and how to install it."""


def check(code_dir: Path) -> None:
    """Make sure that what a script asks for is there; without a requirements.txt nothing is asked for.

    Raises:
        MissingError: Something is missing, has another version, or can't be read.
    """
    path = code_dir / NAME
    if not path.is_file():
        return
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8-sig").splitlines())
    missing = [fault for line in lines if line and (fault := _fault(line))]
    if missing:
        raise MissingError(
            f"{NAME} asks for what is not installed here: {'; '.join(missing)}. Local AWS never runs pip: install it "
            f"into the environment that runs local AWS (`{Path(sys.executable).name} -m pip install -r {NAME}`)"
        )


def _fault(line: str) -> str | None:
    """Say what is wrong with one line; None if it is fulfilled."""
    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return f"{line} (a line that only pip understands)"
    if wanted.marker is not None and not wanted.marker.evaluate():
        return None
    try:
        there = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return str(wanted)
    return None if wanted.specifier.contains(there, prereleases=True) else f"{wanted} ({there} is installed)"
