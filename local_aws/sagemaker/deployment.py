"""How an endpoint gets a fleet: all at once, blue/green, back to the old fleet if the new one fails."""

from dataclasses import replace

from local_aws.sagemaker.endpoint_config import EndpointConfig
from local_aws.sagemaker.endpoint_state import Deployment, Endpoint, EndpointStatus, Variant
from local_aws.sagemaker.executors.base import HostingOutcome
from local_aws.sagemaker.fleets import Fleets
from local_aws.sagemaker.world import World

_NO_CAPACITY = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
"""What AWS says of a deployment that was accepted, and found no instances."""


class Deployments:
    """Runs the deployments of all endpoints."""

    def __init__(self, world: World, fleets: Fleets) -> None:
        """Begin with none under way."""
        self._world = world
        self._fleets = fleets
        self._awaited: dict[str, Endpoint] = {}

    def begin(
        self, endpoint: Endpoint, status: EndpointStatus, config: EndpointConfig, variants: dict[str, Variant]
    ) -> None:
        """Start a fleet; variants that run the same as before keep their container."""
        endpoint.failure = None
        kept = {name: self._kept(endpoint, variant) for name, variant in variants.items()}
        deployment = Deployment(config, kept, self._world.timeline.now())
        endpoint.deployment = deployment
        self.enter(endpoint, status)
        for variant in self._new_containers(endpoint):
            problem = self._fleets.start(variant)
            if problem:
                deployment.failure = problem
            else:
                deployment.awaited.add(variant.hosting_id)
                self._awaited[variant.hosting_id] = endpoint
        self._world.timeline.after(
            self._world.settings.instance_start_seconds, lambda: self._instances_ready(endpoint, deployment)
        )

    def hosted(self, outcome: HostingOutcome) -> None:
        """Take an executor's outcome: a container answers its ping, or failed."""
        endpoint = self._awaited.pop(outcome.hosting_id, None)
        if endpoint is None or endpoint.deployment is None:
            return
        deployment = endpoint.deployment
        deployment.awaited.discard(outcome.hosting_id)
        if not outcome.ready:
            variant = outcome.hosting_id.split("/")[1]
            self._log(endpoint, variant, outcome.failure_reason or "The container failed.")
            one = len(deployment.variants[variant].model.containers) == 1
            names = "primary container" if one else ", ".join(outcome.failed)
            deployment.failure = _ping_failure(names, variant, outcome.failure_reason)
        self._settle(endpoint)

    def enter(self, endpoint: Endpoint, status: EndpointStatus) -> None:
        """Change the status, and say so."""
        endpoint.status = status
        endpoint.modified = self._world.timeline.now()
        tags = self._world.tags.as_object(endpoint.arn)
        self._world.events.send("Endpoint", endpoint.arn, endpoint.event_detail(tags))

    def roll_back(self, endpoint: Endpoint) -> None:
        """Return to what is in service: the weights, counts and configuration of before."""
        self.enter(endpoint, EndpointStatus.ROLLING_BACK)
        self._world.timeline.after(self._world.settings.rollback_seconds, lambda: self._rolled_back(endpoint))

    def retire_all(self, endpoint: Endpoint) -> None:
        """Let all containers of an endpoint answer what they have, then stop."""
        for variant in endpoint.variants.values():
            self._fleets.retire(variant.hosting_id)

    def _kept(self, endpoint: Endpoint, variant: Variant) -> Variant:
        old = endpoint.variants.get(variant.name)
        if old is not None and variant.runs_the_same_as(old):
            return replace(variant, hosting_id=old.hosting_id)
        return variant

    def _new_containers(self, endpoint: Endpoint) -> list[Variant]:
        running = {variant.hosting_id for variant in endpoint.variants.values()}
        coming = endpoint.deployment.variants.values() if endpoint.deployment else ()
        return [variant for variant in coming if variant.hosting_id not in running]

    def _instances_ready(self, endpoint: Endpoint, deployment: Deployment) -> None:
        deployment.instances_ready = True
        if self._world.settings.no_capacity(deployment.config.name):
            deployment.failure = _NO_CAPACITY
        self._settle(endpoint)

    def _settle(self, endpoint: Endpoint) -> None:
        deployment = endpoint.deployment
        if deployment is None or not deployment.instances_ready or (deployment.awaited and not deployment.failure):
            return
        if deployment.failure:
            self._fail(endpoint, deployment.failure)
        else:
            self._swap(endpoint, deployment)

    def _swap(self, endpoint: Endpoint, deployment: Deployment) -> None:
        old = endpoint.variants
        endpoint.variants, endpoint.config, endpoint.deployment = deployment.variants, deployment.config, None
        running = {variant.hosting_id for variant in endpoint.variants.values()}
        for variant in old.values():
            if variant.hosting_id not in running:
                self._fleets.retire(variant.hosting_id)
        self.enter(endpoint, EndpointStatus.IN_SERVICE)

    def _fail(self, endpoint: Endpoint, reason: str) -> None:
        for variant in self._new_containers(endpoint):
            self._awaited.pop(variant.hosting_id, None)
            self._fleets.abandon(variant.hosting_id)
        endpoint.failure = reason
        if endpoint.variants and self._world.settings.fail_rollback(endpoint.name):
            self.enter(endpoint, EndpointStatus.UPDATE_ROLLBACK_FAILED)
        elif endpoint.variants:
            self.roll_back(endpoint)
        else:
            self.enter(endpoint, EndpointStatus.FAILED)
        endpoint.deployment = None

    def _rolled_back(self, endpoint: Endpoint) -> None:
        for variant in endpoint.variants.values():
            variant.revert()
        self.enter(endpoint, EndpointStatus.IN_SERVICE)

    def _log(self, endpoint: Endpoint, variant: str, message: str) -> None:
        self._world.log(f"Endpoints/{endpoint.name}", f"{variant}/i-{round(endpoint.created)}", message)


def _ping_failure(containers: str, variant: str, reason: str | None) -> str:
    aws = (
        f"The {containers} for production variant {variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    return f"{aws} Local AWS: {reason}"[:1024] if reason else aws
