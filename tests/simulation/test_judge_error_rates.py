"""How often the canary judge errs, measured on the streams of `benchmarks/judge.py`: printed at the end of the run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.judge import figures
from benchmarks.judging.rules import RULES
from benchmarks.judging.streams import Cell, steps

RUNS = 500


def judged(cell: Cell, report: Callable[[str], None]) -> dict[str, Any]:
    found = figures(RULES["yardmaster"], steps(cell, RUNS, np.random.default_rng(7)))
    shares = {end: found[end]["share"] for end in ("promoted", "rolled_back", "undecided")}
    report(
        f"judge, {cell.base_rate:.2%} × {cell.effect:g}, {cell.requests}/min, bursts {cell.bursts}: "
        + ", ".join(f"{end} {share:.3f}" for end, share in shares.items())
        + f", median {found['minutes']['median']:.0f} min"
    )
    return found


def test_a_canary_that_is_three_times_worse_is_rarely_promoted(report: Callable[[str], None]) -> None:
    found = judged(Cell(0.005, 600, 3), report)
    assert found["promoted"]["share"] <= 0.05
    assert found["passed_first_step"]["share"] <= 0.05


@pytest.mark.parametrize("bursts", ["none", "common"])
def test_a_canary_as_good_as_the_baseline_is_rarely_rolled_back(bursts: str, report: Callable[[str], None]) -> None:
    assert judged(Cell(0.005, 600, 1, bursts), report)["rolled_back"]["share"] <= 0.05


def test_a_canary_that_is_five_times_worse_is_stopped_within_minutes(report: Callable[[str], None]) -> None:
    found = judged(Cell(0.005, 600, 5), report)
    assert found["rolled_back"]["share"] == 1
    assert found["minutes_to_rollback"]["median"] <= 8


@pytest.mark.parametrize("cell", [Cell(0.0001, 600, 1), Cell(0.001, 60, 1)])
def test_a_healthy_canary_that_hardly_fails_is_promoted(cell: Cell, report: Callable[[str], None]) -> None:
    assert judged(cell, report)["promoted"]["share"] >= 0.95
