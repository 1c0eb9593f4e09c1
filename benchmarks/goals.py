"""The goals of speed, size and cost, in one place: what is measured, its limit, and what others take.

A benchmark gives only its measurements; `measured` makes of each the object that it prints below `goals`:

    {"goals": [measured("split.numeric", 41.2), measured("split.encoded", 2.4)], …}
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """One goal: `limit` is the most that is allowed, or the least if `at_least`."""

    id: str
    what: str
    limit: float
    unit: str
    peer: str
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Say whether a measurement meets it."""
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def text(self) -> str:
        """The limit for people: `≤ 45`."""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


GOALS = {
    "cold_start.time": Goal(
        "P1",
        "slowest function's import and clients",
        1.4,
        "× boto3 + one client",
        "plain SAM 4.3, sagemaker SDK 5.3-6.8",
    ),
    "cold_start.compiled": Goal("P2", "modules compiled at import from the artifact", 0, "modules", "all of them"),
    "cold_start.zipped": Goal("P3", "largest function with its layers, zipped", 10, "MB", "57"),
    "cold_start.unzipped": Goal("P3", "largest function with its layers, unzipped", 25, "MB", "170"),
    "split.numeric": Goal("P4", "checked split of a numeric CSV", 45, "× a copy", "csv module alone 53, pandas 110"),
    "split.encoded": Goal("P4", "split with encoded columns", 3, "× the csv module's reading", "1: only read"),
    "split.memory": Goal("P5", "split's peak memory", 32, "MiB", "polars 437, pandas 362"),
    "split.memory_growth": Goal("P5", "split's peak memory, largest file against smallest", 1.1, "×", "pandas 10"),
    "metrics.time": Goal("P6", "exact metrics, standard library", 0.5, "× sklearn's time", "1"),
    "metrics.numpy_time": Goal("P6", "exact metrics, numpy", 0.3, "× sklearn's time", "1; polars 0.13"),
    "metrics.numpy_memory": Goal("P6", "exact metrics, numpy", 0.2, "× sklearn's memory", "1; polars 0.86"),
    "metrics.digits": Goal("P6", "digits that agree with sklearn", 10, "digits", "", at_least=True),
    "idle_sweep.calls": Goal("P7", "calls of an idle sweep of 10,000 endpoints", 120, "calls", "one by one 20,100"),
    "idle_sweep.cpu": Goal("P7", "its processor time, mean of the 24 sweeps of two hours", 0.08, "× one by one", "1"),
    "calls.sagemaker": Goal("P8", "SageMaker calls from drop to live, with a baseline", 22, "calls", ""),
    "calls.polls": Goal("P8", "calls that poll a job", 0, "calls", "30 per half-hour job"),
    "calls.describes": Goal("P8", "DescribeEndpoint per tick while an endpoint changes", 1, "calls", ""),
    "calls.promotion": Goal("P9", "control of one promotion", 0.001, "$", "SageMaker Pipelines 0.022 a step"),
    "calls.month": Goal("P9", "fixed, a month", 0.05, "$", "safe-deployment pipeline 5.30, MWAA 358"),
    "demo.first_live": Goal("P10", "first drop to live on local AWS", 60, "s", "nobody can"),
    "demo.whole": Goal("P10", "the whole demo", 180, "s", "nobody can"),
    "judge.false_rollback": Goal("J1", "good canaries rolled back (0.5 % errors, 600/min)", 0.05, "share", ""),
    "judge.false_promotion": Goal("J2", "canaries with 3 times the errors promoted", 0.05, "share", ""),
    "judge.minutes": Goal(
        "J3",
        "median traffic until one with 5 times the errors is stopped; CloudWatch's 3 min come on top",
        8,
        "min",
        "",
    ),
    "judge.promoted_rare": Goal(
        "J4", "good canaries promoted (0.01 % errors, 600/min)", 0.95, "share", "", at_least=True
    ),
    "judge.promoted_quiet": Goal(
        "J4", "good canaries promoted (0.1 % errors, 60/min)", 0.95, "share", "", at_least=True
    ),
}
"""By name: the benchmark that measures it, a dot, and what of it."""


def measured(name: str, value: float, peer: str | None = None) -> dict[str, Any]:
    """Return a measurement beside its goal, as a benchmark prints it.

    Args:
        name: One of `GOALS`.
        value: In the goal's unit.
        peer: What others took in the same run, if it was measured; else what the goal's table knows of them.
    """
    goal = GOALS[name]
    return {
        "name": name,
        "id": goal.id,
        "what": goal.what,
        "goal": goal.text,
        "unit": goal.unit,
        "measured": value,
        "met": goal.holds(value),
        "peer": goal.peer if peer is None else peer,
    }
