"""InvokeEndpoint: which variant answers, what CloudWatch hears of it, and what the caller gets."""

from dataclasses import dataclass, field

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
    """The variant that answers one request; hand it back to `record` whatever happens."""

    endpoint: str
    variant: str
    hosting_id: str
    instances: int
    capture: Target | None = field(default=None, compare=False)


class Runtime:
    """Routes requests and records their answers. The invocation itself happens between the two, outside."""

    def __init__(self, world: World, endpoints: Endpoints, fleets: Fleets, captures: Captures) -> None:
        """Route to the endpoints' variants in service."""
        self._world = world
        self._endpoints = endpoints
        self._fleets = fleets
        self._captures = captures

    def route(self, name: str, target_variant: str | None, draw: float) -> Route:
        """Pick the variant for one request: the target, else by CurrentWeight.

        Args:
            name: The endpoint's name, in any case.
            target_variant: TargetVariant, which overrides the weights.
            draw: A number in [0, 1).

        Raises:
            AwsError: ValidationError if there is no such endpoint or variant, or nothing to answer.
        """
        endpoint = self._endpoints.find(name)
        if endpoint is None or endpoint.status not in SERVING:
            raise _runtime_error(f"Endpoint {name} of account {self._world.arns.account} not found.")
        variant = _by_weight(endpoint, draw) if target_variant is None else _target(endpoint, target_variant)
        self._fleets.began(variant.hosting_id)
        return Route(
            endpoint.name, variant.name, variant.hosting_id, variant.current_count, _capture(endpoint, variant)
        )

    def record(self, route: Route, answer: Answer | None, invocation: Invocation | None = None) -> None:
        """Send the datapoints of one request, and capture it; no answer means that the container was not reached."""
        self._fleets.ended(route.hosting_id)
        given = answer or _UNREACHABLE
        family = given.status // 100
        self._put(route, "Invocations", 1)
        self._put(route, "InvocationsPerInstance", 1 / route.instances)
        self._put(route, "Invocation4XXErrors", float(family == 4))
        self._put(route, "Invocation5XXErrors", float(family == 5))
        self._put(route, "InvocationModelErrors", float(family != 2))
        self._put(route, "ModelLatency", given.seconds * 1e6, "Microseconds")
        self._put(route, "OverheadLatency", self._world.settings.overhead_microseconds, "Microseconds")
        if family != 2:
            text = given.body[:200].decode(errors="replace")
            self._world.log(f"Endpoints/{route.endpoint}", route.variant, f"{given.status} {text}")
        if route.capture is not None and invocation is not None and answer is not None:
            self._captures.take(route.capture, invocation, answer)

    def model_error(self, route: Route, answer: Answer | None) -> AwsError | None:
        """Return the ModelError of an answer that is not 2xx, else None."""
        given = answer or _UNREACHABLE
        if given.status // 100 == 2:
            return None
        who = "client" if given.status // 100 == 4 else "server"
        text, group = given.body.decode(errors="replace"), f"/aws/sagemaker/Endpoints/{route.endpoint}"
        region, account = self._world.arns.region, self._world.arns.account
        url = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group}"
        return AwsError(
            "ModelError",
            f'Received {who} error ({given.status}) from primary with message "{text}". '
            f"See {url} in account {account} for more information.",
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


def check_size(size: int) -> None:
    """Refuse a body above the limit, in bytes."""
    if size > MAX_BODY:
        raise _runtime_error(
            "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_BODY}"
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
    role = ExecutionRole(variant.model.container.role_arn, endpoint.arn)
    return Target(endpoint.name, variant.name, role, endpoint.config.capture)


def _target(endpoint: Endpoint, name: str) -> Variant:
    if name not in endpoint.variants:
        raise _runtime_error(f"Variant {name} not found for endpoint {endpoint.name}.")
    return endpoint.variants[name]


def _runtime_error(message: str) -> AwsError:
    """Return a ValidationError: the runtime's code differs from the control plane's ValidationException."""
    return AwsError("ValidationError", message)
