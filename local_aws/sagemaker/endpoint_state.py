"""An endpoint's state: its variants in service, a deployment under way, and how both are described."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local_aws.sagemaker import capture
from local_aws.sagemaker.endpoint_config import EndpointConfig
from local_aws.sagemaker.events import milliseconds, present, upper_snake
from local_aws.sagemaker.model import Model


class EndpointStatus(StrEnum):
    """The statuses that the simulator gives."""

    CREATING = "Creating"
    UPDATING = "Updating"
    SYSTEM_UPDATING = "SystemUpdating"
    ROLLING_BACK = "RollingBack"
    IN_SERVICE = "InService"
    DELETING = "Deleting"
    FAILED = "Failed"
    UPDATE_ROLLBACK_FAILED = "UpdateRollbackFailed"


SERVING = frozenset(
    {
        EndpointStatus.IN_SERVICE,
        EndpointStatus.UPDATING,
        EndpointStatus.SYSTEM_UPDATING,
        EndpointStatus.ROLLING_BACK,
        EndpointStatus.UPDATE_ROLLBACK_FAILED,
    }
)
"""The statuses in which InvokeEndpoint is answered."""


@dataclass
class Variant:
    """One production variant; weights and counts as CloudWatch and DescribeEndpoint name them.

    A serverless one has no instances: its counts are 0, its type is empty, and its concurrency is in
    `current_serverless` and `desired_serverless`, which are None for all others.
    """

    spec: dict[str, Any]
    model: Model
    hosting_id: str
    created: float
    current_weight: float
    desired_weight: float
    current_count: int
    desired_count: int
    current_serverless: dict[str, Any] | None = None
    desired_serverless: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """The variant's name."""
        name: str = self.spec["VariantName"]
        return name

    @property
    def instance_type(self) -> str:
        """The instance type; empty for a serverless variant."""
        kind: str = self.spec.get("InstanceType", "")
        return kind

    def runs_the_same_as(self, other: "Variant") -> bool:
        """Say whether the other's containers can serve for this variant: all is equal but weight and count."""
        ignored = {"InitialVariantWeight", "InitialInstanceCount"}
        mine, others = ({k: v for k, v in one.spec.items() if k not in ignored} for one in (self, other))
        return mine == others and self.model is other.model

    def summary(self) -> dict[str, Any]:
        """Return a ProductionVariantSummary."""
        deployed = [
            {"SpecifiedImage": each.image, "ResolvedImage": each.image, "ResolutionTime": self.created}
            for each in self.model.containers
        ]
        return {"VariantName": self.name, "DeployedImages": deployed, **self.figures()}

    def figures(self) -> dict[str, Any]:
        """Return weights and counts: current and desired differ while the endpoint is Updating."""
        weights = {"CurrentWeight": self.current_weight, "DesiredWeight": self.desired_weight}
        if self.current_serverless is not None:
            return weights | {
                "CurrentServerlessConfig": self.current_serverless,
                "DesiredServerlessConfig": self.desired_serverless,
            }
        return weights | {"CurrentInstanceCount": self.current_count, "DesiredInstanceCount": self.desired_count}

    def arrive(self) -> None:
        """Make what is desired current."""
        self.current_weight, self.current_count = self.desired_weight, self.desired_count
        self.current_serverless = self.desired_serverless

    def revert(self) -> None:
        """Desire what is current."""
        self.desired_weight, self.desired_count = self.current_weight, self.current_count
        self.desired_serverless = self.current_serverless


@dataclass
class Deployment:
    """A new fleet on its way: ready when its instances are and no container is awaited."""

    config: EndpointConfig
    variants: dict[str, Variant]
    started: float
    awaited: set[str] = field(default_factory=set)
    instances_ready: bool = False
    failure: str | None = None


@dataclass
class Endpoint:
    """An endpoint; `variants` are those that answer requests."""

    name: str
    arn: str
    config: EndpointConfig
    created: float
    modified: float
    status: EndpointStatus = EndpointStatus.CREATING
    variants: dict[str, Variant] = field(default_factory=dict)
    deployment: Deployment | None = None
    failure: str | None = None

    def describe(self) -> dict[str, Any]:
        """Return the endpoint as DescribeEndpoint writes it; variants are missing until it was in service once."""
        return {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config.name,
            "ProductionVariants": [variant.summary() for variant in self.variants.values()] or None,
            "DataCaptureConfig": capture.summary(self.config.capture),
            "EndpointStatus": self.status,
            "FailureReason": self.failure,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "PendingDeploymentSummary": self._pending(),
        }

    def event_detail(self, tags: dict[str, str]) -> dict[str, Any]:
        """Return the detail of an Endpoint State Change, whose statuses are in upper snake case."""
        variants = self.variants or (self.deployment.variants if self.deployment else {})
        return present(
            {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": self.config.name,
                "ProductionVariants": [{"VariantName": each.name, **each.figures()} for each in variants.values()],
                "EndpointStatus": upper_snake(self.status),
                "CreationTime": milliseconds(self.created),
                "LastModifiedTime": milliseconds(self.modified),
                "Tags": tags,
                "FailureReason": self.failure,
            }
        )

    def instances(self, instance_type: str) -> int:
        """Return how many instances of a type the endpoint holds; during a deployment it holds both fleets."""
        coming = self.deployment.variants.values() if self.deployment else ()
        return sum(
            max(variant.current_count, variant.desired_count)
            for variant in (*self.variants.values(), *coming)
            if variant.instance_type == instance_type
        )

    def serverless(self) -> list[dict[str, Any]]:
        """Return the ServerlessConfigs of its variants in service, as they are wanted."""
        return [each.desired_serverless for each in self.variants.values() if each.desired_serverless is not None]

    def _pending(self) -> dict[str, Any] | None:
        if self.deployment is None or self.status is EndpointStatus.ROLLING_BACK:
            return None
        variants = [
            {**variant.summary(), **({"InstanceType": variant.instance_type} if variant.instance_type else {})}
            for variant in self.deployment.variants.values()
        ]
        return {
            "EndpointConfigName": self.deployment.config.name,
            "ProductionVariants": variants,
            "StartTime": self.deployment.started,
        }
