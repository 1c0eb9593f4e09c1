"""Finds metrics in a training job's log lines, as SageMaker does: by regular expressions, the last value counts."""

import math
import re
from collections.abc import Iterable

from local_aws.sagemaker.executors.base import MetricDefinition, MetricValue
from local_aws.sagemaker.executors.built_in import BuiltIn

CONTROL = re.compile(r"[\x00-\x1f]")


class PatternError(ValueError):
    """A metric definition that is no regular expression."""


class MetricScanner:
    """Remembers the last finite value of each metric."""

    def __init__(self, definitions: Iterable[MetricDefinition], built_in: BuiltIn | None = None) -> None:
        """Compile the job's own definitions, which come before those of the same name of a built-in algorithm.

        Raises:
            PatternError: a regular expression is not one.
        """
        try:
            self._own = [(d.name, re.compile(d.regex)) for d in definitions]
        except re.error as error:
            raise PatternError(f"metric definition is not a regular expression: {error}") from None
        names = {name for name, _ in self._own}
        self._line = built_in.line if built_in else None
        metrics = built_in.metrics if built_in else ()
        self._built_in = [(d.name, re.compile(d.regex)) for d in metrics if d.name not in names]
        self._values: dict[str, MetricValue] = {}

    def scan(self, line: str, at: float) -> dict[str, MetricValue]:
        """Look at one log line, tabs escaped as #011, written at a time in epoch seconds; return its values by name."""
        found = self._match(self._own, line, at)
        if self._line and self._line.search(line):
            found |= self._match(self._built_in, line, at)
        self._values |= found
        return found

    def values(self) -> tuple[MetricValue, ...]:
        """Give the final value of each metric that appeared, in order of name."""
        return tuple(value for _, value in sorted(self._values.items()))

    def _match(self, patterns: list[tuple[str, re.Pattern[str]]], line: str, at: float) -> dict[str, MetricValue]:
        values: dict[str, MetricValue] = {}
        for name, pattern in patterns:
            found = pattern.search(line)
            value = _number(found[1]) if found and pattern.groups else None
            if value is not None:
                values[name] = MetricValue(name, value, at)
        return values


def _number(text: str | None) -> float | None:
    """Read a finite number; anything else is no metric value."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def escape(line: str) -> str:
    """Write a log line as CloudWatch shows it: SageMaker's agent escapes control characters as #ooo."""
    return line if line.isprintable() else CONTROL.sub(lambda found: f"#{ord(found[0]):03o}", line)
