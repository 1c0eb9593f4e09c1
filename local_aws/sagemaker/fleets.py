"""The containers of endpoints: started for a deployment, drained before they are stopped."""

from collections import Counter

from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.endpoint_state import Variant
from local_aws.sagemaker.executors.base import HostingRequest
from local_aws.sagemaker.world import World


class Fleets:
    """Knows which containers answer requests right now, so that none is stopped under a request."""

    def __init__(self, world: World) -> None:
        """Begin without containers."""
        self._world = world
        self._in_flight: Counter[str] = Counter()
        self._retired: set[str] = set()

    def start(self, variant: Variant) -> str | None:
        """Start a variant's containers; return why they can't be started, or None."""
        model = variant.model
        # SageMaker assumes the role for the endpoint, whose name is the first part of a container's.
        endpoint = self._world.arns.of("endpoint", variant.hosting_id.split("/")[0])
        role = ExecutionRole(model.role_arn, endpoint)
        try:
            # The volumes' key is the caller's business: CreateEndpoint needs the grant.
            self._world.access.place(role, model.vpc, None)
        except DeniedError as denied:
            return str(denied)
        for at, container in enumerate(model.containers, 1):
            url = container.model_data_url
            if url is not None and not container.multi_model and not self._readable(role, url):
                return (
                    f'Failed to download model data for container "container_{at}" from URL: "{url}". Please ensure '
                    "that there is an object located at the URL and that the role passed to CreateModel has "
                    "permissions to download the object."
                )
        request = HostingRequest(variant.hosting_id, model.containers, model.role_arn, endpoint)
        self._world.executors.start_hosting(request)
        return None

    def _readable(self, role: ExecutionRole, url: str) -> bool:
        try:
            self._world.access.read(role, url)
        except DeniedError:
            return False
        return self._world.store.exists(url)

    def retire(self, hosting_id: str) -> None:
        """Stop a container that gets no new requests, once those under way have their answers."""
        self._world.timeline.after(self._world.settings.drain_seconds, lambda: self._drained(hosting_id))

    def abandon(self, hosting_id: str) -> None:
        """Stop a container that never got a request."""
        self._world.executors.stop_hosting(hosting_id)

    def in_flight(self, hosting_id: str) -> int:
        """Return how many requests a variant's containers have under way."""
        return self._in_flight[hosting_id]

    def began(self, hosting_id: str) -> None:
        """Count a request that was routed to a container."""
        self._in_flight[hosting_id] += 1

    def ended(self, hosting_id: str) -> None:
        """Count its answer."""
        self._in_flight[hosting_id] -= 1
        if not self._in_flight[hosting_id]:
            del self._in_flight[hosting_id]
            if hosting_id in self._retired:
                self._stop(hosting_id)

    def _drained(self, hosting_id: str) -> None:
        self._retired.add(hosting_id)
        if hosting_id not in self._in_flight:
            self._stop(hosting_id)

    def _stop(self, hosting_id: str) -> None:
        self._retired.discard(hosting_id)
        self._world.executors.stop_hosting(hosting_id)
