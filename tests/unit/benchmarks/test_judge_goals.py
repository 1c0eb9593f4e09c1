"""The judge's goals, from the figures that the benchmark measured."""

import math
from dataclasses import asdict
from typing import Any

from benchmarks.judge import GOALS, goals


def figures(share: float, minutes: float | None) -> dict[str, Any]:
    return {
        "promoted": {"share": share},
        "rolled_back": {"share": 1 - share},
        "minutes_to_rollback": minutes and {"median": minutes},
    }


def test_each_goal_stands_beside_what_the_usual_rules_did() -> None:
    rules = {"yardmaster": figures(0.96, 7.0), "a threshold": figures(0.5, 9.0)}
    found = {one["name"]: one for one in goals({**asdict(cell), "rules": rules} for cell, _ in GOALS.values())}

    assert found.keys() == GOALS.keys()
    assert found["judge.minutes"]["measured"] == 7.0
    assert found["judge.minutes"]["peer"] == "a threshold 9"
    assert [name for name, one in found.items() if not one["met"]] == ["judge.false_promotion"]


def test_a_rule_that_never_stops_a_bad_canary_misses_the_goal() -> None:
    rules = {"yardmaster": figures(1.0, None), "a threshold": figures(1.0, None)}
    found = {one["name"]: one for one in goals({**asdict(cell), "rules": rules} for cell, _ in GOALS.values())}

    assert found["judge.minutes"]["measured"] == math.inf
    assert not found["judge.minutes"]["met"]
    assert found["judge.minutes"]["peer"] == "a threshold never"
