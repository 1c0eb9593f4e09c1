"""Executors for a virtual clock: one thread, no process, no chance; what happens is scripted by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from local_aws.sagemaker.access import Access, DeniedError, ExecutionRole, Unlimited
from local_aws.sagemaker.executors import (
    artifacts,
    batches,
    data_log,
    failures,
    inputs,
    pipeline,
    registry,
    scripted_answers,
    scripted_hosting,
    scripted_model,
    targets,
    user_code,
)
from local_aws.sagemaker.executors.base import (
    Answer,
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    MetricValue,
    Outcome,
    ServedContainer,
    TrainingOutcome,
    TrainingProgress,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.built_in import BUILT_IN
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.pipeline import Ask
from local_aws.sagemaker.executors.script import Script, chosen
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from local_aws.sagemaker.executors.surroundings import Log
from local_aws.sagemaker.role_store import RoleStore
from local_aws.sagemaker.store import ObjectStore

Request = TrainingRequest | TransformRequest | HostingRequest
DEFAULT_METRICS = {"binary:": ["auc"], "multi:": ["mlogloss"]}


class ScriptedExecutors:
    """`Executors` whose jobs take virtual seconds; not for several threads."""

    def __init__(
        self,
        store: ObjectStore,
        clock: Callable[[], float],
        script: Script | None = None,
        *,
        access: Access | None = None,
        log: Log | None = None,
    ) -> None:
        """Use this store and this clock (epoch seconds).

        Args:
            store: S3.
            clock: The virtual clock.
            script: What happens; without, all succeed in its default times.
            access: Judges what jobs do in their role's name; without, they may do everything.
            log: Takes the one line that each container writes.
        """
        self.script = script or Script()
        self._store = store
        self._clock = clock
        self._access = access or Unlimited()
        self._log = log
        self._due: dict[tuple[str, str], tuple[float, Callable[[], Outcome]]] = {}
        self._served: dict[str, list[tuple[str, Ask]]] = {}
        self._multi: dict[str, tuple[ObjectStore, ServedContainer]] = {}
        self._requests: dict[str, int] = {}
        self._reached: dict[str, tuple[MetricValue, ...]] = {}
        self._began: dict[str, tuple[TrainingRequest, float]] = {}

    def start_training(self, request: TrainingRequest) -> None:
        """Begin a training job; its outcome is due after the script's seconds."""
        try:
            done = self._restored(request)
        except DeniedError as error:
            failed = TrainingOutcome(request.name, Finished.FAILED, failures.of_customer(str(error)))
            self._schedule("training", request.name, 0, lambda: failed)
            return
        self._began[request.name] = (request, self._clock() - done)
        self._schedule_epochs(request)
        self._schedule("training", request.name, self.script.training_seconds - done, lambda: self._train(request))

    def stop_training(self, name: str) -> None:
        """Stop a training job: the outcome STOPPED, without an artifact, is due now."""
        if ("training", name) in self._due:
            for key in [key for key in self._due if key[0].startswith("epoch ") and key[1] == name]:
                del self._due[key]
            reached = self._reached.pop(name, ())
            self._schedule("training", name, 0, lambda: TrainingOutcome(name, Finished.STOPPED, metrics=reached))

    def interrupt_training(self, name: str) -> None:
        """Take a training job's machine away: its checkpoint, if it keeps any, says how many seconds it had trained."""
        if ("training", name) not in self._due or name not in self._began:
            return
        request, began = self._began[name]
        self.stop_training(name)
        if request.checkpoint_uri is None:
            return
        prefix, store = f"{request.checkpoint_uri}/", self._as_role(request)
        try:
            kept = f"{prefix}seconds.{self._clock() - began:.0f}"
            store.write(kept, b"")
            for old in [uri for uri, _ in store.list(prefix) if uri != kept]:
                store.delete(old)
        except DeniedError as error:
            failed = TrainingOutcome(name, Finished.FAILED, failures.of_customer(str(error)))
            self._schedule("training", name, 0, lambda: failed)

    def start_transform(self, request: TransformRequest) -> None:
        """Begin a transform job; its outputs are written when its outcome is due."""
        self._schedule("transform", request.name, self.script.transform_seconds, lambda: self._transform(request))

    def stop_transform(self, name: str) -> None:
        """Stop a transform job: the outcome STOPPED is due now."""
        if ("transform", name) in self._due:
            self._schedule("transform", name, 0, lambda: TransformOutcome(name, Finished.STOPPED))

    def start_hosting(self, request: HostingRequest) -> None:
        """Start a container; it is ready after the script's seconds."""
        self._schedule("hosting", request.hosting_id, self.script.hosting_seconds, lambda: self._host(request))

    def stop_hosting(self, hosting_id: str) -> None:
        """End a variant's containers at once."""
        self._due.pop(("hosting", hosting_id), None)
        self._multi.pop(hosting_id, None)
        for key in [key for key in self._served if key.partition(" ")[0] == hosting_id]:
            del self._served[key]

    def invoke(self, hosting_id: str, invocation: Invocation) -> Answer:
        """Answer from the models' pure functions, or with the scripted errors.

        Raises:
            ConnectionError: no container is ready under this id.
            ModelDataError: the request's TargetModel can't be read.
        """
        served, loading = self._served.get(hosting_id), None
        if hosting_id in self._multi:
            served, loading = self._target(hosting_id, invocation.target_model or "")
        if served is None:
            raise ConnectionError(f"no container runs for {hosting_id}")
        seconds = chosen(self.script.latency, hosting_id, 0.01)
        number = self._requests[hosting_id] = self._requests.get(hosting_id, 0) + 1
        if scripted_model.draw(f"{hosting_id}|{number}") < chosen(self.script.invocation_errors, hosting_id, 0.0):
            return Answer(500, b"scripted error", "text/plain", seconds)
        return replace(pipeline.through(served, invocation), seconds=seconds, loading_seconds=loading)

    def _target(self, hosting_id: str, target: str) -> tuple[list[tuple[str, Ask]], float]:
        """Return a multi-model container's model, and how long it took to load: some seconds at first, then none."""
        key = f"{hosting_id} {target}"
        if key in self._served:
            return self._served[key], 0.0
        store, container = self._multi[hosting_id]
        url = targets.uri(container, target)
        targets.check(store, url)
        single = replace(container, model_data_url=url, multi_model=False)
        self._served[key] = scripted_hosting.asks(store, (single,), self.script)
        return self._served[key], 1.0

    def poll(self) -> list[Outcome]:
        """Give the outcomes that are due at the clock's time, in the order of their times, then of starting."""
        ready = sorted((entry for entry in self._due.items() if entry[1][0] <= self._clock()), key=lambda e: e[1][0])
        for key, _ in ready:
            del self._due[key]
        return [make() for _, (_, make) in ready]

    def next_due(self) -> float | None:
        """Give the time of the next outcome (epoch seconds), None if nothing runs."""
        return min((when for when, _ in self._due.values()), default=None)

    def close(self) -> None:
        """Forget everything."""
        self._due.clear()
        self._served.clear()
        self._multi.clear()

    def _schedule(self, kind: str, name: str, seconds: float, make: Callable[[], Outcome]) -> None:
        self._due[kind, name] = (self._clock() + seconds, make)

    def _schedule_epochs(self, request: TrainingRequest) -> None:
        """Spread the scripted objective over the job's time; its last value comes with the outcome."""
        curve = self._curve(request)
        for epoch, value in enumerate(curve[:-1], 1):
            seconds = self.script.training_seconds * epoch / len(curve)
            self._schedule(f"epoch {epoch}", request.name, seconds, partial(self._progress, request, value))

    def _curve(self, request: TrainingRequest) -> Sequence[float]:
        return self.script.objective(request.hyperparameters) if self.script.objective and request.watched else ()

    def _progress(self, request: TrainingRequest, value: float) -> TrainingProgress:
        metric = MetricValue(request.watched or "", value, self._clock())
        self._reached[request.name] = (metric,)
        return TrainingProgress(request.name, metric)

    def _restored(self, request: TrainingRequest) -> float:
        """Return the seconds that a job had trained before it was interrupted, by its checkpoint.

        Raises:
            DeniedError: The role may not look.
        """
        if request.checkpoint_uri is None:
            return 0.0
        kept = [uri for uri, _ in self._as_role(request).list(f"{request.checkpoint_uri}/")]
        return max((float(uri.rpartition(".")[2]) for uri in kept), default=0.0)

    def _as_role(self, request: TrainingRequest) -> ObjectStore:
        if not request.role_arn:
            return self._store
        return RoleStore(self._store, self._access, ExecutionRole(request.role_arn, request.arn))

    def _started(self, request: Request, images: tuple[str, ...], group: str) -> ObjectStore:
        """Pull the images and write a line of log as the request's role; give the store as that role sees it.

        Raises:
            DeniedError: The role may not pull an image.
        """
        role = ExecutionRole(request.role_arn, request.arn)
        name = request.hosting_id if isinstance(request, HostingRequest) else request.name
        if not request.role_arn:
            return self._store
        for image in images:
            self._access.pull(role, image)
        if self._log and self._access.may_log(role, f"/aws/sagemaker/{group}", f"{name}/algo-1"):
            self._log(f"/aws/sagemaker/{group}", f"{name}/algo-1", "a scripted container started")
        return RoleStore(self._store, self._access, role)

    def _train(self, request: TrainingRequest) -> TrainingOutcome:
        try:
            store = self._started(request, (request.image,), "TrainingJobs")
            container = scripted_hosting.find(request.image, {}, self.script).name
            settings = _settings(container, request.hyperparameters)
            user_code.require(store, user_code.of_training(request.hyperparameters))
            for channel in request.channels:
                for found in inputs.find(store, channel.s3_uri, channel.s3_data_type):
                    store.size(found.uri)
        except (DeniedError, registry.UnavailableImageError, inputs.InputError, artifacts.ArtifactError) as error:
            return TrainingOutcome(request.name, Finished.FAILED, failures.of_customer(str(error)))
        except UserError as error:
            return TrainingOutcome(request.name, Finished.FAILED, failures.of_container(str(error), 2))
        if reason := chosen(self.script.fails, request.name, None):
            return TrainingOutcome(request.name, Finished.FAILED, reason)
        objective, classes = scripted_answers.objective(settings)
        model = ScriptedModel(
            name=request.name,
            objective=objective,
            classes=classes,
            quality=chosen(self.script.quality, request.name, 0.8),
            seed=settings.get("seed", 0),
            container=container,
        )
        uri = artifacts.uri_of(request.output_s3_path, request.name)
        try:
            store.write(uri, model.archive())
        except DeniedError as error:
            return TrainingOutcome(request.name, Finished.FAILED, failures.of_customer(str(error)))
        self._reached.pop(request.name, None)
        metrics = self._metrics(request, model, settings.get("eval_metric"))
        return TrainingOutcome(request.name, Finished.COMPLETED, None, uri, metrics)

    def _metrics(
        self, request: TrainingRequest, model: ScriptedModel, names: list[str] | None
    ) -> tuple[MetricValue, ...]:
        default = next((m for prefix, m in DEFAULT_METRICS.items() if model.objective.startswith(prefix)), ["rmse"])
        wanted = [*(names or default), *((request.watched or "").split(":")[1:])]
        scripted: Mapping[str, float] | None = chosen(self.script.metrics, model.name, None)
        values = dict(scripted or model.metrics(wanted, request.watched))
        if curve := self._curve(request):
            values[request.watched or ""] = curve[-1]
        return tuple(MetricValue(name, value, self._clock()) for name, value in sorted(values.items()))

    def _transform(self, request: TransformRequest) -> TransformOutcome:
        if reason := chosen(self.script.fails, request.name, None):
            return TransformOutcome(request.name, Finished.FAILED, reason)
        try:
            store = self._started(request, tuple(each.image for each in request.containers), "TransformJobs")
            ask = scripted_hosting.batch_ask(store, request.containers, self.script)
            objects = inputs.find(store, request.s3_uri, request.s3_data_type)
            plan = batches.plan(request)
        except (DeniedError, registry.UnavailableImageError, inputs.InputError, artifacts.ArtifactError) as error:
            return TransformOutcome(request.name, Finished.FAILED, failures.of_customer(str(error)))
        except batches.BatchError as error:
            return TransformOutcome(request.name, Finished.FAILED, f"{error.kind}: See job logs for more information")
        return self._transform_all(store, objects, plan, partial(self._refusable, request.name, ask))

    def _refusable(self, job: str, ask: batches.Ask, body: bytes) -> tuple[int, bytes]:
        return (self.script.refuses(job, body) if self.script.refuses else None) or ask(body)

    def _transform_all(
        self, store: ObjectStore, objects: list[inputs.InputObject], plan: batches.Plan, ask: batches.Ask
    ) -> TransformOutcome:
        """Write an output for each file that has no bad record."""
        name, failed = plan.request.name, None
        for item in objects:
            try:
                content = inputs.unpacked(store.read(item.uri), plan.request.compression)
                output = b"".join(batches.transform(content, plan, ask))
                store.write(f"{plan.request.s3_output_path.rstrip('/')}/{item.path}.out", output)
            except batches.BatchError as error:
                failed = f"{error.kind}: See job logs for more information"
                self._tell(name, item, error)
                continue
            except (DeniedError, inputs.InputError) as error:
                return TransformOutcome(name, Finished.FAILED, failures.of_customer(str(error)))
        return TransformOutcome(name, Finished.FAILED if failed else Finished.COMPLETED, failed)

    def _tell(self, job: str, item: inputs.InputObject, error: batches.BatchError) -> None:
        for line in error.lines:
            if self._log:
                self._log(data_log.GROUP, f"{job}/algo-1/{data_log.NAME}", data_log.line(item.uri, line))

    def _host(self, request: HostingRequest) -> HostingOutcome:
        reason = chosen(self.script.fails, request.hosting_id, None)
        if reason is None:
            try:
                store = self._started(request, tuple(each.image for each in request.containers), "Endpoints")
                self._load(store, request)
            except (DeniedError, registry.UnavailableImageError, artifacts.ArtifactError) as error:
                reason = str(error)
        failed = () if reason is None else tuple(each.name for each in request.containers)
        return HostingOutcome(request.hosting_id, ready=reason is None, failure_reason=reason, failed=failed)

    def _load(self, store: ObjectStore, request: HostingRequest) -> None:
        [first, *_] = request.containers
        if first.multi_model:
            scripted_hosting.find(first.image, first.environment, self.script)
            self._multi[request.hosting_id] = (store, first)
        else:
            self._served[request.hosting_id] = scripted_hosting.asks(store, request.containers, self.script)


def _settings(container: str, hyperparameters: Mapping[str, str]) -> Mapping[str, Any]:
    """Check the hyperparameters of a built-in algorithm; one's own knows its own, and its models are binary here."""
    if container not in BUILT_IN or "sagemaker_program" in hyperparameters:
        return {"objective": "binary:logistic"}
    return BUILT_IN[container].validate(hyperparameters)
