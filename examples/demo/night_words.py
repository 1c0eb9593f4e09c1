"""What the night writes and tells, from plain values: its spec, some predictions, what a stopped endpoint saves."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import yaml

FOLDER = "predict/nightly/"
AHEAD_MINUTES = 5
"""From the new spec to the time that its schedule names: it must be in step by then."""
STOP_AFTER = "15m"
"""The shortest that a spec may say."""
HOURS_A_NIGHT = 12
NIGHTS_A_MONTH = 365 / 12
SHOWN_ROWS = 3
SHOWN_CELLS = 4
"""Of a row's own; all that was predicted comes after them."""


def spec_of(spec: str, schedule: str) -> str:
    """Return a spec with a night in it: a batch by schedule, and an endpoint that is stopped when nobody asks it."""
    found = yaml.safe_load(spec)
    deploy = found.get("deploy", {}) | {"idle": {"stop_after": STOP_AFTER}}
    batch = {"schedule": schedule, "input": FOLDER, "join_source": "Input"}
    return yaml.safe_dump(found | {"deploy": deploy, "batch_transform": [batch]}, sort_keys=False)


def schedule_after(now: float) -> str:
    """Return a daily schedule that fires some minutes after a time in epoch seconds."""
    at = datetime.fromtimestamp(now + AHEAD_MINUTES * 60, UTC)
    return f"cron({at.minute} {at.hour} * * ? *)"


def predictions(results: bytes, own: int) -> list[str]:
    """Return the first rows of a batch's results in words.

    Args:
        results: CSV with a header: the rows' own cells, then what was predicted.
        own: How many cells of a row are its own.
    """
    header, *rows = csv.reader(io.StringIO(results.decode()))
    return [f"{_cells(header, row, 0, min(own, SHOWN_CELLS))}: {_cells(header, row, own)}" for row in rows[:SHOWN_ROWS]]


def _cells(header: Sequence[str], row: Sequence[str], begin: int, end: int | None = None) -> str:
    return ", ".join(f"{name} {cell}" for name, cell in zip(header[begin:end], row[begin:end], strict=True))


def hours_a_month(instances: Mapping[str, int]) -> dict[str, int]:
    """Return the instance-hours of each type that a month of such nights saves."""
    return {kind: round(count * HOURS_A_NIGHT * NIGHTS_A_MONTH) for kind, count in instances.items()}


def moment(at: float) -> str:
    """Return a time for the summary, as `2026-11-30T14:05:00+00:00`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def clock(at: float) -> str:
    """Return the time of day, as `14:05 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M} UTC"
