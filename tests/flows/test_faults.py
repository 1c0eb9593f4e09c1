"""What AWS refuses, what strangers send, and many things at once."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from local_aws.sagemaker.settings import SimulatorSettings, never
from tests.drops import SPEC, csv
from tests.steps import assert_settled, drop, ended, visited
from tests.world import BUCKET, START, World, command_event, envelope, s3_event
from yardmaster.records import Release, Stage, WaitKind

HANDLERS = (
    "apply_spec",
    "prepare_data",
    "start_training",
    "test_candidate",
    "evaluate_candidate",
    "deploy_canary",
    "judge_canary",
)


def set_simulator(world: World, **settings: Any) -> None:
    world.core.settings = replace(world.core.settings, **settings)


def waits_for_quota(world: World, number: int) -> bool:
    found = world.table.find_number("churn", number)
    return found is not None and found.waiting_for is not None and found.waiting_for.kind is WaitKind.QUOTA


@pytest.mark.parametrize(
    ("use", "instance"),
    [("training job", "ml.m5.xlarge"), ("transform job", "ml.m5.xlarge"), ("endpoint", "ml.m5.large")],
)
def test_a_release_waits_for_a_quota_and_goes_on_when_there_is_room(world: World, use: str, instance: str) -> None:
    quota = f"{instance} for {use} usage"
    world.hide_quotas()
    set_simulator(world, quotas={f"{instance} for spot training job usage": 0, quota: 0})
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: waits_for_quota(world, 1), hours=2)
    world.run_for(6 * 3600)

    waiting = world.release("churn", 1)
    assert waiting.waiting_for is not None
    assert use in waiting.waiting_for.subject
    assert waiting.failures == 0

    set_simulator(world, quotas={})
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=1)
    assert world.errors == []
    assert_settled(world)


def test_a_canary_that_finds_no_instance_waits_and_leaves_the_traffic_alone(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.hide_quotas()
    set_simulator(world, quotas={"ml.m5.large for endpoint usage": 1})
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: waits_for_quota(world, 2), hours=2)
    world.run_for(3600)
    assert world.weights("churn") == {f"release-{first.id}": 100.0}

    set_simulator(world, quotas={})
    world.traffic = 200
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)
    assert_settled(world)


@pytest.mark.parametrize(
    "operation", ["CreateTrainingJob", "CreateTransformJob", "CreateModelPackage", "CreateEndpoint", "Search"]
)
def test_throttling_for_an_hour_delays_a_release_and_does_not_end_it(world: World, operation: str) -> None:
    set_simulator(world, throttle=lambda found: found == operation and world.now < START + 3600)

    first = drop(world, 1, spec=SPEC)

    assert first.stage is Stage.LIVE, "\n".join(world.story())
    assert first.updated_at < START + 2.5 * 3600
    assert_settled(world)


def test_throttling_without_end_ends_a_release_with_the_error_and_nothing_is_left(world: World) -> None:
    set_simulator(world, throttle=lambda found: found == "CreateTrainingJob")

    failed = drop(world, 1, spec=SPEC)

    assert failed.stage is Stage.FAILED
    assert "Rate exceeded" in failed.reason
    assert 1.5 * 3600 < failed.updated_at - START < 3 * 3600, "eight tries, with a growing back-off between them"


def test_a_canary_that_cannot_be_judged_for_a_day_is_neither_promoted_nor_ended(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    set_simulator(world, throttle=lambda found: found == "DescribeEndpoint")
    world.run_for(24 * 3600)
    set_simulator(world, throttle=never)

    assert world.stage("churn", 2) is Stage.CANARY
    assert world.weights("churn")[f"release-{first.id}"] == 95.0
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK, hours=2)
    assert_settled(world)


def test_a_way_back_whose_weights_fail_again_and_again_goes_by_configuration(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    set_simulator(world, fail_scaling=lambda endpoint: True)
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2), hours=2)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert world.weights("churn") == {f"release-{first.id}": 100.0}
    assert_settled(world)


def test_a_drop_that_kills_its_function_every_time_ends_with_advice(world: World) -> None:
    world.kill = lambda function, call, operation: function == "prepare_data" and operation == "s3:PutObject"

    failed = drop(world, 1, spec=SPEC)

    assert failed.stage is Stage.FAILED
    assert "out of memory or time" in failed.reason


def test_what_was_just_made_may_be_invisible_for_a_while(world: World) -> None:
    set_simulator(world, read_lag_seconds=5.0)
    world.dynamodb.index_lag = 5.0
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200

    assert drop(world, 2).stage is Stage.LIVE
    assert_settled(world)


def test_ten_drops_in_the_same_moment_are_ten_releases(world: World) -> None:
    """Each invocation stands still before it counts its release, while the next one comes."""
    world.put("churn/spec.yaml", SPEC)
    events = [s3_event(f"churn/data/d{n}.csv", put(world, f"churn/data/d{n}.csv", n), 1, START) for n in range(10)]
    others = itertools.chain(events[1:])

    def overtaken(function: str, call: int, operation: str) -> None:
        if operation == "dynamodb:TransactWriteItems" and (event := next(others, None)) is not None:
            world.invoke("prepare_data", event)

    world.meanwhile = overtaken
    world.invoke("prepare_data", events[0])
    world.traffic = 200
    world.run(lambda: all(ended(world, number) for number in range(1, 11)))

    releases = list(world.table.releases_of("churn", newest_first=False))
    assert [release.number for release in releases] == list(range(1, 11))
    assert len({release.source.key for release in releases}) == 10
    assert len({release.columns_digest for release in releases}) == 1
    assert_settled(world)


def put(world: World, key: str, number: int) -> str:
    """Upload without an event."""
    version = world.s3.put_object(Bucket=BUCKET, Key=key, Body=csv(number, 200).encode())["VersionId"]
    return str(version)


def test_two_events_of_one_drop_in_the_same_moment_are_one_release(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    event = s3_event("churn/data/d.csv", put(world, "churn/data/d.csv", 1), 1, START)
    twins = iter([event])

    def overtaken(function: str, call: int, operation: str) -> None:
        if operation == "dynamodb:TransactWriteItems" and (twin := next(twins, None)) is not None:
            world.invoke("prepare_data", twin)

    world.meanwhile = overtaken
    world.invoke("prepare_data", event)
    world.run(lambda: ended(world, 1))

    assert [release.number for release in world.table.releases_of("churn")] == [1]
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1


def test_a_drop_that_was_deleted_before_it_was_read_is_refused_in_words(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.send(s3_event("churn/data/gone.csv", "v99999999", 10, START))
    world.run(lambda: ended(world, 1))

    assert world.stage("churn", 1) is Stage.REFUSED
    assert "drop it again" in world.release("churn", 1).reason


@pytest.mark.parametrize("function", HANDLERS)
@pytest.mark.parametrize(
    "event",
    [{}, {"detail-type": "Release Due"}, {"detail-type": "Order Placed", "detail": {}}, {"detail": "churn"}],
    ids=["empty", "no detail", "another type", "no object"],
)
def test_a_malformed_event_is_an_error_that_says_what_is_missing_and_changes_nothing(
    world: World, function: str, event: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        world.invoke(function, event)

    assert world.table.all_models() == []
    assert not any(operation.split(":")[-1].startswith(("Put", "Create", "Update")) for operation in world.calls)


def test_events_of_another_stack_and_of_unknown_jobs_change_nothing(world: World) -> None:
    first = drop(world, 1, spec=SPEC)
    strangers = [
        command_event("rollback", first, "because", START) | {"source": "yardmaster.other"},
        envelope("yardmaster.other", "Release Due", {"release": first.id, "function": "judge_canary"}, START),
        s3_event("churn/data/x.csv", "v1", 1, START)
        | {"detail": {"bucket": {"name": "other"}, "object": {"key": "k"}}},
        *(job_event(kind, name) for kind in ("Training", "Transform") for name in ("ym-churn-aaaaaaaa-1", "nightly")),
        envelope("aws.sagemaker", "SageMaker Endpoint State Change", endpoint_detail("theirs", "other"), START),
        envelope("aws.sagemaker", "SageMaker Endpoint State Change", endpoint_detail("theirs", "yardmaster"), START),
    ]
    for event in strangers:
        world.send(event)
    world.run_for(600)

    assert [unpublished(release) for release in world.table.releases_of("churn")] == [unpublished(first)]
    assert world.errors == []


def job_event(kind: str, name: str) -> dict[str, Any]:
    detail = {f"{kind}JobName": name, f"{kind}JobStatus": "Completed", "Tags": {"yardmaster": "yardmaster"}}
    return envelope("aws.sagemaker", f"SageMaker {kind} Job State Change", detail, START)


def endpoint_detail(name: str, stack: str) -> dict[str, Any]:
    return {"EndpointName": name, "EndpointStatus": "IN_SERVICE", "Tags": {"yardmaster": stack}}


def unpublished(release: Release) -> Release:
    return replace(release, published=0)


def test_the_defaults_of_the_simulator_inject_no_fault() -> None:
    assert SimulatorSettings().throttle("Search") is False


def test_a_failed_release_says_each_stage_once(world: World) -> None:
    world.script.fails = {"ym-churn-*": "AlgorithmError: framework error, exit code: 1"}
    world.copies = 3
    failed = drop(world, 1, spec=SPEC)

    assert visited(failed) == ["received", "prepared", "training", "failed"]
