"""Serverless variants: what they can't be together with, their memory, and their quotas.

Source of the rules: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.sagemaker.errors import limit_exceeded, validation_error
from local_aws.sagemaker.model import Model
from local_aws.sagemaker.world import World

MEMORY_SIZES = tuple(range(1024, 6145, 1024))
"""In MB."""
MAX_BODY = 4 * 1024 * 1024
"""The largest body of a request, in bytes."""
MEMORY_QUOTA = "Memory size in MB per serverless endpoint"
CONCURRENCY_QUOTA = "Maximum total concurrency that can be allocated across all serverless endpoints"
_OF_INSTANCES = (
    "InstanceType",
    "InitialInstanceCount",
    "AcceleratorType",
    "VolumeSizeInGB",
    "ManagedInstanceScaling",
    "RoutingConfig",
    "CoreDumpConfig",
    "EnableSSMAccess",
    "InferenceAmiVersion",
)
"""A variant's members that say how its instances are."""


def check_config(params: Mapping[str, Any], models: Mapping[str, Model]) -> None:
    """Refuse a configuration with a serverless variant and what that excludes.

    Args:
        params: The request of CreateEndpointConfig.
        models: Its models, by name.

    Raises:
        AwsError: Names the first thing that can't be.
    """
    variants = params["ProductionVariants"]
    serverless = [variant for variant in variants if "ServerlessConfig" in variant]
    if not serverless:
        return
    if len(variants) > 1:
        raise _unsupported("multiple production variants")
    if "DataCaptureConfig" in params:
        raise _unsupported("data capture")
    [variant] = serverless
    if given := next((name for name in _OF_INSTANCES if name in variant), None):
        raise validation_error(f"{given} can't be specified together with ServerlessConfig.")
    check_sizes(variant["ServerlessConfig"])
    _check_model(models[variant["ModelName"]])


def _check_model(model: Model) -> None:
    excluded = {
        "inference pipelines": model.is_pipeline,
        "multi-model endpoints": model.is_multi_model,
        "VPC configuration": bool(model.vpc),
        "network isolation": model.request.get("EnableNetworkIsolation", False),
    }
    if found := next((what for what, there in excluded.items() if there), None):
        raise _unsupported(found)


def check_sizes(config: Mapping[str, Any]) -> None:
    """Refuse a memory size or a concurrency that there isn't.

    Raises:
        AwsError: So it is.
    """
    if config["MemorySizeInMB"] not in MEMORY_SIZES:
        sizes = ", ".join(str(size) for size in MEMORY_SIZES)
        raise validation_error(f"MemorySizeInMB {config['MemorySizeInMB']} is not valid. Valid values: {sizes}.")
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise validation_error(
            f"ProvisionedConcurrency {config['ProvisionedConcurrency']} must be less than or equal to MaxConcurrency "
            f"{config['MaxConcurrency']}."
        )


def check_quotas(world: World, running: Iterable[Mapping[str, Any]], coming: Iterable[Mapping[str, Any]]) -> None:
    """Refuse serverless variants that would exceed the account's quotas.

    Args:
        world: Where the quotas are.
        running: The ServerlessConfigs of all variants in service but those that are replaced.
        coming: Those of the variants that are asked for.

    Raises:
        AwsError: ResourceLimitExceeded.
    """
    wanted = list(coming)
    for config in wanted:
        _check(world, MEMORY_QUOTA, "MBs", 0, config["MemorySizeInMB"])
    if wanted:
        in_use = sum(config["MaxConcurrency"] for config in running)
        _check(world, CONCURRENCY_QUOTA, "None", in_use, sum(config["MaxConcurrency"] for config in wanted))


def _check(world: World, quota: str, unit: str, in_use: int, delta: int) -> None:
    limit = world.settings.quotas.get(quota)
    if limit is not None and in_use + delta > limit:
        raise limit_exceeded(
            f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {in_use} {unit} "
            f"and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase for this "
            "quota."
        )


def _unsupported(what: str) -> Exception:
    return validation_error(f"Serverless endpoints do not support {what}.")
