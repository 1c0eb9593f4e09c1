"""Application Auto Scaling on local AWS: registrations are checked, and load really changes instance counts."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.engine import Engine, Parts, SageMakerEngine
from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.wire import SageMakerApp
from local_aws.server import LocalAws
from tests.local_aws.sagemaker.puppets import ARTIFACT, DictObjects, PuppetExecutors, config, model
from tests.waiting import eventually
from yardmaster.aws.autoscaling import describe, put_scheduled
from yardmaster.aws.sagemaker_errors import BusyError
from yardmaster.records import ScheduledAction

OF = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e1/variant/a",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def engine(parts: Parts) -> Engine:
    executors = PuppetExecutors()
    core = SageMaker(
        clock=parts.clock.now,
        executors=executors,
        emit=parts.emit,
        put_metric=parts.put_metric,
        put_log=lambda line: None,
        store=DictObjects("s3://b", ARTIFACT),
        scaling=parts.scaling,
    )
    lock = threading.RLock()
    return SageMakerEngine(SageMakerApp(core, lock), core, executors, lock)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS on which a minute takes 0.6 seconds, with an endpoint in service."""
    folder: Path = tmp_path_factory.mktemp("local")
    with LocalAws(folder, engine, minute=0.6) as running:
        sagemaker = running.client("sagemaker")
        sagemaker.create_model(**model())
        sagemaker.create_endpoint_config(**config())
        sagemaker.create_endpoint(EndpointName="e1", EndpointConfigName="c1")
        eventually(lambda: in_service(running), 30)
        yield running


def described(local: LocalAws) -> dict[str, Any]:
    answer: dict[str, Any] = local.client("sagemaker").describe_endpoint(EndpointName="e1")
    return answer


def in_service(local: LocalAws) -> bool:
    return bool(described(local)["EndpointStatus"] == "InService")


def instances(local: LocalAws) -> int:
    answer = described(local)
    return int(answer["ProductionVariants"][0]["CurrentInstanceCount"]) if in_service(local) else 0


def track(local: LocalAws, target: float) -> None:
    """Keep the endpoint's variant to so many invocations per instance and minute."""
    scaling = local.client("application-autoscaling")
    scaling.register_scalable_target(**OF, MinCapacity=1, MaxCapacity=3)
    scaling.put_scaling_policy(
        **OF,
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 60,
        },
    )


def test_load_adds_instances_and_its_end_removes_them(local: LocalAws) -> None:
    assert instances(local) == 1
    track(local, target=0.5)
    runtime = local.client("sagemaker-runtime")

    def grown() -> bool:
        runtime.invoke_endpoint(EndpointName="e1", Body=b"1,2", ContentType="text/csv")
        return instances(local) == 3

    eventually(grown, 60)
    eventually(lambda: instances(local) == 1, 60)
    local.client("application-autoscaling").deregister_scalable_target(**OF)


def test_a_deregistered_variant_has_no_policies_left(local: LocalAws) -> None:
    scaling = local.client("application-autoscaling")
    track(local, target=1000)
    scaling.deregister_scalable_target(**OF)
    scaling.register_scalable_target(**OF, MinCapacity=1, MaxCapacity=3)

    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    scaling.deregister_scalable_target(**OF)


def test_a_step_scaling_policy_tells_which_alarms_call_it(local: LocalAws) -> None:
    scaling = local.client("application-autoscaling")
    track(local, target=1000)
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    made = scaling.put_scaling_policy(
        **OF, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
    )
    local.client("cloudwatch").put_metric_alarm(
        AlarmName="queue-is-long",
        AlarmActions=[made["PolicyARN"]],
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )

    found = describe(scaling, "e1", ["a"])["a"]

    assert {policy.name: policy.alarms for policy in found.policies} == {"p": (), "steps": ("queue-is-long",)}
    scaling.deregister_scalable_target(**OF)


def test_a_scheduled_action_is_kept_as_it_was_put_and_goes_with_its_registration(local: LocalAws) -> None:
    scaling = local.client("application-autoscaling")
    track(local, target=1000)
    nightly = ScheduledAction("nightly", "cron(0 22 * * ? *)", "Europe/Berlin", None, 1_900_000_000.0, 1, 2)
    plain = ScheduledAction("plain", "rate(1 day)", max_capacity=3)
    for action in (nightly, nightly, plain):
        put_scheduled(scaling, "e1", "a", action)

    assert describe(scaling, "e1", ["a"])["a"].scheduled == (nightly, plain)
    scaling.deregister_scalable_target(**OF)
    assert scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"] == []
    with pytest.raises(BusyError, match="No scalable target found"):
        put_scheduled(scaling, "e1", "a", nightly)


def test_what_aws_refuses_is_refused(local: LocalAws) -> None:
    scaling = local.client("application-autoscaling")

    def refusal(operation: str, **more: Any) -> str:
        with pytest.raises(ClientError) as caught:
            getattr(scaling, operation)(**{**OF, **more})
        return str(caught.value.response["Error"]["Code"])

    assert refusal("deregister_scalable_target") == "ObjectNotFoundException"
    assert (
        refusal("put_scaling_policy", PolicyName="p", PolicyType="TargetTrackingScaling") == "ObjectNotFoundException"
    )
    assert refusal("register_scalable_target", MinCapacity=3, MaxCapacity=2) == "ValidationException"
    missing = {"ResourceId": "endpoint/e1/variant/none", "MinCapacity": 1, "MaxCapacity": 2}
    assert refusal("register_scalable_target", **missing) == "ValidationException"


def test_an_update_that_removes_a_registered_variant_is_refused(local: LocalAws) -> None:
    sagemaker = local.client("sagemaker")
    variants = config()["ProductionVariants"]
    other = [{**variants[0], "VariantName": "other"}]
    sagemaker.create_endpoint_config(EndpointConfigName="c2", ProductionVariants=other)
    track(local, target=1000)
    eventually(lambda: in_service(local), 30)

    with pytest.raises(ClientError, match="scalable target exists for variant a, which the update would remove"):
        sagemaker.update_endpoint(EndpointName="e1", EndpointConfigName="c2")

    sagemaker.delete_endpoint(EndpointName="e1")
    targets = local.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert targets["ScalableTargets"] == []
