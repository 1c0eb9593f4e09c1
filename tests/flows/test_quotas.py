"""The account's quotas, read before anything costs money: what can never run is refused, what is not known is not."""

from dataclasses import replace

import pytest

from local_aws.service_quotas import code_of
from tests.drops import SPEC, csv
from tests.steps import drop, ended
from tests.world import World
from yardmaster.records import BatchStage, Release, Stage
from yardmaster.rules import batches

TRAINING = "ml.m5.xlarge for training job usage"
TRANSFORM = "ml.m5.xlarge for transform job usage"
ENDPOINT = "ml.m5.large for endpoint usage"
LIST, GET = "ListAWSDefaultServiceQuotas", "GetServiceQuota"


def allow(world: World, **quotas: int) -> None:
    named = {{"training": TRAINING, "transform": TRANSFORM, "endpoint": ENDPOINT}[use]: n for use, n in quotas.items()}
    world.core.settings = replace(world.core.settings, quotas=named)


def next_drop(world: World, number: int) -> Release:
    world.script.quality = {"*": 0.6 + number / 10}
    world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def asked(world: World, operation: str) -> int:
    return world.calls[f"start_training service-quotas:{operation}"]


@pytest.mark.parametrize(
    ("use", "path", "quota"),
    [
        ("training", "train.instance_count: it needs 1 at once", TRAINING),
        ("transform", "train.instance_type: it needs 1 at once (to score the test rows)", TRANSFORM),
        ("endpoint", "deploy.initial_instance_count: it needs 1 at once", ENDPOINT),
    ],
)
def test_what_the_account_may_never_have_is_refused_before_a_job_is_made(
    world: World, use: str, path: str, quota: str
) -> None:
    allow(world, **{use: 0})
    world.put("churn/spec.yaml", SPEC)
    release = next_drop(world, 1)
    assert release.stage is Stage.REFUSED
    assert release.reason.startswith(f"{path}, above this account's quota '{quota}' of 0: ask for less")
    assert f"--quota-code {code_of(quota)} --desired-value 1" in release.reason
    assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_the_peak_of_an_update_counts_before_the_training_that_would_lead_to_it(world: World) -> None:
    allow(world, endpoint=2)
    assert drop(world, 1, quality=0.7, spec=SPEC).stage is Stage.LIVE
    release = next_drop(world, 2)
    assert release.stage is Stage.REFUSED
    assert "it needs 3 at once (at the peak of an update: 1 serve" in release.reason

    allow(world, endpoint=3)
    world.traffic = 600
    world.run_for(120)
    assert next_drop(world, 3).stage is Stage.LIVE


def test_a_quota_that_was_raised_is_seen_by_the_next_try(world: World) -> None:
    allow(world, training=0)
    world.put("churn/spec.yaml", SPEC)
    assert next_drop(world, 1).stage is Stage.REFUSED
    allow(world, training=1)
    world.run_for(120)
    assert next_drop(world, 2).stage is Stage.LIVE


def test_quotas_are_looked_up_once_a_day_and_their_codes_once(world: World) -> None:
    allow(world, training=4, transform=4, endpoint=9)
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 600
    next_drop(world, 2)
    assert (asked(world, LIST), asked(world, GET)) == (1, 3)

    world.traffic = 0
    world.run_for(24 * 3600)
    world.traffic = 600
    next_drop(world, 3)
    assert (asked(world, LIST), asked(world, GET)) == (1, 6)


def test_what_aws_has_no_quota_for_is_looked_for_once_a_day(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("other/spec.yaml", SPEC)
    world.put("other/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 1, "other"))
    assert (asked(world, LIST), asked(world, GET)) == (1, 0)


def test_what_was_never_raised_has_its_default(world: World) -> None:
    world.service_quotas.defaults = {TRAINING: 0}
    world.put("churn/spec.yaml", SPEC)
    assert "of 0: ask for less" in next_drop(world, 1).reason


@pytest.mark.parametrize("fails", [{LIST}, {GET}, {LIST, GET}])
def test_quotas_that_nobody_may_read_refuse_nothing(world: World, fails: set[str]) -> None:
    allow(world, training=4, transform=4, endpoint=9)
    world.service_quotas.fails = fails
    world.put("churn/spec.yaml", SPEC)
    assert next_drop(world, 1).stage is Stage.LIVE
    assert world.errors == []


def test_yesterdays_quota_is_not_believed_when_aws_is_silent(world: World) -> None:
    allow(world, training=4, transform=4, endpoint=9)
    drop(world, 1, quality=0.7, spec=SPEC)
    world.run_for(24 * 3600)
    world.hide_quotas()
    world.traffic = 600
    assert next_drop(world, 2).stage is Stage.LIVE
    assert world.errors == []


def test_the_stack_limits_the_peak_too_and_a_serverless_endpoints_size(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_ENDPOINT_INSTANCES", "2")
    assert drop(world, 1, quality=0.7, spec=SPEC).stage is Stage.LIVE
    refused = next_drop(world, 2)
    assert refused.stage is Stage.REFUSED
    assert refused.reason.endswith("above this stack's MaxEndpointInstances of 2")

    world.put(
        "small/spec.yaml", SPEC.split("deploy:")[0] + "deploy: {canary: none, serverless: {max_concurrency: 21}}\n"
    )
    world.put("small/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 1, "small"))
    said = "deploy.serverless.max_concurrency: 21 is above this stack's MaxServerlessConcurrency of 20"
    assert (world.release("small", 1).stage, world.release("small", 1).reason) == (Stage.REFUSED, said)


def test_a_batch_that_the_account_may_never_run_is_refused_before_its_rows_are_staged(world: World) -> None:
    entry = "batch_transform: [{input: predict/adhoc/, instance_type: ml.c5.xlarge, instance_count: 3}]\n"
    assert drop(world, 1, spec=SPEC + entry).stage is Stage.LIVE
    world.core.settings = replace(world.core.settings, quotas={"ml.c5.xlarge for transform job usage": 2})
    world.put("churn/predict/adhoc/a.csv", csv(3))
    world.run(lambda: bool(world.batches("churn")) and world.batches("churn")[0].stage in batches.ENDED)
    [batch] = world.batches("churn")
    assert batch.stage is BatchStage.REFUSED
    assert batch.reason.startswith(
        "batch_transform.instance_count: it needs 3 at once, above this account's quota "
        "'ml.c5.xlarge for transform job usage' of 2: ask for less"
    )
    assert world.keys("_batches/") == []
