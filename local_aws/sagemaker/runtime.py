"""InvokeEndpoint: which variant answers, what CloudWatch hears of it, and what the caller gets."""

from dataclasses import dataclass, field

from local_aws.sagemaker import serverless
from local_aws.sagemaker.access import ExecutionRole
from local_aws.sagemaker.capture import Captures, Target
from local_aws.sagemaker.endpoint import Endpoints
from local_aws.sagemaker.endpoint_state import SERVING, Endpoint, Variant
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Answer, Invocation
from local_aws.sagemaker.fleets import Fleets
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.sagemaker.world import World

MAX_BODY = 6_291_456
"""The largest body of a request, in bytes."""

_UNREACHABLE = Answer(status=500, body=b"The container did not respond.", content_type="text/plain", seconds=0.0)


@dataclass(frozen=True)
class Route:
    """The variant that answers one request; hand it back to `record`, or to `refused`, whatever happens.

    `setup_microseconds` is how long a serverless variant takes to get something that answers; None for others.
    """

    endpoint: str
    variant: str
    hosting_id: str
    instances: int
    capture: Target | None = field(default=None, compare=False)
    setup_microseconds: float | None = None


class Runtime:
    """Routes requests and records their answers. The invocation itself happens between the two, outside."""

    def __init__(self, world: World, endpoints: Endpoints, fleets: Fleets, captures: Captures) -> None:
        """Route to the endpoints' variants in service."""
        self._world = world
        self._endpoints = endpoints
        self._fleets = fleets
        self._captures = captures
        self._warm_until: dict[str, float] = {}

    def route(
        self, name: str, target_variant: str | None, draw: float, target_model: str | None = None, size: int = 0
    ) -> Route:
        """Pick the variant for one request: the target, else by CurrentWeight.

        Args:
            name: The endpoint's name, in any case.
            target_variant: TargetVariant, which overrides the weights.
            draw: A number in [0, 1).
            target_model: TargetModel, which a multi-model endpoint needs, and no other takes.
            size: The body's, in bytes.

        Raises:
            AwsError: ValidationError if there is no such endpoint or variant, or nothing to answer; ThrottlingException
                if a serverless variant answers as many requests as it may.
        """
        endpoint = self._endpoints.find(name)
        if endpoint is None or endpoint.status not in SERVING:
            raise _runtime_error(f"Endpoint {name} of account {self._world.arns.account} not found.")
        variant = _by_weight(endpoint, draw) if target_variant is None else _target(endpoint, target_variant)
        _check_target_model(endpoint, variant, target_model)
        setup = self._serverless_setup(variant, size)
        self._fleets.began(variant.hosting_id)
        capture = _capture(endpoint, variant)
        return Route(endpoint.name, variant.name, variant.hosting_id, variant.current_count, capture, setup)

    def _serverless_setup(self, variant: Variant, size: int) -> float | None:
        """Check a serverless variant's limits; return how long it takes to get warm, in microseconds."""
        config = variant.current_serverless
        if config is None:
            return None
        check_size(size, serverless.MAX_BODY)
        if self._fleets.in_flight(variant.hosting_id) >= config["MaxConcurrency"]:
            # AWS says nothing more: the message is null.
            raise AwsError("ThrottlingException", "")
        cold = self._world.timeline.now() >= self._warm_until.get(variant.hosting_id, 0.0)
        return self._world.settings.cold_start_microseconds if cold and not config.get("ProvisionedConcurrency") else 0

    def refused(self, route: Route) -> None:
        """Forget a routed request that did not reach a model: it is no invocation."""
        self._fleets.ended(route.hosting_id)

    def record(self, route: Route, answer: Answer | None, invocation: Invocation | None = None) -> None:
        """Send the datapoints of one request, and capture it; no answer means that the container was not reached."""
        self._fleets.ended(route.hosting_id)
        given = answer or _UNREACHABLE
        family = given.status // 100
        self._put(route, "Invocations", 1)
        if route.instances:
            self._put(route, "InvocationsPerInstance", 1 / route.instances)
        self._put(route, "Invocation4XXErrors", float(family == 4))
        self._put(route, "Invocation5XXErrors", float(family == 5))
        self._put(route, "InvocationModelErrors", float(family != 2))
        self._put(route, "ModelLatency", given.seconds * 1e6, "Microseconds")
        self._record_waiting(route, given)
        if family != 2:
            text = given.body[:200].decode(errors="replace")
            self._world.log(f"Endpoints/{route.endpoint}", route.variant, f"{given.status} {text}")
        if route.capture is not None and invocation is not None and answer is not None:
            self._captures.take(route.capture, invocation, answer)

    def _record_waiting(self, route: Route, answer: Answer) -> None:
        """Send how long the request waited for something that can answer it."""
        setup = route.setup_microseconds
        overhead = self._world.settings.overhead_microseconds + (setup or 0)
        self._put(route, "OverheadLatency", overhead, "Microseconds")
        if setup is not None:
            if setup:
                self._put(route, "ModelSetupTime", setup, "Microseconds")
            self._warm_until[route.hosting_id] = (
                self._world.timeline.now() + self._world.settings.serverless_warm_seconds
            )
        if (waited := answer.loading_seconds) is not None:
            self._put(route, "ModelCacheHit", float(waited == 0))
            self._put(route, "ModelLoadingWaitTime", waited * 1e6, "Microseconds")

    def model_error(self, route: Route, answer: Answer | None) -> AwsError | None:
        """Return the ModelError of an answer that is not 2xx, else None."""
        given = answer or _UNREACHABLE
        if given.status // 100 == 2:
            return None
        text, group = given.body.decode(errors="replace"), f"/aws/sagemaker/Endpoints/{route.endpoint}"
        region, account = self._world.arns.region, self._world.arns.account
        url = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
        who = "client" if given.status // 100 == 4 else "server"
        container = given.container or "primary"
        problem = given.problem or f'Received {who} error ({given.status}) from {container} with message "{text}".'
        return AwsError(
            "ModelError",
            f"{problem} See {url} in account {account} for more information.",
            status=424,
            fields={
                "OriginalStatusCode": given.status,
                "OriginalMessage": text,
                "LogStreamArn": f"arn:aws:logs:{region}:{account}:log-group:{group}",
            },
        )

    def _put(self, route: Route, name: str, value: float, unit: str = "None") -> None:
        dimensions = {"EndpointName": route.endpoint, "VariantName": route.variant}
        at = self._world.timeline.now()
        self._world.put_metric(Datapoint("AWS/SageMaker", name, dimensions, value, at, unit))


