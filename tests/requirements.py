"""Things that some tests need and some machines lack."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def need(command: str) -> str:
    """Return the path of a command, from the project's own environments (`.venv-sam`, `.venv-lint`) or from `PATH`.

    Where it is missing the test is skipped, saying so; with `REQUIRE_ALL=1` it fails.
    """
    ours = os.pathsep.join(str(path) for path in sorted(ROOT.glob(".venv-*/bin")))
    if found := shutil.which(command, path=ours) or shutil.which(command):
        return found
    why = f"{command} is not installed"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{why}, and REQUIRE_ALL=1 forbids to skip", pytrace=False)
    pytest.skip(f"SKIPPED: {why}")
