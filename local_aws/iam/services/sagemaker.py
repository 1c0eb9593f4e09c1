"""SageMaker: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html.

Which operations ask for a grant on a key: https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html.
For a job's volume it is asked of the caller only where the job's role hasn't the right: see `execution.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Keys, Need
from local_aws.iam.paths import found_at
from local_aws.iam.services import kms
from local_aws.iam.services.sagemaker_keys import request_keys, tag_keys

_KINDS = {
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
    "Model": "model",
    "EndpointConfig": "endpoint-config",
    "EndpointWeightsAndCapacities": "endpoint",
    "Endpoint": "endpoint",
    "ModelPackageGroup": "model-package-group",
    "ModelPackage": "model-package",
    "Algorithm": "algorithm",
}
"""What an operation's name ends with, and the first part of the resource's ARN."""
_NAMES = {
    "hyper-parameter-tuning-job": "HyperParameterTuningJobName",
    "training-job": "TrainingJobName",
    "transform-job": "TransformJobName",
    "model": "ModelName",
    "endpoint-config": "EndpointConfigName",
    "endpoint": "EndpointName",
    "model-package-group": "ModelPackageGroupName",
    "model-package": "ModelPackageName",
    "algorithm": "AlgorithmName",
}
_VERBS = ("Create", "Describe", "Update", "Delete", "Stop")
_TAGGING = ("AddTags", "ListTags", "DeleteTags")
_ROLES = ("RoleArn", "ExecutionRoleArn", "TrainingJobDefinition.RoleArn", "TrainingJobDefinitions[].RoleArn")
_ENDPOINT_AND_CONFIG = ("CreateEndpoint", "UpdateEndpoint")


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    if call.operation in _TAGGING:
        return [_need(call, str(call.params.get("ResourceArn", "*")), facts)]
    if call.operation == "ListModelPackages":
        return [_need(call, _arn("model-package", _versions(call.params), facts), facts)]
    if call.operation == "ListTrainingJobsForHyperParameterTuningJob":
        return [_need(call, _resource(call, "hyper-parameter-tuning-job", facts), facts)]
    if call.operation == "Search" or call.operation.startswith("List"):
        return [Need(f"sagemaker:{call.operation}", "*")]
    if call.operation == "InvokeEndpoint":
        return [_need(call, _arn("endpoint", call.params["EndpointName"], facts), facts)]
    kind = _kind(call.operation)
    return [*_needs_of_resource(call, kind, facts)] if kind else None


def _kind(operation: str) -> str | None:
    verb = next((verb for verb in _VERBS if operation.startswith(verb)), None)
    return _KINDS.get(operation.removeprefix(verb)) if verb else None


def _needs_of_resource(call: Call, kind: str, facts: Facts) -> Iterator[Need]:
    arn = _resource(call, kind, facts)
    yield _need(call, arn, facts)
    if call.operation in _ENDPOINT_AND_CONFIG:
        config = _arn("endpoint-config", call.params["EndpointConfigName"], facts)
        yield _need(call, config, facts)
        if key := facts.key(config):
            yield kms.grant_for_volume(key, facts)
    if call.operation == "CreateModelPackage" and (group := call.params.get("ModelPackageGroupName")):
        yield _need(call, _arn("model-package-group", group, facts), facts)
    if call.operation.startswith("Create"):
        yield from _dependent(call, arn, facts)


def _dependent(call: Call, arn: str, facts: Facts) -> Iterator[Need]:
    """Return the actions that the reference names as dependent ones."""
    if call.params.get("Tags"):
        tagging = {"sagemaker:TaggingAction": (call.operation,)}
        yield Need("sagemaker:AddTags", arn, {**tag_keys(call.params), **tagging})
    for role in found_at(call.params, _ROLES):
        yield Need("iam:PassRole", role, {"iam:PassedToService": ("sagemaker.amazonaws.com",)})


def _need(call: Call, arn: str, facts: Facts) -> Need:
    """Return the need of the operation itself on one resource."""
    keys: dict[str, tuple[str, ...]] = {**request_keys(call, facts), **_resource_tags(facts.tags(arn))}
    return Need(f"sagemaker:{call.operation}", arn, keys)


def _resource_tags(tags: Mapping[str, str]) -> Keys:
    return {f"{owner}:ResourceTag/{key}": (value,) for key, value in tags.items() for owner in ("aws", "sagemaker")}


def _resource(call: Call, kind: str, facts: Facts) -> str:
    """Return the ARN of what a call is about."""
    params = call.params
    if kind == "model-package" and call.operation == "CreateModelPackage":
        # Its version isn't known before it is made.
        return _arn(kind, params.get("ModelPackageName") or _versions(params), facts)
    return _arn(kind, _name(params, kind), facts)


def _versions(params: Mapping[str, Any]) -> str:
    """Return the name of all versions in a group; of all packages if none is named."""
    group = str(params.get("ModelPackageGroupName") or "").rpartition("/")[2]
    return f"{group}/*" if group else "*"


def _name(params: Mapping[str, Any], kind: str) -> str:
    return str(params.get("ModelPackageArn") or params.get(_NAMES[kind], ""))


def _arn(kind: str, name: str, facts: Facts) -> str:
    """Return an ARN, in which SageMaker writes all names in small letters; a name may be one already."""
    return (
        name if name.startswith("arn:") else f"arn:aws:sagemaker:{facts.region}:{facts.account}:{kind}/{name.lower()}"
    )
