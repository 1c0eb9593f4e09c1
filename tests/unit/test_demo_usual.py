"""What the demo says of the usual rule: five failed of ten one-minute checks roll back."""

from typing import Any

import pytest

from examples.demo import summary, usual


def minutes(canary: list[tuple[int, int]], baseline: int) -> list[dict[str, object]]:
    return [
        {"canary": {"requests": sent, "errors": bad}, "baseline": {"requests": baseline, "errors": 0}}
        for sent, bad in canary
    ]


@pytest.mark.parametrize(
    ("rates", "promoted", "checks", "bad"),
    [
        ([(100, 0)] * 10, True, 10, 0),
        ([(100, 1)] * 10, True, 10, 10),  # exactly at the limit is not above it
        ([(100, 2)] * 10, False, 5, 10),
        ([(100, 0), (100, 5)], False, 10, 25),  # the minutes repeat
        ([(100, 0), (100, 0), (100, 9)], True, 10, 27),
        ([(0, 0)], True, 10, 0),
    ],
)
def test_the_rule_counts_failed_checks(
    rates: list[tuple[float, float]], promoted: bool, checks: int, bad: float
) -> None:
    step = usual.check(rates)

    assert (step.promoted, step.checks, step.bad_answers) == (promoted, checks, bad)


def test_a_rule_that_promotes_serves_the_bad_model_to_nearly_all() -> None:
    # A bad answer every third minute: too rare for five failed checks of ten at 5 %, and 5 % of all answers.
    decision = {"verdict": "rolled_back", "minutes": minutes([(9, 0), (9, 1), (9, 0)], 171)}

    found = usual.compare(decision)

    assert found["judge"] == {"verdict": "rolled_back", "minutes": 3, "bad_answers": 1}
    assert found["usual"]["promoted_at_first"]
    assert found["usual"]["verdict"] == "rolled_back"
    assert found["usual"]["minutes"] == 15
    assert found["usual"]["bad_answers"] == pytest.approx(3 + 5 * 171 / 27, abs=0.1)
    assert found["more_bad_answers"] == pytest.approx(2 + 5 * 171 / 27, abs=0.1)


def test_minutes_without_a_request_of_the_canary_are_no_checks() -> None:
    decision = {"verdict": "rolled_back", "minutes": minutes([(0, 0), (10, 2), (0, 0)], 190)}

    found = usual.compare(decision)

    assert found["usual"]["minutes"] == 5
    assert found["more_bad_answers"] == 8


@pytest.mark.parametrize(("answers", "said"), [(12.4, "12 more"), (-3.0, "3 fewer"), (0.2, "as many")])
def test_a_difference_is_told_in_words(answers: float, said: str) -> None:
    found = {
        "offline": {"auc": 0.7, "baseline_auc": 0.6},
        "judge": {"verdict": "rolled_back", "minutes": 12, "bad_answers": 9},
        "usual": {
            "rule": "5 of 10",
            "promoted_at_first": False,
            "failed_checks_at_first": 5,
            "verdict": "rolled_back",
            "minutes": 7,
            "bad_answers": 9 + answers,
        },
        "error_rate": 0.07,
        "more_bad_answers": answers,
    }
    rest: dict[str, Any] = {"seconds": 150.1, "first_live_seconds": 20.5, "night": None, "kills": []}
    requests = {"sent": 1200, "failed": 0, "failed_by_the_bad_model": 9}
    lines = dict(summary.lines({**rest, "requests": requests, "elsewhere": found}))
    assert f"bad answers ({said})" in lines["the usual rule"]
