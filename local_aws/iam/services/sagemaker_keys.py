"""SageMaker's condition keys: where in a request each of them is found.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html#amazonsagemaker-policy-keys
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Keys
from local_aws.iam.paths import found_at

_PATHS = {
    "sagemaker:InstanceTypes": (
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType",
        "TransformResources.InstanceType",
        "ProductionVariants[].InstanceType",
        "ShadowProductionVariants[].InstanceType",
    ),
    "sagemaker:AcceleratorTypes": (
        "ProductionVariants[].AcceleratorType",
        "ShadowProductionVariants[].AcceleratorType",
    ),
    "sagemaker:MaxRuntimeInSeconds": ("StoppingCondition.MaxRuntimeInSeconds",),
    "sagemaker:KeepAlivePeriod": ("ResourceConfig.KeepAlivePeriodInSeconds",),
    "sagemaker:EnableRemoteDebug": ("RemoteDebugConfig.EnableRemoteDebug",),
    "sagemaker:NetworkIsolation": ("EnableNetworkIsolation",),
    "sagemaker:InterContainerTrafficEncryption": ("EnableInterContainerTrafficEncryption",),
    "sagemaker:VpcSubnets": ("VpcConfig.Subnets[]",),
    "sagemaker:VpcSecurityGroupIds": ("VpcConfig.SecurityGroupIds[]",),
    "sagemaker:ServerlessMaxConcurrency": ("ProductionVariants[].ServerlessConfig.MaxConcurrency",),
    "sagemaker:ServerlessMemorySize": ("ProductionVariants[].ServerlessConfig.MemorySizeInMB",),
    "sagemaker:TargetModel": ("TargetModel",),
}
_KMS_PATHS = {
    "sagemaker:VolumeKmsKey": ("ResourceConfig.VolumeKmsKeyId", "TransformResources.VolumeKmsKeyId", "KmsKeyId"),
    "sagemaker:OutputKmsKey": ("OutputDataConfig.KmsKeyId", "TransformOutput.KmsKeyId"),
}
_DEFINITIONS = ("TrainingJobDefinition.", "TrainingJobDefinitions[].")
_MODEL_PATHS = ("ModelName", "ProductionVariants[].ModelName", "ShadowProductionVariants[].ModelName")
_WITH_MODELS = ("CreateTransformJob", "CreateEndpointConfig")
_WITH_APPROVAL = ("CreateModelPackage", "UpdateModelPackage")


def request_keys(call: Call, facts: Facts) -> Keys:
    """Return the condition keys of a request, the tags that it brings included.

    A tuning job's are those of the training jobs that it defines.
    """
    return {name: values for name, values in _keys(call, facts) if values}


def _keys(call: Call, facts: Facts) -> Iterator[tuple[str, tuple[str, ...]]]:
    params = call.params
    within = _DEFINITIONS if call.operation == "CreateHyperParameterTuningJob" else ("",)
    for name, paths in _PATHS.items():
        yield name, found_at(params, _below(within, paths))
    for name, paths in _KMS_PATHS.items():
        yield name, tuple(key_arn(key, facts) for key in found_at(params, _below(within, paths)))
    if call.operation in _WITH_MODELS:
        where = f"arn:aws:sagemaker:{facts.region}:{facts.account}:model/"
        yield "sagemaker:ModelArn", tuple(where + model.lower() for model in found_at(params, _MODEL_PATHS))
    if call.operation in _WITH_APPROVAL:
        yield "sagemaker:ModelApprovalStatus", found_at(params, ("ModelApprovalStatus",))
        yield from _metadata(params)
    yield from tag_keys(params).items()


def _below(places: Iterable[str], paths: Iterable[str]) -> Iterator[str]:
    return (place + path for place in places for path in paths)


def _metadata(params: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, value in params.get("CustomerMetadataProperties", {}).items():
        yield f"sagemaker:CustomerMetadataProperties/{key}", (str(value),)
    yield "sagemaker:CustomerMetadataPropertiesToRemove", tuple(params.get("CustomerMetadataPropertiesToRemove", ()))


def tag_keys(params: Mapping[str, Any]) -> Keys:
    """Return the condition keys of the tags that a request brings, or takes away."""
    tags = params.get("Tags", ())
    names = tuple(params.get("TagKeys") or (tag["Key"] for tag in tags))
    brought = {f"aws:RequestTag/{tag['Key']}": (tag["Value"],) for tag in tags}
    return {**brought, "aws:TagKeys": names} if names else brought


def key_arn(key: str, facts: Facts) -> str:
    """Return the ARN of a KMS key that a request may name by its id or its alias too."""
    if key.startswith("arn:"):
        return key
    name = key if key.startswith("alias/") else f"key/{key}"
    return f"arn:aws:kms:{facts.region}:{facts.account}:{name}"
