"""Executors for a virtual clock: one thread, no process, no chance; what happens is scripted by name."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from local_aws.sagemaker.access import Access, DeniedError, ExecutionRole, Unlimited
from local_aws.sagemaker.executors import artifacts, batches, failures, inputs, registry, scripted_model, user_code
from local_aws.sagemaker.executors.base import (
    Answer,
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    MetricValue,
    Outcome,
    TrainingOutcome,
    TrainingProgress,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.own_images import OwnImages, Program
from local_aws.sagemaker.executors.script import Script, chosen
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from local_aws.sagemaker.executors.surroundings import Log
from local_aws.sagemaker.executors.xgboost_container.hyperparameters import validate
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
        self._models: dict[str, ScriptedModel] = {}
        self._requests: dict[str, int] = {}
        self._reached: dict[str, tuple[MetricValue, ...]] = {}

    def start_training(self, request: TrainingRequest) -> None:
        """Begin a training job; its outcome is due after the script's seconds."""
        self._schedule_epochs(request)
        self._schedule("training", request.name, self.script.training_seconds, lambda: self._train(request))

    def stop_training(self, name: str) -> None:
        """Stop a training job: the outcome STOPPED, without an artifact, is due now."""
        if ("training", name) in self._due:
            for key in [key for key in self._due if key[0].startswith("epoch ") and key[1] == name]:
                del self._due[key]
            reached = self._reached.pop(name, ())
            self._schedule("training", name, 0, lambda: TrainingOutcome(name, Finished.STOPPED, metrics=reached))

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
        """End a container at once."""
        self._due.pop(("hosting", hosting_id), None)
        self._models.pop(hosting_id, None)

    def invoke(self, hosting_id: str, invocation: Invocation) -> Answer:
        """Answer from the model's pure function, or with the scripted errors.

        Raises:
            ConnectionError: no container is ready under this id.
        """
        if hosting_id not in self._models:
            raise ConnectionError(f"no container runs for {hosting_id}")
        seconds = chosen(self.script.latency, hosting_id, 0.01)
        number = self._requests[hosting_id] = self._requests.get(hosting_id, 0) + 1
        if scripted_model.draw(f"{hosting_id}|{number}") < chosen(self.script.invocation_errors, hosting_id, 0.0):
            return Answer(500, b"scripted error", "text/plain", seconds)
        status, body = _answer(self._models[hosting_id], invocation.body)
        if status != 200:
            return Answer(status, body, "text/html; charset=utf-8", seconds)
        if invocation.accept == "application/json":
            scores = [{"score": json.loads(line)} for line in body.decode().splitlines()]
            return Answer(200, json.dumps({"predictions": scores}).encode(), "application/json", seconds)
        return Answer(200, b",".join(body.splitlines()), "text/csv; charset=utf-8", seconds)

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
        self._models.clear()

    def _own_images(self) -> OwnImages:
        nothing = Program((), (), Path())
        return OwnImages(dict.fromkeys(self.script.images, nothing), in_docker=lambda _: False)

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

    def _started(
        self, request: TrainingRequest | TransformRequest | HostingRequest, group: str, name: str
    ) -> ObjectStore:
        """Pull the image and write a line of log as the request's role; give the store as that role sees it.

        Raises:
            DeniedError: The role may not pull the image.
        """
        role = ExecutionRole(request.role_arn, request.arn)
        if not request.role_arn:
            return self._store
        self._access.pull(role, request.image)
        if self._log and self._access.may_log(role, f"/aws/sagemaker/{group}", f"{name}/algo-1"):
            self._log(f"/aws/sagemaker/{group}", f"{name}/algo-1", "a scripted container started")
        return RoleStore(self._store, self._access, role)

    def _train(self, request: TrainingRequest) -> TrainingOutcome:
        try:
            store = self._started(request, "TrainingJobs", request.name)
            container = registry.find(request.image, own=self._own_images(), pretended=True)
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
        model = ScriptedModel(
            name=request.name,
            objective=settings.get("objective", "reg:squarederror"),
            classes=settings.get("num_class", 2),
            quality=chosen(self.script.quality, request.name, 0.8),
            seed=settings.get("seed", 0),
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
        values = dict(scripted or model.metrics(wanted))
        if curve := self._curve(request):
            values[request.watched or ""] = curve[-1]
        return tuple(MetricValue(name, value, self._clock()) for name, value in sorted(values.items()))

    def _transform(self, request: TransformRequest) -> TransformOutcome:
        if reason := chosen(self.script.fails, request.name, None):
            return TransformOutcome(request.name, Finished.FAILED, reason)
        try:
            store = self._started(request, "TransformJobs", request.name)
            registry.find(request.image, request.environment, self._own_images(), pretended=True)
            user_code.require(store, user_code.of_serving(request.environment))
            model = _load(store, request.model_data_url)
            objects = inputs.find(store, request.s3_uri, request.s3_data_type)
            plan = batches.plan(request)
        except (DeniedError, registry.UnavailableImageError, inputs.InputError, artifacts.ArtifactError) as error:
            return TransformOutcome(request.name, Finished.FAILED, failures.of_customer(str(error)))
        except batches.BatchError as error:
            return TransformOutcome(request.name, Finished.FAILED, f"{error.kind}: See job logs for more information")
        return self._transform_all(store, objects, plan, model)

    def _transform_all(
        self, store: ObjectStore, objects: list[inputs.InputObject], plan: batches.Plan, model: ScriptedModel
    ) -> TransformOutcome:
        """Write an output for each file that has no bad record."""
        name, failed = plan.request.name, None
        for item in objects:
            try:
                content = inputs.unpacked(store.read(item.uri), plan.request.compression)
                output = b"".join(batches.transform(content, plan, lambda body: _answer(model, body)))
                store.write(f"{plan.request.s3_output_path.rstrip('/')}/{item.path}.out", output)
            except batches.BatchError as error:
                failed = f"{error.kind}: See job logs for more information"
                continue
            except (DeniedError, inputs.InputError) as error:
                return TransformOutcome(name, Finished.FAILED, failures.of_customer(str(error)))
        return TransformOutcome(name, Finished.FAILED if failed else Finished.COMPLETED, failed)

    def _host(self, request: HostingRequest) -> HostingOutcome:
        reason = chosen(self.script.fails, request.hosting_id, None)
        if reason is None:
            try:
                store = self._started(request, "Endpoints", request.hosting_id)
                registry.find(request.image, request.environment, self._own_images(), pretended=True)
                user_code.require(store, user_code.of_serving(request.environment))
                self._models[request.hosting_id] = _load(store, request.model_data_url)
            except (DeniedError, registry.UnavailableImageError, artifacts.ArtifactError) as error:
                reason = str(error)
        return HostingOutcome(request.hosting_id, ready=reason is None, failure_reason=reason)


def _settings(container: registry.Container, hyperparameters: Mapping[str, str]) -> Mapping[str, Any]:
    """Read an algorithm's hyperparameters; those of one's own are its author's, and its models are binary here."""
    if container.name in ("own", "script") or "sagemaker_program" in hyperparameters:
        return {"objective": "binary:logistic"}
    return validate(hyperparameters)


def _load(store: ObjectStore, uri: str | None) -> ScriptedModel:
    try:
        return scripted_model.load(store.read(uri or ""))
    except FileNotFoundError:
        raise artifacts.ArtifactError(f'Failed to download model data: no object at "{uri}"') from None


def _answer(model: ScriptedModel, body: bytes) -> tuple[int, bytes]:
    """Answer as a batch container does: one line for each row."""
    try:
        rows = body.decode().strip("\n").split("\n")
        return 200, "".join(f"{model.score(row)}\n" for row in rows).encode()
    except ValueError:
        return 415, b"Loading csv data failed with Exception, please ensure data is in csv format"
