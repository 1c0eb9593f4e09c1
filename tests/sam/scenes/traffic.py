"""The canary: its endpoint, its verdict, and a person's word."""

import time
from collections.abc import Generator
from dataclasses import replace

from local_aws.sagemaker.telemetry import Datapoint
from tests.sam.place import JOB, MODEL, RELEASE, Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.flows import judge_canary
from yardmaster.flows.advance import commit
from yardmaster.records import Release, Stage
from yardmaster.rules.commands import Command
from yardmaster.rules.names import variant_name

Playing = Generator[None, Answer, None]
CANARY = variant_name(RELEASE)
MINUTES = 20


def canary(place: Place) -> Release:
    """A candidate that gets its first share of the traffic; return the release that gets the rest."""
    before = place.baseline()
    place.candidate(Stage.CANARY)
    return before


@scene("judge_canary/endpoint_in_service")
def an_endpoint_with_both_variants_makes_a_canary(place: Place) -> Playing:
    before = place.baseline()
    place.candidate(Stage.DEPLOYING)
    judge_canary.run(place.yard, RELEASE, time.time)
    place.until("endpoint", MODEL, "InService")
    yield
    assert place.release().stage is Stage.CANARY, place.release().reason
    assert place.weights() == {variant_name(before.id): 95.0, CANARY: 5.0}


@scene("judge_canary/endpoint_failed")
def an_endpoint_that_fails_ends_the_release_in_its_words(place: Place) -> Playing:
    place.jobs.script.fails = {f"{MODEL}/*": "The primary container did not pass the ping health check."}
    place.candidate(Stage.DEPLOYING)
    judge_canary.run(place.yard, RELEASE, time.time)
    place.until("endpoint", MODEL, "Failed")
    yield
    assert place.release().stage is Stage.FAILED
    assert "ping health check" in place.release().reason


def answered(place: Place, variant: str, requests: int) -> None:
    """Let a variant have answered so many requests in each of the last minutes, without an error."""
    now = time.time() // 60 * 60
    where = {"EndpointName": MODEL, "VariantName": variant}
    for minute in range(1, MINUTES):
        for name, value in (("Invocations", 1.0), ("Invocation5XXErrors", 0.0), ("Invocation4XXErrors", 0.0)):
            for _ in range(requests):
                point = Datapoint("AWS/SageMaker", name, where, value, now - 60 * minute)
                place.local.cloudwatch.put(point)


@scene("judge_canary/release_due")
def a_canary_that_answers_well_gets_more_traffic(place: Place) -> Playing:
    before = canary(place)
    release = place.release()
    began = time.time() - MINUTES * 60
    since = replace(release, deploy=release.deploy | {"started_at": began, "step_started_at": began})
    commit(place.yard, release, since, time.time())
    answered(place, CANARY, 50)
    answered(place, variant_name(before.id), 50)
    yield
    assert place.release().stage is Stage.PROMOTING, place.release().reason
    assert place.weights() == {variant_name(before.id): 5.0, CANARY: 95.0}


@scene("judge_canary/release_due_rolling_back")
def a_way_back_is_gone_to_its_end(place: Place) -> Playing:
    before = canary(place)
    back = Command("here", "rollback", RELEASE, "it answers too slowly", "alice")
    judge_canary.command(place.yard, back, time.time)
    place.until("endpoint", MODEL, "InService")
    yield
    # The traffic was given back above: now the variant itself goes.
    found = place.until("endpoint", MODEL, "InService")
    assert found["EndpointConfigName"] != f"{JOB}-shared"
    assert place.weights() == {variant_name(before.id): 100.0}
