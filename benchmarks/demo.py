"""P10 of the performance goals: how long the demo takes, and the way to its first release in service.

    python -m benchmarks.demo [--full]

Runs `python -m examples.demo` as `make demo` does, in a folder of its own: local AWS starts, trains, tests, deploys and
serves; the seconds are the demo's own, from its start, and so include the start of local AWS. Prints one JSON object.
The demo has one form: `--full` changes nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.goals import measured

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run the demo, and print its times."""
    parser = argparse.ArgumentParser(description="How long the demo takes")
    parser.add_argument("--full", action="store_true", help="the same")
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(report(play(Path(folder)))))


def play(folder: Path) -> dict[str, Any]:
    """Run the demo in a folder; return its summary. What it says goes to standard error.

    Raises:
        subprocess.CalledProcessError: The demo failed.
    """
    # The demo finds the template and the functions where it is run.
    for name in ("template.yaml", "functions", "layers"):
        (folder / name).symlink_to(ROOT / name)
    subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=sys.stderr,
        check=True,
    )
    summary: dict[str, Any] = json.loads((folder / ".local" / "demo" / "summary.json").read_text())
    return summary


def report(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the goals and the details."""
    ended = [release["stage"] for release in summary["releases"]]
    return {
        "benchmark": "demo",
        "goals": [
            measured("demo.first_live", summary["first_live_seconds"]),
            measured("demo.whole", summary["seconds"]),
        ],
        "notes": [
            f"{summary['requests']['sent']:,} requests, {summary['requests']['failed']:,} failed; the endpoint was "
            f"stopped after {summary['night']['asleep']['idle_minutes']:g} idle minutes"
        ],
        "ended": ended,
        "requests": summary["requests"],
        "night": summary["night"],
    }


if __name__ == "__main__":
    main()
