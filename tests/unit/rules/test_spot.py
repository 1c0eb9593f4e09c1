"""Training on spot capacity: what is said while it is missing, and what it saved."""

from typing import Any

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Waiting, WaitKind
from yardmaster.rules import spot
from yardmaster.rules.spot import SpotFacts
from yardmaster.rules.why import why

NAME = "ym-churn-abcdefgh-1"
DUE = NOW + 600


def job(secondary: str, ago: float = 60.0, interruptions: int = 0, **more: Any) -> SpotFacts:
    return SpotFacts(NAME, secondary, NOW - ago, interruptions, **more)


def followed(*seen: SpotFacts) -> Any:
    found = release(spot={"interruptions": 0, "checkpoints": "s3://b/c"})
    for one in seen:
        found = spot.followed(found, one, DUE, NOW)
    return found


@pytest.mark.parametrize("secondary", ["Starting", "Downloading", "Training", "Uploading"])
def test_before_anything_happens_nothing_is_said(secondary: str) -> None:
    before = release(spot={"interruptions": 0})
    after = spot.followed(before, job(secondary), DUE, NOW)
    assert (after.reason, after.waiting_for, after.history, after.due) == (before.reason, None, before.history, DUE)


def test_an_interruption_is_a_wait_and_a_line_of_history() -> None:
    after = followed(job("Interrupted", 300, 1))
    said = f"training job {NAME} was interrupted once: AWS took its instances back"
    assert after.waiting_for == Waiting(WaitKind.CAPACITY, "spot capacity", NOW - 300)
    assert (after.reason, after.history[-1].reason, after.due) == (said, said, DUE)
    assert why(after, NOW).startswith(
        f"churn #7 (jan) is in training since 3m 20s: {said}; it waits for instances, since 5m (spot capacity)"
    )


def test_the_same_interruption_is_one_line_however_often_it_is_seen() -> None:
    once = followed(job("Interrupted", 300, 1))
    again = spot.followed(once, job("Interrupted", 900, 1), DUE, NOW)
    assert again.history == once.history
    assert again.waiting_for is not None


def test_a_job_that_has_instances_again_waits_no_more() -> None:
    after = followed(job("Interrupted", 300, 2), job("Training", 10, 2))
    assert after.waiting_for is None
    assert after.reason.endswith("was interrupted twice: AWS took its instances back, and gave it others (Training)")
    assert len(after.history) == 3


def test_interruptions_that_nobody_saw_are_one_line_that_counts_them() -> None:
    after = followed(job("Training", 10, 3))
    assert "interrupted 3 times" in after.history[-1].reason
    assert after.spot["interruptions"] == 3


@pytest.mark.parametrize(
    ("secondary", "ago", "waits"),
    [("Starting", 599, False), ("Starting", 600, True), ("Pending", 700, True), ("Training", 9000, False)],
)
def test_a_job_that_does_not_start_waits_for_instances_from_the_tenth_minute(
    secondary: str, ago: float, waits: bool
) -> None:
    assert (followed(job(secondary, ago)).waiting_for is not None) is waits


@pytest.mark.parametrize(("ago", "long"), [(3599, False), (3600, True)])
def test_after_an_hour_somebody_is_told(ago: float, long: bool) -> None:
    waiting = followed(job("Interrupted", ago, 1)).waiting_for
    assert waiting.long is long


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (job("Completed"), ""),
        (job("Completed", seconds=1000, billable=300), "; 1,000 s of training are billed as 300 s (70% saved)"),
        (
            job("Completed", interruptions=2, seconds=1000, billable=1000),
            "; it was interrupted twice; 1,000 s of training are billed as 1,000 s (0% saved)",
        ),
        (job("MaxWaitTimeExceeded", interruptions=1), "; it was interrupted once"),
        (job("Stopped", seconds=0, billable=0), ""),
    ],
)
def test_the_end_says_what_it_took(facts: SpotFacts, said: str) -> None:
    assert spot.ended(spot.noted(release(spot={"interruptions": 0}), facts)) == said


def test_what_is_known_already_stays() -> None:
    known = spot.noted(release(spot={"checkpoints": "s3://b/c", "seconds": 5, "billable": 2}), job("Completed"))
    assert known.spot == {"checkpoints": "s3://b/c", "seconds": 5, "billable": 2, "interruptions": 0}
