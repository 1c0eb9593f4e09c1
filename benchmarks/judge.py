"""How often the canary judge errs, how long it takes and what that costs, beside what is usual, on the same streams.

Prints one JSON object: for each kind of canary (base rate, traffic, effect, bursts) and each rule, the share of
canaries that it promoted, rolled back or left undecided (with 95 % confidence intervals), the median and the 95th
percentile of the minutes of traffic before the verdict, and of the bad answers that the canary gave until then.
A canary goes through the steps 5 % and 95 %; what is rolled back in one of them is rolled back. CloudWatch's three
minutes come on top of all times. `--full` runs the whole grid, `--seed` other streams. The goals are of shares, not of
their intervals: with the 200 runs of the quick form, a share of 5 % has one from 2.4 % to 9 %.
"""

import argparse
import itertools
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.goals import measured
from benchmarks.judging.rules import PROMOTE, ROLL_BACK, RULES, Rule
from benchmarks.judging.streams import Cell, Step, steps

QUICK = (
    Cell(0.005, 600, 1),
    Cell(0.005, 600, 3),
    Cell(0.005, 600, 5),
    Cell(0.005, 600, 10),
    Cell(0.0001, 600, 1),
    Cell(0.001, 60, 1),
    Cell(0.005, 60, 1),
    Cell(0.005, 600, 1, "common"),
    Cell(0.005, 600, 1, "independent"),
    Cell(0.005, 600, 3, "independent"),
)
GOALS: dict[str, tuple[Cell, Callable[[dict[str, Any]], float | None]]] = {
    "judge.false_rollback": (Cell(0.005, 600, 1), lambda found: found["rolled_back"]["share"]),
    "judge.false_promotion": (Cell(0.005, 600, 3), lambda found: found["promoted"]["share"]),
    "judge.minutes": (Cell(0.005, 600, 5), lambda found: (found["minutes_to_rollback"] or {}).get("median")),
    "judge.promoted_rare": (Cell(0.0001, 600, 1), lambda found: found["promoted"]["share"]),
    "judge.promoted_quiet": (Cell(0.001, 60, 1), lambda found: found["promoted"]["share"]),
}
"""The kind of canary that a goal is about, and the figure of a rule that it limits; None if it never rolled back."""
_CELL = tuple(one.name for one in fields(Cell))
FULL = tuple(
    Cell(base, requests, effect, bursts)
    for base, requests, effect, bursts in itertools.product(
        (0.0001, 0.001, 0.005, 0.02), (60, 600, 6000), (1, 2, 3, 5, 10), ("none", "common", "independent")
    )
)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="the whole grid, 2,000 runs in each cell")
    parser.add_argument("--runs", type=int, help="runs in each cell")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    runs = options.runs or (2000 if options.full else 200)
    cells = [measure(cell, runs, options.seed) for cell in (FULL if options.full else QUICK)]
    result = {"benchmark": "judge", "goals": goals(cells), "runs": runs, "seed": options.seed, "cells": cells}
    print(json.dumps(result, indent=1))


def goals(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the goals, each beside what the usual rules did on the same streams."""
    by_cell = {Cell(**{name: cell[name] for name in _CELL}): cell["rules"] for cell in cells}
    found = []
    for name, (cell, figure) in GOALS.items():
        ours, *others = ((rule, figure(figures)) for rule, figures in by_cell[cell].items())
        peer = ", ".join(f"{rule} {'never' if value is None else f'{value:g}'}" for rule, value in others)
        found.append(measured(name, math.inf if ours[1] is None else ours[1], peer))
    return found


def measure(cell: Cell, runs: int, seed: int) -> dict[str, Any]:
    """Return what each rule does to the same canaries."""
    both = steps(cell, runs, np.random.default_rng(seed))
    return {**asdict(cell), "rules": {name: figures(rule, both) for name, rule in RULES.items()}}


def figures(rule: Rule, both: list[Step]) -> dict[str, Any]:
    """Return one rule's figures over both steps."""
    first = rule(both[:1], [])
    second = rule(both, [first])
    onward = first.verdict == PROMOTE
    verdict = np.where(onward, second.verdict, first.verdict)
    minutes = first.minutes + np.where(onward, second.minutes, 0)
    bad = _until(both[0], first.minutes) + np.where(onward, _until(both[1], second.minutes), 0)
    return {
        "passed_first_step": share(onward),
        "promoted": share(verdict == PROMOTE),
        "rolled_back": share(verdict == ROLL_BACK),
        "undecided": share((verdict != PROMOTE) & (verdict != ROLL_BACK)),
        "minutes": spread(minutes),
        "minutes_to_rollback": spread(minutes[verdict == ROLL_BACK]),
        "bad_answers": spread(bad),
    }


def _until(step: Step, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the canary's errors in the first minutes of a step, run by run."""
    so_far = np.cumsum(step.canary_errors, axis=1)
    found: NDArray[np.int64] = so_far[np.arange(len(so_far)), minutes - 1]
    return found


def share(which: NDArray[np.bool_]) -> dict[str, float]:
    """Return a share with its 95 % confidence interval (Clopper and Pearson's)."""
    interval = binomtest(int(which.sum()), len(which)).proportion_ci(0.95)
    return {"share": round(float(which.mean()), 4), "low": round(interval.low, 4), "high": round(interval.high, 4)}


def spread(values: NDArray[np.int64]) -> dict[str, float] | None:
    """Return median and 95th percentile; None of nothing."""
    if not len(values):
        return None
    return {"median": float(np.median(values)), "p95": float(np.percentile(values, 95))}


if __name__ == "__main__":
    main()