def check_size(size: int, limit: int = MAX_BODY) -> None:
    """Refuse a body above the limit, both in bytes."""
    if size > limit:
        raise _runtime_error(
            "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )


def _check_target_model(endpoint: Endpoint, variant: Variant, target: str | None) -> None:
    if variant.model.is_multi_model and not target:
        raise _runtime_error(f"Request to multi-model endpoint {endpoint.name} is missing a target model header.")
    if target and not variant.model.is_multi_model:
        raise _runtime_error(
            f"Endpoint {endpoint.name} is not a multi-model endpoint and does not support target model header."
        )


def _by_weight(endpoint: Endpoint, draw: float) -> Variant:
    variants = list(endpoint.variants.values())
    point = draw * sum(variant.current_weight for variant in variants)
    weighted = [variant for variant in variants if variant.current_weight > 0]
    if not weighted:
        raise _runtime_error(f"Endpoint {endpoint.name} has no production variant with a weight above 0.")
    for variant in weighted:
        if point < variant.current_weight:
            return variant
        point -= variant.current_weight
    # Rounding may leave a crumb beyond the last weight.
    return weighted[-1]


def _capture(endpoint: Endpoint, variant: Variant) -> Target | None:
    if endpoint.config.capture is None:
        return None
    role = ExecutionRole(variant.model.role_arn, endpoint.arn)
    return Target(endpoint.name, variant.name, role, endpoint.config.capture)


def _target(endpoint: Endpoint, name: str) -> Variant:
    if name not in endpoint.variants:
        raise _runtime_error(f"Variant {name} not found for endpoint {endpoint.name}.")
    return endpoint.variants[name]


def _runtime_error(message: str) -> AwsError:
    """Return a ValidationError: the runtime's code differs from the control plane's ValidationException."""
    return AwsError("ValidationError", message)
