"""What the usual rule does with a canary: ten one-minute checks against a threshold, and five failed ones roll back."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

LIMIT = 0.01
CHECKS = 10
FAILURES = 5


@dataclass(frozen=True)
class Step:
    """How the rule ended one step: whether it promoted, after how many checks, and the bad answers meanwhile."""

    promoted: bool
    checks: int
    failed: int
    bad_answers: float


def check(rates: Sequence[tuple[float, float]]) -> Step:
    """Judge a step from its minutes (requests, errors), which repeat if they are fewer than the rule's ten checks."""
    failed, bad = 0, 0.0
    for number, (requests, errors) in enumerate(islice(cycle(rates), CHECKS), start=1):
        bad += errors
        failed += requests > 0 and errors / requests > LIMIT
        if failed == FAILURES:
            return Step(False, number, failed, bad)
    return Step(True, CHECKS, failed, bad)


def compare(decision: dict[str, Any]) -> dict[str, Any]:
    """Return what the judge did with a canary, and the usual rule on the same minutes.

    If the rule promotes, the canary gets what the baseline had in these minutes, and errs as often as it did.
    """
    minutes = [one for one in decision["minutes"] if one["canary"]["requests"]]
    canary = [(one["canary"]["requests"], one["canary"]["errors"]) for one in minutes]
    errors = sum(wrong for _, wrong in canary)
    rate = errors / max(sum(sent for sent, _ in canary), 1)
    steps = [check(canary)]
    if steps[0].promoted:
        steps.append(check([(one["baseline"]["requests"], rate * one["baseline"]["requests"]) for one in minutes]))
    theirs = sum(step.bad_answers for step in steps)
    return {
        "judge": {"verdict": decision["verdict"], "minutes": len(minutes), "bad_answers": errors},
        "usual": {
            "rule": f"{FAILURES} of {CHECKS} one-minute checks above {LIMIT:.0%}",
            "verdict": "promoted" if steps[-1].promoted else "rolled_back",
            "promoted_at_first": steps[0].promoted,
            "failed_checks_at_first": steps[0].failed,
            "minutes": sum(step.checks for step in steps),
            "bad_answers": round(theirs, 1),
        },
        "error_rate": round(rate, 4),
        "more_bad_answers": round(theirs - errors, 1),
    }
