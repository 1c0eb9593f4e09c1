"""Endpoints: Create, Describe, List, Update and Delete. Their deployments are in deployment.py."""

from typing import Any

from local_aws.sagemaker import serverless
from local_aws.sagemaker.deployment import Deployments
from local_aws.sagemaker.endpoint_config import EndpointConfig, EndpointConfigs
from local_aws.sagemaker.endpoint_state import SERVING, Endpoint, EndpointStatus, Variant
from local_aws.sagemaker.errors import AwsError, not_simulated, validation_error
from local_aws.sagemaker.inputs import refuse_unsimulated
from local_aws.sagemaker.model import Models
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.sagemaker.world import Handler, Table, World

_MINUTE = 60.0
_INSTANCES = "/aws/sagemaker/Endpoints"
_MEMORY = 10.0
"""Per cent: nothing is measured here, and what counts is that it is published."""
_DELETABLE = frozenset({EndpointStatus.IN_SERVICE, EndpointStatus.FAILED, EndpointStatus.UPDATE_ROLLBACK_FAILED})


class Endpoints:
    """The endpoints of the account; their names are unique whatever their case."""

    def __init__(self, world: World, configs: EndpointConfigs, models: Models, deployments: Deployments) -> None:
        """Begin empty."""
        self._world = world
        self._configs = configs
        self._models = models
        self._deployments = deployments
        self._endpoints: Table[Endpoint] = Table(world, fold_case=True)
        self._generation = 0
        self._measured = 0.0

    def operations(self) -> dict[str, Handler]:
        """Return the operations on endpoints."""
        return {
            "CreateEndpoint": self.create,
            "DescribeEndpoint": self.describe,
            "ListEndpoints": self.list_endpoints,
            "UpdateEndpoint": self.update,
            "DeleteEndpoint": self.delete,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Begin to create an endpoint from a configuration."""
        name = params["EndpointName"]
        arn = self._world.arns.of("endpoint", name)
        refuse_deployment_config("CreateEndpoint", params)
        if self._endpoints.taken(name):
            raise validation_error(f'Cannot create already existing endpoint "{arn}".')
        self._world.tags.check(params.get("Tags"))
        config = self._configs.require(params["EndpointConfigName"])
        now = self._world.timeline.now()
        endpoint = Endpoint(name, arn, config, now, now)
        variants = self._new_variants(endpoint, config)
        self.check_peak(variants)
        self._check_serverless(endpoint, variants)
        self._endpoints.put(name, endpoint)
        self._world.tags.born(arn, params.get("Tags"))
        self._deployments.begin(endpoint, EndpointStatus.CREATING, config, variants)
        return {"EndpointArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe an endpoint."""
        return self.require(params["EndpointName"]).describe()

    def list_endpoints(self, params: dict[str, Any]) -> dict[str, Any]:
        """List endpoints."""
        items = [
            Listed(_summary(endpoint), endpoint.name, endpoint.created, endpoint.modified, endpoint.status)
            for endpoint in self._endpoints.visible()
        ]
        return list_page(items, params, "Endpoints")

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        """Begin to replace the endpoint's fleet, blue/green."""
        refuse_deployment_config("UpdateEndpoint", params)
        refuse_unsimulated("UpdateEndpoint", params, "RetainDeploymentConfig")
        endpoint = self.require_updatable(params["EndpointName"])
        config = self._configs.require(params["EndpointConfigName"])
        # AWS reads the old configuration too, and refuses if somebody deleted it (terraform-provider-aws#40048).
        self._configs.require(endpoint.config.name)
        variants = self._new_variants(endpoint, config)
        self._refuse_scaled(endpoint, variants)
        _refuse_to_lose_instances(endpoint, variants)
        retain_properties(endpoint, variants, params)
        self.check_peak(variants)
        self._check_serverless(endpoint, variants)
        self._deployments.begin(endpoint, EndpointStatus.UPDATING, config, variants)
        return {"EndpointArn": endpoint.arn}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Begin to delete an endpoint; its name stays taken until it is gone."""
        endpoint = self.require(params["EndpointName"])
        if endpoint.status not in _DELETABLE:
            raise busy(endpoint)
        for name in endpoint.variants:
            self._world.scaling.deregister(endpoint.name, name)
        self._deployments.retire_all(endpoint)
        self._deployments.enter(endpoint, EndpointStatus.DELETING)
        self._world.timeline.after(self._world.settings.delete_seconds, lambda: self._gone(endpoint))
        return {}

    def require(self, name: str) -> Endpoint:
        """Return an endpoint.

        Raises:
            AwsError: There is none (yet visible).
        """
        endpoint = self.find(name)
        if endpoint is None:
            raise validation_error(f'Could not find endpoint "{self._world.arns.of("endpoint", name)}".')
        return endpoint

    def require_in_service(self, name: str) -> Endpoint:
        """Return an endpoint that may be changed.

        Raises:
            AwsError: It is busy, failed or not there.
        """
        endpoint = self.require(name)
        if endpoint.status is EndpointStatus.FAILED:
            raise validation_error(f'Cannot update failed endpoint "{endpoint.arn}". It can only be deleted.')
        if endpoint.status is not EndpointStatus.IN_SERVICE:
            raise busy(endpoint)
        return endpoint

    def require_updatable(self, name: str) -> Endpoint:
        """Return an endpoint that may get a new configuration: also one that serves a mixture.

        Raises:
            AwsError: It is busy, failed or not there.
        """
        endpoint = self.require(name)
        mixed = endpoint.status is EndpointStatus.UPDATE_ROLLBACK_FAILED
        return endpoint if mixed else self.require_in_service(name)

    def find(self, name: str) -> Endpoint | None:
        """Return an endpoint, or None."""
        return self._endpoints.find(name)

    def all_endpoints(self) -> list[Endpoint]:
        """Return all endpoints, visible or not."""
        return list(self._endpoints)

    def search_records(self) -> list[dict[str, Any]]:
        """Return all endpoints as Search sees them."""
        unknown = {"PendingDeploymentSummary"}
        return [
            {name: value for name, value in endpoint.describe().items() if name not in unknown}
            | {"Tags": self._world.tags.as_list(endpoint.arn)}
            for endpoint in self._endpoints.visible()
        ]

    def check_peak(self, coming: dict[str, Variant]) -> None:
        """Refuse a fleet whose instances, beside all that run now (the old fleet too), would exceed a quota."""
        for kind in sorted({variant.instance_type for variant in coming.values()} - {""}):
            in_use = sum(endpoint.instances(kind) for endpoint in self._endpoints)
            asked = sum(each.desired_count for each in coming.values() if each.instance_type == kind)
            check_quota(self._world, kind, "endpoint", in_use, asked)

    def _check_serverless(self, endpoint: Endpoint, coming: dict[str, Variant]) -> None:
        """Refuse serverless variants beyond the account's quotas; those that they replace don't count."""
        others = [one for each in self._endpoints if each is not endpoint for one in each.serverless()]
        wanted = [each.desired_serverless for each in coming.values() if each.desired_serverless is not None]
        serverless.check_quotas(self._world, others, wanted)

    def _refuse_scaled(self, endpoint: Endpoint, coming: dict[str, Variant]) -> None:
        """Refuse to remove a variant that is scaled automatically, or to give it other instances."""
        for name, variant in endpoint.variants.items():
            stays = name in coming and coming[name].instance_type == variant.instance_type
            if not stays and self._world.scaling.registered(endpoint.name, name):
                raise validation_error(
                    f"An Application AutoScaling scalable target exists for variant {name}, which the update would "
                    f"{'change the instance type of' if name in coming else 'remove'}. Deregister the scalable target "
                    f"endpoint/{endpoint.name}/variant/{name} before you update endpoint {endpoint.name}."
                )

    def _new_variants(self, endpoint: Endpoint, config: EndpointConfig) -> dict[str, Variant]:
        """Return the variants of a configuration, each with a hosting id of its own."""
        self._generation += 1
        return {
            spec["VariantName"]: Variant(
                spec=spec,
                model=self._models.require(spec["ModelName"]),
                hosting_id=f"{endpoint.name}/{spec['VariantName']}/{self._generation}",
                created=self._world.timeline.now(),
                current_weight=spec["InitialVariantWeight"],
                desired_weight=spec["InitialVariantWeight"],
                current_count=spec.get("InitialInstanceCount", 0),
                desired_count=spec.get("InitialInstanceCount", 0),
                current_serverless=spec.get("ServerlessConfig"),
                desired_serverless=spec.get("ServerlessConfig"),
            )
            for spec in config.variants
        }

    def measure(self) -> None:
        """Publish what instances use of their memory, once a minute, whether anybody asks them or not."""
        minute = self._world.timeline.now() // _MINUTE * _MINUTE
        if minute <= self._measured:
            return
        self._measured = minute
        for endpoint in self._endpoints:
            for variant in endpoint.variants.values() if endpoint.status in SERVING else ():
                if variant.instance_type:
                    named = {"EndpointName": endpoint.name, "VariantName": variant.name}
                    self._world.put_metric(
                        Datapoint(_INSTANCES, "MemoryUtilization", named, _MEMORY, minute, "Percent")
                    )

    def _gone(self, endpoint: Endpoint) -> None:
        self._endpoints.remove(endpoint.name)
        self._world.tags.died(endpoint.arn)


def busy(endpoint: Endpoint) -> AwsError:
    """Return the refusal of a change while another is under way: deletes get the same one."""
    return validation_error(f'Cannot update in-progress endpoint "{endpoint.arn}".')


def _refuse_to_lose_instances(endpoint: Endpoint, coming: dict[str, Variant]) -> None:
    """Refuse to make an endpoint with instances serverless; the other way is open."""
    has_instances = any(variant.instance_type for variant in endpoint.variants.values())
    if has_instances and any(variant.desired_serverless is not None for variant in coming.values()):
        raise validation_error(
            f'Cannot update instance-based endpoint "{endpoint.arn}" to a serverless endpoint. Create a new endpoint.'
        )


def refuse_deployment_config(operation: str, params: dict[str, Any]) -> None:
    """Refuse guardrails other than all at once, which is what the simulator does anyway."""
    config = params.get("DeploymentConfig", {})
    refuse_unsimulated(operation, config, "RollingUpdatePolicy", "AutoRollbackConfiguration")
    routing = config.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        raise not_simulated(f"{operation} with traffic routing {routing['Type']}")


def retain_properties(endpoint: Endpoint, variants: dict[str, Variant], params: dict[str, Any]) -> None:
    """Give new variants the weights and counts of those in service, as far as the request says; the default is not."""
    if not params.get("RetainAllVariantProperties", False):
        return
    excluded = {each["VariantPropertyType"] for each in params.get("ExcludeRetainedVariantProperties", [])}
    for name in variants.keys() & endpoint.variants.keys():
        new, old = variants[name], endpoint.variants[name]
        if "DesiredWeight" not in excluded:
            new.current_weight = new.desired_weight = old.desired_weight
        if "DesiredInstanceCount" not in excluded:
            new.current_count = new.desired_count = old.desired_count


def _summary(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
        "EndpointStatus": endpoint.status,
    }
