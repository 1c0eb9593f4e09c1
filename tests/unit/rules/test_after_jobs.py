"""What the end of a job means, on which rows models are compared, and what follows from the gate."""

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Channel, Release, Stage
from yardmaster.rules import evaluating, registering, testing
from yardmaster.rules.gate import Verdict
from yardmaster.rules.metrics import AtRecall, Problem
from yardmaster.rules.testing import Broken, JobFacts, Running, Usable
from yardmaster.spec.parse import parse_spec

NAME = "ym-churn-abcdefgh-1"


def job(status: str, secondary: str = "", reason: str = "", artifact: bool = True) -> JobFacts:
    return JobFacts(NAME, status, secondary or status, reason, artifact)


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_training_job_that_runs_is_waited_for(status: str) -> None:
    assert testing.after_training(job(status), NAME) == Running()


@pytest.mark.parametrize(
    ("facts", "stage", "words"),
    [
        (None, Stage.FAILED, "is gone"),
        (job("Failed", reason="AlgorithmError: exit code: 1"), Stage.FAILED, "AlgorithmError: exit code: 1"),
        (job("Failed"), Stage.FAILED, "no reason given"),
        (job("Stopped"), Stage.CANCELLED, "was stopped"),
        (job("Stopped", "MaxRuntimeExceeded", artifact=False), Stage.FAILED, "raise train.max_run"),
        (job("Stopped", "MaxWaitTimeExceeded"), Stage.FAILED, "MaxWaitTimeExceeded"),
    ],
)
def test_a_training_job_without_a_model_ends_the_release(facts: JobFacts | None, stage: Stage, words: str) -> None:
    found = testing.after_training(facts, NAME)

    assert isinstance(found, Broken)
    assert found.stage is stage
    assert words in found.reason


@pytest.mark.parametrize("facts", [job("Completed"), job("Stopped", "MaxRuntimeExceeded")])
def test_a_model_is_usable_even_if_its_job_ran_out_of_time(facts: JobFacts) -> None:
    assert isinstance(testing.after_training(facts, NAME), Usable)


def drop_of(number: int, stage: Stage = Stage.LIVE, digest: str = "same") -> Release:
    channels = {"test": Channel(f"s3://bucket/{number}/", 100, 1000)}
    return release(stage, id=f"release{number}", number=number, columns_digest=digest, channels=channels)


def test_models_are_compared_on_this_drop_and_the_two_before_the_oldest_first() -> None:
    others = [drop_of(number) for number in (1, 2, 3, 4)]

    found = testing.compared_releases(drop_of(4, Stage.TESTING), others, 3)

    assert [one.number for one in found] == [2, 3, 4]


@pytest.mark.parametrize(
    "left_out",
    [
        drop_of(3, Stage.REJECTED),
        drop_of(3, Stage.REFUSED),
        drop_of(3, digest="other"),
        release(Stage.FAILED, id="release3", number=3, columns_digest="same"),
        drop_of(5),
    ],
    ids=["rejected", "refused", "other columns", "no channels", "a later drop"],
)
def test_drops_that_can_not_vouch_are_left_out(left_out: Release) -> None:
    found = testing.compared_releases(drop_of(4, Stage.TESTING), [left_out, drop_of(2)], 3)

    assert [one.number for one in found] == [2, 4]


def test_a_spec_may_ask_for_this_drops_rows_alone() -> None:
    assert testing.compared_releases(drop_of(4), [drop_of(3)], 1) == (drop_of(4),)


def transform(status: str, reason: str = "") -> evaluating.JobState:
    return evaluating.JobState(f"{NAME}-candidate", status, reason)


@pytest.mark.parametrize(
    ("jobs", "found"),
    [
        ({"candidate": transform("Completed")}, evaluating.Done()),
        ({"candidate": transform("Completed"), "baseline": transform("InProgress")}, evaluating.Running()),
        ({"candidate": transform("Completed"), "baseline": transform("Stopping")}, evaluating.Running()),
    ],
)
def test_metrics_wait_for_all_transform_jobs(
    jobs: dict[str, evaluating.JobState | None], found: evaluating.Done | evaluating.Running
) -> None:
    assert evaluating.after_transforms(jobs) == found


@pytest.mark.parametrize(
    ("broken", "stage", "words"),
    [
        (None, Stage.FAILED, "baseline's transform job is gone"),
        (transform("Failed", "ClientError: See job logs"), Stage.FAILED, "ClientError: See job logs"),
        (transform("Stopped"), Stage.CANCELLED, "was stopped"),
    ],
)
def test_a_broken_baseline_is_no_pass(broken: evaluating.JobState | None, stage: Stage, words: str) -> None:
    found = evaluating.after_transforms({"candidate": transform("InProgress"), "baseline": broken})

    assert isinstance(found, evaluating.Broken)
    assert found.stage is stage
    assert words in found.reason


def test_the_gate_and_the_threshold_are_the_specs() -> None:
    spec = parse_spec(
        b"algorithm: xgboost\ndata: {label: y, positive: 'yes'}\nevaluate:\n  threshold: {recall: 0.8}\n"
        b"  gate:\n    - {metric: recall, min: 0.6}\n"
        b"    - {metric: auc, versus: baseline, margin: 0.01, on_inconclusive: reject}\n"
    )

    first, second = evaluating.conditions_of(spec, Problem.BINARY)

    assert (first.metric, first.min, first.versus) == ("recall", 0.6, None)
    assert (second.versus, second.margin, second.on_inconclusive.value) == ("baseline", 0.01, "reject")
    assert evaluating.threshold_of(spec) == AtRecall(0.8)


@pytest.mark.parametrize(
    ("verdict", "asked", "approval", "stage"),
    [
        (Verdict.PASS, "Approved", "Approved", Stage.REGISTERED),
        (Verdict.PASS, "PendingManualApproval", "PendingManualApproval", Stage.REGISTERED),
        (Verdict.INCONCLUSIVE, "Approved", "PendingManualApproval", Stage.REGISTERED),
        (Verdict.FAIL, "Approved", "Rejected", Stage.REJECTED),
        (Verdict.FAIL, "PendingManualApproval", "Rejected", Stage.REJECTED),
    ],
)
def test_the_gates_answer_decides_the_packages_approval(
    verdict: Verdict, asked: registering.Approval, approval: str, stage: Stage
) -> None:
    plan = registering.after_gate(verdict.value, asked)

    assert (plan.approval, plan.stage) == (approval, stage)
    assert plan.due(NOW) == (None if stage is Stage.REJECTED else NOW)
