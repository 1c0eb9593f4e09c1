"""Endpoint configurations: Create, Describe, Delete and List."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker import serverless
from local_aws.sagemaker.capture import check_capture
from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.inputs import check_instance_type, refuse_unsimulated
from local_aws.sagemaker.model import Models
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.validation import echo, required
from local_aws.sagemaker.world import Handler, Table, World

_UNSIMULATED = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")
_UNSIMULATED_IN_VARIANT = (
    "ManagedInstanceScaling",
    "RoutingConfig",
    "AcceleratorType",
    "CoreDumpConfig",
)


@dataclass(frozen=True)
class EndpointConfig:
    """A configuration; it never changes. Each variant has its InitialVariantWeight, 1 unless given; 0 is kept."""

    name: str
    arn: str
    created: float
    request: dict[str, Any] = field(hash=False)

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The production variants as the API writes them."""
        variants: list[dict[str, Any]] = self.request["ProductionVariants"]
        return variants

    @property
    def capture(self) -> dict[str, Any] | None:
        """The DataCaptureConfig; None without one."""
        return self.request.get("DataCaptureConfig")


class EndpointConfigs:
    """The endpoint configurations of the account."""

    def __init__(self, world: World, models: Models) -> None:
        """Begin empty; variants name models."""
        self._world = world
        self._models = models
        self._configs: Table[EndpointConfig] = Table(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on endpoint configurations."""
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": self.describe,
            "DeleteEndpointConfig": self.delete,
            "ListEndpointConfigs": self.list_configs,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Create a configuration; its models must exist."""
        name = params["EndpointConfigName"]
        arn = self._arn(name)
        refuse_unsimulated("CreateEndpointConfig", params, *_UNSIMULATED)
        if self._configs.taken(name):
            raise validation_error(f'Cannot create already existing endpoint configuration "{arn}".')
        self._check_variants(params)
        check_capture(params.get("DataCaptureConfig"))
        self._world.tags.check(params.get("Tags"))
        variants = [{"InitialVariantWeight": 1.0, **variant} for variant in params["ProductionVariants"]]
        config = EndpointConfig(name, arn, self._world.timeline.now(), params | {"ProductionVariants": variants})
        self._configs.put(name, config)
        self._world.tags.born(arn, params.get("Tags"))
        self._world.events.send("Endpoint Config", arn, self._detail(config))
        return {"EndpointConfigArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a configuration."""
        config = self.require(params["EndpointConfigName"])
        described = echo("DescribeEndpointConfig", config.request)
        return {**described, "EndpointConfigArn": config.arn, "CreationTime": config.created}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Delete a configuration, also one in use: AWS says you must not, and does not prevent it."""
        config = self.require(params["EndpointConfigName"])
        self._configs.remove(config.name)
        self._world.tags.died(config.arn)
        return {}

    def list_configs(self, params: dict[str, Any]) -> dict[str, Any]:
        """List configurations."""
        items = [
            Listed(
                {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": config.created},
                config.name,
                config.created,
            )
            for config in self._configs.visible()
        ]
        return list_page(items, params, "EndpointConfigs")

    def require(self, name: str) -> EndpointConfig:
        """Return a configuration.

        Raises:
            AwsError: There is none (yet visible).
        """
        config = self._configs.find(name)
        if config is None:
            raise validation_error(f'Could not find endpoint configuration "{self._arn(name)}".')
        return config

    def volume_key(self, name: str) -> str | None:
        """Return the KMS key of a configuration by its name in small letters, as its ARN has it."""
        found = next((config for config in self._configs if config.name.lower() == name), None)
        return found.request.get("KmsKeyId") if found else None

    def _check_variants(self, params: dict[str, Any]) -> None:
        variants = params["ProductionVariants"]
        names = [variant["VariantName"] for variant in variants]
        for at, variant in enumerate(variants, 1):
            if names.count(variant["VariantName"]) > 1:
                raise validation_error(f"Duplicate production variant name: {variant['VariantName']}.")
            refuse_unsimulated("CreateEndpointConfig", variant, *_UNSIMULATED_IN_VARIANT)
            if "ModelName" not in variant:
                raise not_simulated("CreateEndpointConfig with inference components (a variant without ModelName)")
            model = self._models.require(variant["ModelName"])
            if "ServerlessConfig" not in variant:
                required(variant, "InstanceType", "InitialInstanceCount", within=f"productionVariants.{at}.member.")
                check_instance_type(variant["InstanceType"], model.runs_on.realtime_types)
        serverless.check_config(
            params, {each["ModelName"]: self._models.require(each["ModelName"]) for each in variants}
        )

    def _arn(self, name: str) -> str:
        return self._world.arns.of("endpoint-config", name)

    def _detail(self, config: EndpointConfig) -> dict[str, Any]:
        return {
            "EndpointConfigName": config.name,
            "EndpointConfigArn": config.arn,
            "ProductionVariants": config.variants,
            "CreationTime": milliseconds(config.created),
            "Tags": self._world.tags.as_object(config.arn),
        }
