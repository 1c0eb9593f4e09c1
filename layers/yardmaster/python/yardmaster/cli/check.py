"""`yardmaster check`: whether a spec is right, and what its metrics find in a sample log."""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.train import MetricDefinition

NO = 1
"""The exit code if something is wrong."""


def check(terminal: Terminal, path: Path, log: Path | None) -> int:
    """Say all that is wrong with a spec, and try its metrics on a log; return the exit code.

    Raises:
        UsageError: A file can't be read.
    """
    raw = read_file(path)
    try:
        spec = parse_spec(raw)
    except SpecError as error:
        terminal.say(f"{path} would be refused:\n{error}")
        return NO
    terminal.say(f"{path} is a good spec")
    if log is None:
        return 0
    if not spec.train.metric_definitions:
        terminal.say("it has no train.metric_definitions to try: a built-in algorithm brings its metrics")
        return 0
    lines = read_file(log).decode(errors="replace").splitlines()
    tried = [try_metric(definition, lines) for definition in spec.train.metric_definitions]
    for said, _ in tried:
        terminal.say(said)
    return NO if any(wrong for _, wrong in tried) else 0


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


def read_file(path: Path) -> bytes:
    """Return a file of the user's.

    Raises:
        UsageError: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
