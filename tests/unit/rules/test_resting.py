"""What is said of an endpoint that is stopped, or on its way."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.cli.builders import release
from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules import resting

NOW = datetime(2026, 11, 30, 20, 0, tzinfo=UTC).timestamp()
"""A Monday evening."""
IDLE = {"endpoint": "churn", "stop_after": 7200, "hours": [], "start": "on_release"}
STOPPED = Endpoint("churn", "churn", state="stopped", since=NOW - 7500, reason="no request to a for 2h")


def test_one_that_serves_is_no_matter() -> None:
    assert resting.sentence(Endpoint("churn", "churn"), IDLE, NOW) == ""
    assert resting.summary(Endpoint("churn", "churn"), IDLE, NOW) is None


def test_one_that_is_stopped_says_since_when_why_and_what_starts_it() -> None:
    assert resting.sentence(STOPPED, IDLE, NOW) == (
        "endpoint churn is stopped, since 2h 5m: no request to a for 2h; "
        "what starts it: `yardmaster start churn`, or a release that needs it"
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [("stop_endpoint by alice: costs", ": stop_endpoint by alice: costs;"), ("costs", ": costs (by alice);")],
)
def test_who_stopped_it_is_said_once(reason: str, said: str) -> None:
    assert said in resting.sentence(replace(STOPPED, by="alice", reason=reason), IDLE, NOW)


@pytest.mark.parametrize(
    ("changes", "idle", "others"),
    [
        ({}, IDLE, ["a release that needs it"]),
        ({}, {}, ["a release that needs it"]),
        ({}, {**IDLE, "start": "on_command"}, []),
        ({"failed": "no instances"}, IDLE, []),
        (
            {},
            {**IDLE, "hours": ["Mon-Fri 08:00-19:00 UTC"]},
            ["a release that needs it", "its hours, from 2026-12-01 08:00:00 UTC on"],
        ),
        (
            {"holds_until": NOW + 40 * 3600},
            {**IDLE, "hours": ["Mon-Fri 08:00-19:00 UTC"]},
            ["a release that needs it", "its hours, from 2026-12-02 12:00:00 UTC on"],
        ),
    ],
)
def test_what_starts_it_is_what_the_spec_says(changes: dict[str, Any], idle: dict[str, Any], others: list[str]) -> None:
    assert resting.starters(replace(STOPPED, **changes), idle, NOW) == ["`yardmaster start churn`", *others]


@pytest.mark.parametrize(("state", "said"), [("stopping", "is being stopped"), ("starting", "is being started")])
def test_one_on_its_way_needs_nobody_to_start_it(state: str, said: str) -> None:
    row = replace(STOPPED, state=state)
    assert resting.sentence(row, IDLE, NOW) == f"endpoint churn {said}, since 2h 5m: no request to a for 2h"


def test_a_start_that_failed_is_told() -> None:
    assert "its last start failed: no instances;" in resting.sentence(replace(STOPPED, failed="no instances."), {}, NOW)


def test_the_json_has_the_same() -> None:
    found = resting.summary(replace(STOPPED, by="alice"), IDLE, NOW)
    assert found is not None
    assert (found["state"], found["since"], found["by"]) == ("stopped", NOW - 7500, "alice")
    assert found["started_by"] == ["`yardmaster start churn`", "a release that needs it"]


@pytest.mark.parametrize(
    ("found", "row", "has"),
    [
        (release(Stage.LIVE), replace(STOPPED, in_service="abcdefgh"), True),
        (release(Stage.REGISTERED), replace(STOPPED, wanted_by="abcdefgh"), True),
        (release(Stage.CANARY), replace(STOPPED, holder="abcdefgh"), True),
        (release(Stage.CANARY, deploy={"endpoint": "churn"}), STOPPED, True),
        (release(Stage.REPLACED, deploy={"endpoint": "churn"}), STOPPED, False),
        (release(Stage.TRAINING), STOPPED, False),
    ],
)
def test_a_release_has_the_endpoint_that_it_serves_on_holds_or_waits_for(
    found: Release, row: Endpoint, has: bool
) -> None:
    assert resting.endpoint_of(found, [row]) == (row if has else None)
