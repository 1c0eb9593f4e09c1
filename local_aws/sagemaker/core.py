"""The SageMaker simulator: operations in, events and telemetry out; no threads, no wall clock."""

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from local_aws.sagemaker.access import Access, Unlimited
from local_aws.sagemaker.algorithm import Algorithms
from local_aws.sagemaker.arns import Arns, name_in
from local_aws.sagemaker.capture import Captures, PutCapture
from local_aws.sagemaker.deployment import Deployments
from local_aws.sagemaker.endpoint import Endpoints
from local_aws.sagemaker.endpoint_config import EndpointConfigs
from local_aws.sagemaker.endpoint_state import EndpointStatus
from local_aws.sagemaker.endpoint_weights import EndpointWeights
from local_aws.sagemaker.errors import AwsError, not_simulated
from local_aws.sagemaker.executors.base import (
    Answer,
    Executors,
    HostingOutcome,
    Invocation,
    Outcome,
    TrainingOutcome,
    TrainingProgress,
    TransformOutcome,
)
from local_aws.sagemaker.fleets import Fleets
from local_aws.sagemaker.marketplace import Marketplace
from local_aws.sagemaker.model import Models
from local_aws.sagemaker.model_package import ModelPackages
from local_aws.sagemaker.model_package_group import ModelPackageGroups
from local_aws.sagemaker.runtime import Route, Runtime
from local_aws.sagemaker.scaling import NoTargets, ScalableTargets
from local_aws.sagemaker.search import Search
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.storage import Objects
from local_aws.sagemaker.telemetry import Datapoint, LogLine
from local_aws.sagemaker.timeline import Timeline
from local_aws.sagemaker.training_job import TrainingJobs
from local_aws.sagemaker.transform_job import TransformJobs
from local_aws.sagemaker.tuning_job import TuningJobs
from local_aws.sagemaker.validation import checked_answer, checked_request
from local_aws.sagemaker.world import Handler, World

_DEFAULTS = SimulatorSettings()
_UNLIMITED = Unlimited()
_NO_TARGETS = NoTargets()
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type "
    "or after some time."
)
"""The FailureReason of jobs for which AWS finds no instances."""


def _forget(uri: str, lines: bytes) -> None:
    """Keep no captured requests: the default."""
    del uri, lines


