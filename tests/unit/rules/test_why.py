"""The sentence of `yardmaster why`."""

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Stage, Waiting, WaitKind
from yardmaster.rules.why import spell_age, spell_time, why


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_makes_a_sentence(stage: Stage) -> None:
    sentence = why(release(stage, "because of 3 < 4."), NOW)
    assert sentence.startswith("churn #7 (jan) ")
    assert ": because of 3 < 4" in sentence
    assert sentence.endswith(".")
    assert ".." not in sentence


def test_a_running_release_says_when_it_is_looked_at_next() -> None:
    assert why(release(due=NOW + 90), NOW) == (
        "churn #7 (jan) is in training since 3m 20s: job ym-churn-abcdefgh-1 runs; next look in 1m 30s."
    )


def test_an_ended_release_waits_for_nothing() -> None:
    assert why(release(Stage.REFUSED, "row 17 has 12 cells, not 13"), NOW) == (
        "churn #7 (jan) was refused 3m 20s ago: row 17 has 12 cells, not 13."
    )


def test_a_waiting_release_says_for_what_and_since_when() -> None:
    waiting = Waiting(WaitKind.ENDPOINT, "churn #6 holds it", NOW - 60, position=2, next_try=NOW + 30)
    text = why(release(Stage.REGISTERED, "gate passed", waiting_for=waiting, due=NOW + 600), NOW)
    assert "it waits for its endpoint, since 1m (churn #6 holds it), at place 2 in the queue" in text
    assert text.endswith("next look in 30s.")


def test_a_subject_that_the_reason_says_already_is_not_repeated() -> None:
    waiting = Waiting(WaitKind.SPEC, "no spec.yaml", NOW - 5)
    assert why(release(Stage.RECEIVED, "there is no spec.yaml yet", waiting_for=waiting), NOW).count("spec.yaml") == 1


@pytest.mark.parametrize(
    ("due", "said"), [(NOW - 10, "it is due now."), (NOW, "it is due now."), (None, "only an event moves it on.")]
)
def test_a_release_without_a_later_look_says_so(due: float | None, said: str) -> None:
    assert why(release(due=due), NOW).endswith(said)


def test_failures_and_later_attempts_are_told() -> None:
    text = why(release(failures=3, attempt=2, due=NOW + 1), NOW)
    assert "(jan), attempt 2, is in training" in text
    assert "the last step failed 3 times in a row" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (200, "3m 20s"), (7500, "2h 5m"), (86400 * 3 + 7200, "3d 2h")],
)
def test_an_age_has_two_units_at_most(seconds: float, text: str) -> None:
    assert spell_age(seconds) == text


def test_a_time_is_in_utc() -> None:
    assert spell_time(0) == "1970-01-01 00:00:00 UTC"
