"""What a spec's metrics find in a sample log."""

import math
import re
from collections.abc import Callable, Sequence

from yardmaster.spec.train import MetricDefinition

BUILT_IN = "it has no train.metric_definitions to try: a built-in algorithm brings its metrics"


def try_metrics(definitions: Sequence[MetricDefinition], log: bytes) -> list[tuple[str, bool]]:
    """Say of each metric what it finds in a log, and whether that is a warning."""
    lines = log.decode(errors="replace").splitlines()
    return [try_metric(definition, lines) for definition in definitions]


def try_metric(definition: MetricDefinition, lines: Sequence[str]) -> tuple[str, bool]:
    """Say what a metric's expression finds in a log, as SageMaker looks for it: once in each line.

    Returns:
        The words, and whether they are a warning.
    """
    pattern = re.compile(definition.regex)
    # CloudWatch, and the expressions with it, see tabs so.
    found = [[match.group(1) or "" for match in pattern.finditer(line.replace("\t", "#011"))] for line in lines]
    values = [value for inside in found for value in inside]
    if not values:
        return f"{definition.name}: found nowhere in {len(lines)} lines", True
    said = f"{definition.name}: {len(values)} values, first {values[0]}, last {values[-1]}"
    if unreadable := _first(found, lambda inside: not all(map(_finite, inside))):
        return f"{said}; not a number in line {unreadable}", True
    if twice := _first(found, lambda inside: len(inside) > 1):
        return f"{said}; several in line {twice}, of which the first counts: make the expression say which", True
    return said, False


def _first(found: Sequence[list[str]], wrong: Callable[[list[str]], bool]) -> int | None:
    """Return the number of the first line, from 1, whose values are wrong."""
    return next((number for number, inside in enumerate(found, 1) if wrong(inside)), None)


def _finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
