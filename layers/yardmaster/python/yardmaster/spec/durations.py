"""Durations as people write them: `90s`, `10m`, `6h`, `2d`, and `250ms` for latencies. Inside, they are seconds."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from yardmaster.spec.base import not_allowed

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_WRITTEN = re.compile(r"(0|[1-9][0-9]{0,8})(ms|s|m|h|d)")
DURATION_PATTERN = r"^[1-9][0-9]{0,8}[smhd]$"
LATENCY_PATTERN = r"^[1-9][0-9]{0,8}(ms|s)$"
DURATION_ALLOWED = "a duration like 90s, 10m, 6h or 2d"
LATENCY_ALLOWED = "a latency like 250ms or 2s"


def parse_duration(text: str) -> int | float:
    """Return the seconds of `90s`, `10m`, `6h`, `2d` (int) or `250ms` (float).

    Raises:
        ValueError: The text is no duration.
    """
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not {DURATION_ALLOWED}")
    number, unit = int(found.group(1)), found.group(2)
    return number / 1000 if unit == "ms" else number * int(_UNITS[unit])


def format_duration(seconds: float) -> str:
    """Return seconds as people write them, in the largest unit that is exact: `5400` is `90m`, `0.25` is `250ms`."""
    if seconds != int(seconds):
        return f"{round(seconds * 1000)}ms"
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{int(seconds / _UNITS[unit])}{unit}"
    return f"{int(seconds)}s"


def _seconds(value: object) -> object:
    """Turn a written duration into seconds; anything else is refused."""
    if isinstance(value, str) and re.match(DURATION_PATTERN, value):
        return parse_duration(value)
    raise not_allowed(DURATION_ALLOWED)


def _latency(value: object) -> object:
    """Turn a written latency into seconds; anything else is refused."""
    if isinstance(value, str) and re.match(LATENCY_PATTERN, value):
        return float(parse_duration(value))
    raise not_allowed(LATENCY_ALLOWED)


Duration = Annotated[
    int,
    BeforeValidator(_seconds),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "10m", "6h"]}),
]
"""A duration of whole seconds: written `90s`, `10m`, `6h`, `2d`; stored as an int of seconds."""

Latency = Annotated[
    float,
    BeforeValidator(_latency),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": LATENCY_PATTERN, "examples": ["250ms"]}),
]
"""A latency: written `250ms` or `2s`; stored as a float of seconds."""
