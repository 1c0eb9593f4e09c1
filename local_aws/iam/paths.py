"""Values in the parameters of a call, by path."""

from collections.abc import Iterable, Iterator
from typing import Any


def found_at(params: Any, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the values at paths such as `ResourceConfig.InstanceGroups[].InstanceType`, as IAM compares them."""
    found = [_text(value) for path in paths for value in _values(params, path.split("."))]
    return tuple(dict.fromkeys(found))


def _values(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    inner = value.get(step.removesuffix("[]")) if isinstance(value, dict) else None
    if inner is None:
        return
    for one in inner if step.endswith("[]") else [inner]:
        yield from _values(one, rest)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