class SageMaker:
    """One account in one region. The caller serialises all calls; only `executors.invoke` may run beside them."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        executors: Executors,
        emit: Callable[[dict[str, Any]], None],
        put_metric: Callable[[Datapoint], None],
        put_log: Callable[[LogLine], None],
        store: Objects,
        account: str = "123456789012",
        region: str = "us-east-1",
        settings: SimulatorSettings = _DEFAULTS,
        access: Access = _UNLIMITED,
        scaling: ScalableTargets = _NO_TARGETS,
        put_capture: PutCapture = _forget,
    ) -> None:
        """Begin with an empty account.

        Args:
            clock: Gives epoch seconds; virtual or real.
            executors: Run the containers.
            emit: Takes EventBridge events, whole; called from `advance` only.
            put_metric: Takes CloudWatch datapoints.
            put_log: Takes CloudWatch log lines.
            store: S3.
            account: The account's number.
            region: The region's name.
            settings: Durations, quotas and faults.
            access: Judges what SageMaker does in the name of execution roles.
            scaling: Application Auto Scaling's registrations.
            put_capture: Takes files of captured requests (S3 URI, bytes); without, they are lost.
        """
        self.executors = executors
        self._timeline = Timeline(clock)
        self._world = World(
            timeline=self._timeline,
            executors=executors,
            emit=emit,
            put_metric=put_metric,
            put_log=put_log,
            store=store,
            arns=Arns(account, region),
            settings=settings,
            access=access,
            scaling=scaling,
        )
        self._build(put_capture)

    def _build(self, put_capture: PutCapture) -> None:
        world = self._world
        groups = ModelPackageGroups(world)
        self._marketplace = Marketplace()
        self._algorithms = Algorithms(world, self._marketplace)
        self._packages = packages = ModelPackages(
            world, groups, self._algorithms, self._marketplace, lambda name: models.definitions(name)
        )
        models = Models(world, packages)
        configs = self._configs = EndpointConfigs(world, models)
        fleets = Fleets(world)
        self._deployments = Deployments(world, fleets)
        self._endpoints = Endpoints(world, configs, models, self._deployments)
        weights = EndpointWeights(world, self._endpoints, self._deployments)
        self._training_jobs = TrainingJobs(world, self._algorithms)
        tuning_jobs = TuningJobs(world, self._training_jobs)
        self._transform_jobs = TransformJobs(world, models)
        self._runtime = Runtime(world, self._endpoints, fleets, Captures(world, put_capture))
        search = Search(
            {
                "TrainingJob": self._training_jobs.search_records,
                "HyperParameterTuningJob": tuning_jobs.search_records,
                "ModelPackage": packages.search_records,
                "ModelPackageGroup": groups.search_records,
                "Endpoint": self._endpoints.search_records,
            }
        )
        self._operations: dict[str, Handler] = {
            **world.tags.operations(),
            **self._algorithms.operations(),
            **groups.operations(),
            **packages.operations(),
            **models.operations(),
            **configs.operations(),
            **self._endpoints.operations(),
            **weights.operations(),
            **self._training_jobs.operations(),
            **tuning_jobs.operations(),
            **self._transform_jobs.operations(),
            **search.operations(),
        }

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that are simulated."""
        return frozenset(self._operations)

    @property
    def settings(self) -> SimulatorSettings:
        """Durations, quotas and faults; they may be replaced at any time."""
        return self._world.settings

    @settings.setter
    def settings(self, settings: SimulatorSettings) -> None:
        self._world.settings = settings

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Do one control plane operation, such as `CreateTrainingJob`.

        Args:
            operation: Its name.
            params: The request; timestamps as epoch seconds, datetimes or ISO 8601.

        Returns:
            The answer; timestamps as epoch seconds.

        Raises:
            AwsError: As AWS would refuse.
            ResponseMismatchError: The simulator is at fault.
        """
        handle = self._operations.get(operation)
        if handle is None:
            raise not_simulated(f"the operation {operation}")
        if self.settings.throttle(operation):
            raise AwsError("ThrottlingException", "Rate exceeded")
        return checked_answer(operation, handle(checked_request(operation, params)))

    def advance(self) -> None:
        """Let everything happen that is due at the clock's time: phases, outcomes of executors, events."""
        self._endpoints.measure()
        busy = True
        while busy:
            busy = self._timeline.run_due()
            for outcome in self.executors.poll():
                self._take(outcome)
                busy = True

    def next_due(self) -> float | None:
        """Return when something is due next, in epoch seconds; executors' outcomes are not foreseen."""
        return self._timeline.next_due()

    def route(
        self, endpoint: str, target_variant: str | None, draw: float, target_model: str | None = None, size: int = 0
    ) -> Route:
        """Pick the variant that answers one InvokeEndpoint; see `Runtime.route`."""
        return self._runtime.route(endpoint, target_variant, draw, target_model, size)

    def refused(self, route: Route) -> None:
        """Forget a routed request whose TargetModel can't be read: no metric counts it."""
        self._runtime.refused(route)

    def record(self, route: Route, answer: Answer | None, invocation: Invocation | None = None) -> None:
        """Record the answer to a routed request, None if the container could not be reached.

        Args:
            route: What `route` gave.
            answer: The container's answer.
            invocation: The request; without it nothing is captured.
        """
        self._runtime.record(route, answer, invocation)

    def model_error(self, route: Route, answer: Answer | None) -> AwsError | None:
        """Return the ModelError that the caller gets for an answer that is not 2xx, else None."""
        return self._runtime.model_error(route, answer)

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource; none if it isn't there."""
        return self._world.tags.as_object(arn.lower())

    def tagged(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """Return ARN and tags of every resource of a kind (`endpoint`) that has any, as the tagging API would."""
        return self._world.tags.tagged(kind)

    def volume_key_of(self, arn: str) -> str | None:
        """Return the KMS key of an endpoint config's volumes; None if it has none, or isn't there."""
        return self._configs.volume_key(name_in(arn, "endpoint-config"))

    def offer(self, arn: str) -> str:
        """Let a seller offer a copy of an algorithm or model package in AWS Marketplace; return the copy's ARN.

        Raises:
            AwsError: There is none, or it is a version of a group.
        """
        return self._algorithms.offer(arn) if ":algorithm/" in arn else self._packages.offer(arn)

    def subscribe(self, arn: str, *, ends: bool = False) -> None:
        """Subscribe the account to a product of AWS Marketplace, or end that.

        Raises:
            AwsError: Nobody offers it.
        """
        self._marketplace.subscribe(arn, ends=ends)

    def trade(self, deal: str, arn: str) -> str:
        """Do a deal in AWS Marketplace: `offer`, `subscribe` or `unsubscribe`; return the product's ARN.

        Raises:
            AwsError: There is no such thing.
            ValueError: There is no such deal.
        """
        match deal:
            case "offer":
                return self.offer(arn)
            case "subscribe" | "unsubscribe":
                self.subscribe(arn, ends=deal == "unsubscribe")
                return arn
            case _:
                raise ValueError(f"{deal!r}: there are offer, subscribe and unsubscribe")

    def update_system(self, endpoint: str, seconds: float) -> None:
        """Begin maintenance by AWS: the endpoint serves, but can't be changed or deleted until it is over."""
        subject = self._endpoints.require_in_service(endpoint)
        self._deployments.enter(subject, EndpointStatus.SYSTEM_UPDATING)
        self._timeline.after(seconds, lambda: self._deployments.enter(subject, EndpointStatus.IN_SERVICE))

    def put_in_status(self, endpoint: str, status: str, reason: str = "", seconds: float | None = None) -> None:
        """Put an endpoint into a status by hand, for tests and drills: what AWS does when things go wrong.

        Args:
            endpoint: Its name.
            status: Of the API: `SystemUpdating`, `RollingBack`, `Failed`, `UpdateRollbackFailed`, `InService` …
            reason: The FailureReason that it then has.
            seconds: When it is `InService` again; None for never by itself.

        Raises:
            AwsError: There is no such endpoint.
            ValueError: There is no such status.
        """
        subject, wanted = self._endpoints.require(endpoint), EndpointStatus(status)
        subject.failure, subject.deployment = reason or None, None
        self._deployments.enter(subject, wanted)
        if seconds is not None:
            self._timeline.after(seconds, lambda: self._deployments.enter(subject, EndpointStatus.IN_SERVICE))

    def provoke(self, kind: str, name: str, what: str, reason: str = "", seconds: float | None = None) -> None:
        """Let something happen to a job that AWS does by itself, for tests and drills.

        Args:
            kind: `training-jobs` or `transform-jobs`.
            name: The job's name.
            what: `interrupt` takes a training job's spot capacity back; `fail` ends a job.
            reason: The FailureReason of `fail`; by default that there are no instances.
            seconds: When there is spot capacity again after `interrupt`; None for never by itself.

        Raises:
            AwsError: There is no such job, or nothing of the kind can happen to it.
            ValueError: Nothing of the kind is known.
        """
        match kind, what:
            case "training-jobs", "interrupt":
                self._training_jobs.interrupt(name, seconds)
            case "training-jobs", "fail":
                self._training_jobs.fail(name, reason or NO_CAPACITY)
            case "transform-jobs", "fail":
                self._transform_jobs.fail(name, reason or NO_CAPACITY)
            case _:
                known = "training-jobs/<name>/interrupt, training-jobs/<name>/fail and transform-jobs/<name>/fail"
                raise ValueError(f"{kind}/{name}/{what}: there are {known}")

    def _take(self, outcome: Outcome) -> None:
        match outcome:
            case TrainingOutcome():
                self._training_jobs.finished(outcome)
            case TrainingProgress():
                self._training_jobs.progressed(outcome)
            case TransformOutcome():
                self._transform_jobs.finished(outcome)
            case HostingOutcome():
                self._deployments.hosted(outcome)
            case _:
                assert_never(outcome)
