"""What people say while a canary is judged, and of a release that is live."""

import time
from collections.abc import Generator

from tests.drops import UNSHARED
from tests.sam.place import EARLIER, JOB, MODEL, RELEASE, Place
from tests.sam.scenes.base import Answer, scene
from tests.sam.scenes.traffic import CANARY, canary
from yardmaster.flows import judge_canary
from yardmaster.records import Stage
from yardmaster.rules.commands import Command
from yardmaster.rules.names import variant_name
from yardmaster.rules.shift import Shift

Playing = Generator[None, Answer, None]
BEFORE = variant_name(EARLIER)
FIRST_STEP = {BEFORE: 95.0, CANARY: 5.0}
NEXT_STEP = {BEFORE: 5.0, CANARY: 95.0}
NO_TRAFFIC = {BEFORE: 100.0, CANARY: 0.0}


def assert_heard(place: Place, stage: Stage, weights: dict[str, float]) -> Shift:
    """The person is in the history, and the traffic is as they want it; return where the shift stands."""
    release = place.release()
    assert release.stage is stage, release.reason
    assert any("user/alice" in step.reason for step in release.history)
    assert place.weights() == weights
    return Shift.from_dict(release.deploy)


@scene("judge_canary/command_promote")
def a_persons_word_gives_it_more_traffic(place: Place) -> Playing:
    canary(place)
    yield
    assert_heard(place, Stage.PROMOTING, NEXT_STEP)


@scene("judge_canary/command_skip_judge")
def a_canary_goes_on_without_a_verdict(place: Place) -> Playing:
    canary(place)
    yield
    assert "user/alice" in (assert_heard(place, Stage.PROMOTING, NEXT_STEP).unjudged or "")


@scene("judge_canary/command_hold")
def a_canary_stays_at_its_step(place: Place) -> Playing:
    canary(place)
    yield
    assert "starts at noon" in (assert_heard(place, Stage.CANARY, FIRST_STEP).held or "")


@scene("judge_canary/command_resume")
def a_held_canary_is_let_go_on(place: Place) -> Playing:
    canary(place)
    judge_canary.command(place.yard, Command("here", "hold", RELEASE, "it is noon", "bob"), time.time)
    yield
    assert assert_heard(place, Stage.CANARY, FIRST_STEP).held is None


@scene("judge_canary/command_rollback")
def a_persons_word_gives_the_traffic_back(place: Place) -> Playing:
    canary(place)
    yield
    assert assert_heard(place, Stage.ROLLING_BACK, NO_TRAFFIC).end is Stage.ROLLED_BACK


@scene("judge_canary/command_cancel")
def a_canary_that_nobody_wants_any_more_gives_the_traffic_back(place: Place) -> Playing:
    canary(place)
    yield
    assert assert_heard(place, Stage.ROLLING_BACK, NO_TRAFFIC).end is Stage.CANCELLED


@scene("judge_canary/command_rollback_live")
def a_live_release_gives_its_endpoint_back_in_one_step(place: Place) -> Playing:
    place.baseline()
    place.candidate(Stage.LIVE, UNSHARED)
    yield
    found = place.until("endpoint", MODEL, "InService")
    assert found["EndpointConfigName"] == f"{JOB}-return"
    assert assert_heard(place, Stage.ROLLING_BACK, {BEFORE: 100.0}).returns_to == EARLIER
