"""The account's quotas: what a release needs at once, what can never run, and AWS's words when one is full."""

import pytest

from yardmaster.rules.quota_names import Full, lacks_instances, parse
from yardmaster.rules.quotas import DOUBTED_AFTER, KNOWN_FOR, Need, Quota, above_limit, is_old, needs, refusals
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec

ENDPOINT = "ml.m5.large for endpoint usage"
TRAINING = "ml.m5.xlarge for training job usage"
CANARY = "deploy: {initial_instance_count: 2, canary: {step_weights: [10, 50, 100]}}"


def spec(*sections: str) -> Spec:
    return parse_spec("\n".join(("algorithm: xgboost", "data: {label: churned}", *sections)).encode())


def instances(wanted: Spec, quota: str, serving: int = 0) -> list[int]:
    return [need.instances for need in needs(wanted, serving) if need.quota == quota]


def test_a_release_needs_training_tests_and_an_endpoint() -> None:
    assert [(need.quota, need.instances) for need in needs(spec(CANARY), 0)] == [
        (TRAINING, 1),
        ("ml.m5.xlarge for transform job usage", 1),
        (ENDPOINT, 2),
    ]


@pytest.mark.parametrize("deploy", ["deploy: none", "deploy: {canary: none, serverless: {memory_size: 2048}}"])
def test_without_an_endpoint_of_instances_none_is_needed(deploy: str) -> None:
    assert all("endpoint" not in need.quota for need in needs(spec(deploy), 0))


def test_spot_training_has_a_quota_of_its_own_and_a_tuning_job_counts_what_runs_at_once() -> None:
    train = "train: {instance_count: 2, use_spot_instances: true}"
    tune = (
        "tune: {objective_metric_name: 'validation:auc', objective_type: Maximize, max_jobs: 9, max_parallel_jobs: 3, "
        "hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 0.5}}}"
    )
    first, *_ = needs(spec(train, tune), 0)
    assert (first.quota, first.instances) == ("ml.m5.xlarge for spot training job usage", 6)
    assert first.path == "train.instance_count x tune.max_parallel_jobs"


@pytest.mark.parametrize(
    ("deploy", "serving", "most"),
    [
        # The old fleet, and beside it the new one: old and new variant.
        ("deploy: {canary: {step_weights: [10, 100]}}", 1, 3),
        # Two that serve; two and one new; then as many new ones as old ones, and beside these two alone.
        (CANARY, 2, 6),
        # By load there are five now, and the last update takes over all of them.
        (CANARY, 5, 15),
        ("deploy: {initial_instance_count: 2, canary: none}", 2, 4),
    ],
)
def test_an_update_has_both_fleets_for_a_while(deploy: str, serving: int, most: int) -> None:
    assert instances(spec(deploy), ENDPOINT, serving) == [most]


@pytest.mark.parametrize(("limit", "refused"), [(5.0, True), (6.0, False), (None, False)])
def test_what_needs_more_than_there_ever_is_is_refused_with_the_way_to_more(limit: float | None, refused: bool) -> None:
    said = list(refusals(needs(spec(CANARY), 2), {ENDPOINT: Quota("L-1234", limit, 0.0)}))
    assert bool(said) is refused
    for one in said:
        assert one.startswith("deploy.initial_instance_count: it needs 6 at once (at the peak of an update: 2 serve")
        assert f"quota '{ENDPOINT}' of 5: ask for less, or for more: Service Quotas, Amazon SageMaker, L-1234" in one
        assert "--quota-code L-1234 --desired-value 6" in one


@pytest.mark.parametrize(("most", "refused"), [(5, True), (6, False), (None, False)])
def test_the_stack_limits_what_one_endpoint_has_at_its_peak(most: int | None, refused: bool) -> None:
    said = list(above_limit(needs(spec("train: {instance_count: 9}", CANARY), 2), most))
    assert len(said) == refused
    assert all(one.endswith("these go), above this stack's MaxEndpointInstances of 5") for one in said)


def test_what_is_not_known_refuses_nothing() -> None:
    assert list(refusals(needs(spec(CANARY), 2), {})) == []


@pytest.mark.parametrize(
    ("quota", "age", "old"),
    [
        (None, 0.0, True),
        (5.0, KNOWN_FOR - 1, False),
        (5.0, KNOWN_FOR, True),
        (None, KNOWN_FOR - 1, True),
        (2.0, DOUBTED_AFTER - 1, False),
        (2.0, DOUBTED_AFTER, True),
    ],
)
def test_a_quota_is_believed_for_a_day_and_for_a_minute_if_it_says_no(
    quota: float | None, age: float, old: bool
) -> None:
    known = None if quota is None else Quota("L-1", quota, 1000.0)
    assert is_old(Need(ENDPOINT, 3, "deploy"), known, 1000.0 + age) is old


def test_that_aws_has_no_such_quota_is_believed_for_a_day() -> None:
    assert not is_old(Need(ENDPOINT, 3, "deploy"), Quota("", None, 0.0), KNOWN_FOR - 1)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            "The account-level service limit 'ml.m4.xlarge for endpoint usage' is 0 Instances, with current "
            "utilization of 0 Instances and a request delta of 1 Instances. Please contact AWS support to "
            "request an increase for this limit.",
            Full("ml.m4.xlarge for endpoint usage", 0, 0, 1),
        ),
        (
            "An error occurred (ResourceLimitExceeded) when calling the CreateTrainingJob operation: The account-level "
            "service limit 'ml.p3.2xlarge for spot training job usage' is 4 Instances, with current utilization of 3 "
            "Instances and a request delta of 2 Instances. Please use AWS Service Quotas to request an increase for "
            "this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this "
            "quota.",
            Full("ml.p3.2xlarge for spot training job usage", 4, 3, 2),
        ),
        (
            "The account-level service limit 'Number of instances across all training jobs' is 1,000 Instances, with "
            "current utilization of 999 Instances and a request delta of 12 Instances.",
            Full("Number of instances across all training jobs", 1000, 999, 12),
        ),
        ("You have exceeded the number of processing jobs.", None),
        ("CapacityError: Unable to provision requested ML compute capacity. Please retry after some time.", None),
        ("", None),
    ],
)
def test_what_aws_says_of_a_full_quota_is_read(answer: str, found: Full | None) -> None:
    assert parse(answer) == found


@pytest.mark.parametrize(
    ("reason", "lacks"),
    [
        (
            "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different type.",
            True,
        ),
        ("Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.", True),
        ("InsufficientCapacity: try again later", True),
        ("InternalServerError: We encountered an internal error. Please try again.", False),
        ("AlgorithmError: the log says: Unable to provision requested ML compute capacity", False),
        ("ClientError: no file of the channel has rows", False),
        ("", False),
    ],
)
def test_only_a_lack_of_instances_is_taken_for_one(reason: str, lacks: bool) -> None:
    assert lacks_instances(reason) is lacks
