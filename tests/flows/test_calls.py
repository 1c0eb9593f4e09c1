"""What a release asks of AWS, counted on the virtual clock: calls cost money, and SageMaker's are throttled."""

from collections import Counter
from typing import Any

import pytest

from tests.drops import SPEC, csv
from tests.steps import drop, ended
from tests.world import World
from yardmaster.aws.table import ReleaseTable
from yardmaster.records import Stage
from yardmaster.rules.shift import Shift

SAGEMAKER_CALLS = 22
"""P8 of the performance goals, besides one DescribeEndpoint for each tick."""
BATCH_CALLS = 59
"""Of a batch of one file, to all services."""
MINUTE = 60.0


def promote(world: World) -> Counter[str]:
    """Take a second release to live under traffic; return what its functions called, by service and operation."""
    drop(world, 1, spec=SPEC)
    world.traffic = 1200
    before = Counter(world.calls)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE
    found: Counter[str] = Counter()
    for name, count in (world.calls - before).items():
        function, operation = name.split()
        if function != "wake_releases":
            found[operation] += count
    return found


def test_a_promotion_takes_few_calls_of_sagemaker_and_none_that_polls(world: World) -> None:
    calls = promote(world)

    sagemaker = {name: count for name, count in calls.items() if name.startswith("sagemaker:")}
    assert sum(sagemaker.values()) - sagemaker["sagemaker:DescribeEndpoint"] <= SAGEMAKER_CALLS
    # One for each job when it has ended, and two for the training job's artifact and figures.
    assert sagemaker["sagemaker:DescribeTrainingJob"] <= 3
    assert sagemaker["sagemaker:DescribeTransformJob"] <= 2
    reached = {step.stage: step.at for step in reversed(world.release("churn", 2).history)}
    ticks = reached[Stage.LIVE] // MINUTE - reached[Stage.DEPLOYING] // MINUTE + 1
    assert sagemaker["sagemaker:DescribeEndpoint"] <= ticks


def test_the_metrics_are_asked_for_when_a_look_can_bring_news(world: World) -> None:
    looks: list[float] = []
    world.meanwhile = lambda function, call, operation: (
        looks.append(world.now) if operation == "cloudwatch:GetMetricData" else None
    )

    promote(world)

    release = world.release("churn", 2)
    (first, second) = (*Shift.from_dict(release.deploy).earlier_steps,)
    # The first tells how fast the baseline was the day before; the last is for decision.json.
    before, *judged, _ = looks
    assert before == first
    of_first, of_second = (
        [at for at in judged if begin < at <= end] for begin, end in ((first, second), (second, 9e9))
    )
    assert _whole_minutes(first, of_first) == [6, 7]
    assert _whole_minutes(second, of_second) == [3, 6]


def _whole_minutes(since: float, times: list[float]) -> list[int]:
    return [int(at // MINUTE - since // MINUTE) for at in times]


def test_a_look_without_a_verdict_is_told_to_nobody(world: World) -> None:
    calls = promote(world)

    changes = [event["detail"] for event in world.events if event["detail-type"] == "Release State Change"]
    told = [detail for detail in changes if detail["stage"] == "canary" and not detail["moved"]]
    assert calls["cloudwatch:GetMetricData"] == 6
    assert told == []
    assert "requests" in world.release("churn", 2).history[-2].reason


def test_a_batch_of_one_file_starts_its_job_looks_at_it_once_and_takes_few_calls_else(world: World) -> None:
    drop(world, 1, spec=SPEC)
    before = Counter(world.calls)
    world.put("churn/predict/x.csv", "colour,number,truth\nred,1,0\n")
    world.run(lambda: [one.stage.value for one in world.batches("churn")] == ["completed"])

    calls = Counter(
        {name.split()[1]: count for name, count in (world.calls - before).items() if name.startswith("run_batch")}
    )
    assert {name: count for name, count in calls.items() if name.startswith("sagemaker:")} == {
        "sagemaker:CreateTransformJob": 1,
        "sagemaker:DescribeTransformJob": 1,
    }
    assert calls.total() <= BATCH_CALLS, calls


def test_an_idle_stack_reads_the_index_each_minute_and_searches_every_five(world: World) -> None:
    world.run_for(30 * MINUTE)
    before = Counter(world.calls)

    world.run_for(30 * MINUTE)

    assert world.calls - before == {
        "wake_releases dynamodb:Query": 30,
        "wake_releases sagemaker:Search": 6,
        "wake_releases dynamodb:GetItem": 6,
        "wake_releases dynamodb:PutItem": 1,
    }


def test_the_ledger_is_not_read_while_a_job_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.script.training_seconds = 3500
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.run_for(60)
    before, reads, read = Counter(world.calls), [], ReleaseTable.get_ledger

    def watched(table: ReleaseTable) -> tuple[int, dict[str, Any]]:
        reads.append(world.now)
        return read(table)

    monkeypatch.setattr(ReleaseTable, "get_ledger", watched)
    world.run_for(3000)

    assert (world.calls - before)["test_candidate sagemaker:DescribeTrainingJob"] >= 2
    assert reads == []
    world.run(lambda: world.stage("churn", 1) is Stage.TESTING, hours=2)
    assert reads
