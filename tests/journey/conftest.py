"""One local AWS for all journeys: the command in a process of its own, with real functions, jobs and containers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.yard import ROOT, Yard, start

SETTLE = 20.0
"""Seconds that local AWS may take to stop."""


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("local-aws")
    process, yard = start(folder, "--images", ROOT / "examples/own_container/images.yaml")
    try:
        yield yard
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]") -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(SETTLE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def descendants(process: int) -> set[int]:
    """Return the ids of all processes below one, from /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name in parentheses may hold spaces: the fields after it count.
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # It ended meanwhile.
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc") or sys.platform != "linux", reason="reads /proc")
