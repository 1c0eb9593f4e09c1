"""UpdateEndpointWeightsAndCapacities: how the traffic is shared, and how many instances serve it."""

from typing import Any

from local_aws.sagemaker.deployment import Deployments
from local_aws.sagemaker.endpoint import Endpoints
from local_aws.sagemaker.endpoint_state import Endpoint, EndpointStatus, Variant
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.serverless import check_sizes
from local_aws.sagemaker.world import Handler, World


class EndpointWeights:
    """Changes weights and capacities of variants in service."""

    def __init__(self, world: World, endpoints: Endpoints, deployments: Deployments) -> None:
        """Act on endpoints."""
        self._world = world
        self._endpoints = endpoints
        self._deployments = deployments

    def operations(self) -> dict[str, Handler]:
        """Return the one operation."""
        return {"UpdateEndpointWeightsAndCapacities": self.update}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        """Begin a change; variants that the request doesn't name keep what they have."""
        endpoint = self._endpoints.require_in_service(params["EndpointName"])
        wishes = params["DesiredWeightsAndCapacities"]
        self._check(endpoint, wishes)
        grows = any(
            wish.get("DesiredInstanceCount", 0) > endpoint.variants[wish["VariantName"]].current_count
            for wish in wishes
        )
        for wish in wishes:
            variant = endpoint.variants[wish["VariantName"]]
            variant.desired_weight = wish.get("DesiredWeight", variant.desired_weight)
            variant.desired_count = wish.get("DesiredInstanceCount", variant.desired_count)
            if variant.desired_serverless is not None:
                variant.desired_serverless = variant.desired_serverless | wish.get("ServerlessUpdateConfig", {})
        endpoint.failure = None
        self._deployments.enter(endpoint, EndpointStatus.UPDATING)
        settings = self._world.settings
        seconds = settings.instance_start_seconds if grows else settings.weight_change_seconds
        self._world.timeline.after(seconds, lambda: self._arrive(endpoint))
        return {"EndpointArn": endpoint.arn}

    def _arrive(self, endpoint: Endpoint) -> None:
        if self._world.settings.fail_scaling(endpoint.name):
            self._deployments.roll_back(endpoint)
            return
        for variant in endpoint.variants.values():
            variant.arrive()
        self._deployments.enter(endpoint, EndpointStatus.IN_SERVICE)

    def _check(self, endpoint: Endpoint, wishes: list[dict[str, Any]]) -> None:
        names = [wish["VariantName"] for wish in wishes]
        if absent := [name for name in names if name not in endpoint.variants]:
            raise validation_error(
                f'The variant name(s) "{", ".join(absent)}" is/are not present within endpoint configuration '
                f'"{endpoint.config.name}".'
            )
        if len(set(names)) < len(names):
            raise validation_error("A variant is named more than once in DesiredWeightsAndCapacities.")
        for wish in wishes:
            _check_serverless(endpoint.variants[wish["VariantName"]], wish)
            if wish.get("DesiredInstanceCount") == 0:
                raise validation_error(f"DesiredInstanceCount of variant {wish['VariantName']} must be at least 1.")
        self._check_quota([(endpoint.variants[wish["VariantName"]], wish) for wish in wishes])

    def _check_quota(self, wishes: list[tuple[Variant, dict[str, Any]]]) -> None:
        for kind in sorted({variant.instance_type for variant, _ in wishes} - {""}):
            in_use = sum(endpoint.instances(kind) for endpoint in self._endpoints.all_endpoints())
            delta = sum(
                wish.get("DesiredInstanceCount", variant.current_count) - variant.current_count
                for variant, wish in wishes
                if variant.instance_type == kind
            )
            check_quota(self._world, kind, "endpoint", in_use, delta)


def _check_serverless(variant: Variant, wish: dict[str, Any]) -> None:
    """Refuse to give instances to a serverless variant, and concurrency to one with instances."""
    if variant.desired_serverless is None:
        if "ServerlessUpdateConfig" in wish:
            raise validation_error(f"Variant {variant.name} is not serverless: it has no ServerlessUpdateConfig.")
        return
    if "DesiredInstanceCount" in wish:
        raise validation_error(f"Variant {variant.name} is serverless: it has no DesiredInstanceCount.")
    check_sizes(variant.desired_serverless | wish.get("ServerlessUpdateConfig", {}))
