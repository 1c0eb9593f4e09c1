"""The events that wake functions: what is taken from each is only *which release to look at*.

SageMaker's and S3's shapes are AWS's own; the rest are ours (source `yardmaster.<stack>`). Anything else in an event is
ignored: what is true is asked of the service, not read from its event.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from yardmaster.rules.commands import Command, EndpointCommand
from yardmaster.rules.names import batch_of_job, release_of_job

LONGEST_NAME = 256
"""Of what a command names: nothing of ours is longer."""
LONGEST_REASON = 500
"""Of a command's reason: it goes into the release's row, its events, and the registry (1024 characters)."""


class _Event(BaseModel):
    # Deferred: a function needs the validators of its own events only, and builds these with its first event.
    model_config = ConfigDict(frozen=True, populate_by_name=True, defer_build=True)


class _Bucket(_Event):
    name: str


class _Object(_Event):
    # Keys are taken as they are: EventBridge does not encode them, unlike S3's own notifications.
    key: str
    version_id: str = Field(default="", alias="version-id")


class _ObjectDetail(_Event):
    bucket: _Bucket
    object: _Object


class ObjectCreated(_Event):
    """An object was uploaded."""

    detail_type: Literal["Object Created"] = Field(alias="detail-type")
    detail: _ObjectDetail


class ObjectDeleted(_Event):
    """An object was deleted, or hidden by a delete marker."""

    detail_type: Literal["Object Deleted"] = Field(alias="detail-type")
    detail: _ObjectDetail


class _SpecDetail(_Event):
    model: str


class SpecDue(_Event):
    """A model's schedules are not known to be in step with its spec."""

    detail_type: Literal["Spec Due"] = Field(alias="detail-type")
    detail: _SpecDetail


class _BatchDetail(_Event):
    # Of one that is there already, its id; a schedule that fires says its name, and the time for which it fires.
    model: str
    batch: str | None = None
    name: str | None = None
    scheduled: datetime | None = None


class BatchDue(_Event):
    """A batch is due, or its schedule fires."""

    detail_type: Literal["Batch Due"] = Field(alias="detail-type")
    detail: _BatchDetail


class _BatchCommandDetail(_Event):
    command: Literal["cancel"]
    batch: str = Field(max_length=LONGEST_NAME)
    reason: str = ""
    by: str = "somebody"

    @property
    def said(self) -> str:
        """What the batch's history says of it: `cancelled by alice: too slow`."""
        said = f"cancelled by {self.by[:LONGEST_NAME]}"
        return " ".join((f"{said}: {self.reason[:LONGEST_REASON]}" if self.reason else said).split())


class BatchCommand(_Event):
    """A person asks for something about a batch."""

    detail_type: Literal["Batch Command"] = Field(alias="detail-type")
    detail: _BatchCommandDetail


class _ReleaseDetail(_Event):
    release: str


class ReleaseWoken(_Event):
    """A release moved, or is due."""

    detail_type: Literal["Release State Change", "Release Due"] = Field(alias="detail-type")
    detail: _ReleaseDetail

    def release_id(self, prefix: str) -> str | None:
        """Return the release to look at."""
        return self.detail.release


class _CommandDetail(_Event):
    command: str
    release: str
    reason: str = ""
    by: str = "somebody"
    step: int | None = None
    to: str | None = None


class ReleaseCommand(_Event):
    """A person asks for something."""

    detail_type: Literal["Release Command"] = Field(alias="detail-type")
    # The envelope's id: the same on every delivery, so that a command that comes twice counts once.
    id: str = Field(min_length=1)
    time: datetime | None = None
    detail: _CommandDetail

    def command(self) -> Command:
        """Return what the person asks for; what is too long for a row or an answer is cut."""
        said = self.detail
        return Command(
            id=self.id[:LONGEST_NAME],
            name=said.command[:LONGEST_NAME],
            release=said.release[:LONGEST_NAME],
            reason=said.reason[:LONGEST_REASON],
            by=said.by[:LONGEST_NAME],
            step=said.step,
            to=None if said.to is None else said.to[:LONGEST_NAME],
            at=None if self.time is None else self.time.timestamp(),
        )


class _ModelCommandDetail(_Event):
    command: str
    model: str
    reason: str = ""
    by: str = "somebody"


class ModelCommand(_Event):
    """A person asks for something about a whole model."""

    detail_type: Literal["Model Command"] = Field(alias="detail-type")
    detail: _ModelCommandDetail

    @property
    def said(self) -> str:
        """What a release's history says of it."""
        detail = self.detail
        reason = f": {detail.reason}" if detail.reason else ""
        return " ".join(f"{detail.command} by {detail.by}{reason}".split())[:LONGEST_REASON]


class Scheduled(_Event):
    """A time has come, by a schedule of the template."""

    detail_type: Literal["Scheduled Event"] = Field(alias="detail-type")


class _EndpointDueDetail(_Event):
    endpoint: str


class EndpointDue(_Event):
    """An endpoint that is being stopped or started is due."""

    detail_type: Literal["Endpoint Due"] = Field(alias="detail-type")
    detail: _EndpointDueDetail


class _EndpointCommandDetail(_Event):
    command: str
    endpoint: str = ""
    model: str = ""
    reason: str = ""
    by: str = "somebody"


class EndpointCommanded(_Event):
    """A person asks for something about an endpoint."""

    detail_type: Literal["Release Command"] = Field(alias="detail-type")
    # As for ReleaseCommand: the same on every delivery.
    id: str = Field(min_length=1)
    detail: _EndpointCommandDetail

    def command(self) -> EndpointCommand:
        """Return what the person asks for; what is too long for a row or an answer is cut."""
        said = self.detail
        return EndpointCommand(
            id=self.id[:LONGEST_NAME],
            name=said.command[:LONGEST_NAME],
            endpoint=said.endpoint[:LONGEST_NAME],
            model=said.model[:LONGEST_NAME],
            reason=said.reason[:LONGEST_REASON],
            by=said.by[:LONGEST_NAME],
        )


class _TrainingDetail(_Event):
    name: str = Field(alias="TrainingJobName")
    tuning_job_arn: str | None = Field(default=None, alias="TuningJobArn")


class TrainingJobChanged(_Event):
    """A training job changed its state. Children of tuning jobs are nobody's release."""

    detail_type: Literal["SageMaker Training Job State Change"] = Field(alias="detail-type")
    detail: _TrainingDetail

    def release_id(self, prefix: str) -> str | None:
        """Return the release to look at; None if the job is not one of ours."""
        return None if self.detail.tuning_job_arn else release_of_job(prefix, self.detail.name)


class _TuningDetail(_Event):
    name: str = Field(alias="HyperParameterTuningJobName")


class TuningJobChanged(_Event):
    """A tuning job changed its state."""

    detail_type: Literal["SageMaker HyperParameter Tuning Job State Change"] = Field(alias="detail-type")
    detail: _TuningDetail

    def release_id(self, prefix: str) -> str | None:
        """Return the release to look at; None if the job is not one of ours."""
        return release_of_job(prefix, self.detail.name)


class _TransformDetail(_Event):
    name: str = Field(alias="TransformJobName")


class TransformJobChanged(_Event):
    """A transform job changed its state."""

    detail_type: Literal["SageMaker Transform Job State Change"] = Field(alias="detail-type")
    detail: _TransformDetail

    def release_id(self, prefix: str) -> str | None:
        """Return the release to look at; None if the job is not one of ours."""
        return release_of_job(prefix, self.detail.name)

    def batch_id(self, prefix: str) -> str | None:
        """Return the batch to look at; None if the job is not one of a batch's."""
        return batch_of_job(prefix, self.detail.name)


class _PackageDetail(_Event):
    arn: str = Field(alias="ModelPackageArn")


class ModelPackageChanged(_Event):
    """A model package was made, approved or rejected."""

    detail_type: Literal["SageMaker Model Package State Change"] = Field(alias="detail-type")
    detail: _PackageDetail


class _EndpointDetail(_Event):
    name: str = Field(alias="EndpointName")


class EndpointChanged(_Event):
    """An endpoint changed its state."""

    detail_type: Literal["SageMaker Endpoint State Change"] = Field(alias="detail-type")
    detail: _EndpointDetail


class _BatchMovedDetail(_Event):
    batch: str


class BatchMoved(_Event):
    """A batch of predictions moved."""

    detail_type: Literal["Batch State Change"] = Field(alias="detail-type")
    detail: _BatchMovedDetail


class _MovedEndpoint(_Event):
    endpoint: str


class EndpointMoved(_Event):
    """An endpoint was stopped or started, by Yardmaster."""

    detail_type: Literal["Endpoint State Change"] = Field(alias="detail-type")
    detail: _MovedEndpoint


Spec = Annotated[ObjectCreated | ObjectDeleted | SpecDue, Field(discriminator="detail_type")]
"""What wakes apply_spec."""
Drop = Annotated[ObjectCreated | ReleaseWoken | ReleaseCommand, Field(discriminator="detail_type")]
"""What wakes prepare_data."""
Training = Annotated[TrainingJobChanged | TuningJobChanged | ReleaseWoken, Field(discriminator="detail_type")]
"""What wakes test_candidate."""
Transform = Annotated[TransformJobChanged | ReleaseWoken, Field(discriminator="detail_type")]
"""What wakes evaluate_candidate."""
Package = Annotated[ModelPackageChanged | ReleaseWoken | ReleaseCommand, Field(discriminator="detail_type")]
"""What wakes deploy_canary."""
Endpoint = Annotated[EndpointChanged | ReleaseWoken | ReleaseCommand, Field(discriminator="detail_type")]
"""What wakes judge_canary."""
Retention = Annotated[ReleaseWoken | ModelCommand | Scheduled, Field(discriminator="detail_type")]
"""What wakes apply_retention."""
Sweep = Annotated[Scheduled | EndpointDue | EndpointCommanded, Field(discriminator="detail_type")]
"""What wakes stop_idle_endpoints."""
Start = Annotated[EndpointDue | EndpointCommanded, Field(discriminator="detail_type")]
"""What wakes start_endpoint."""
News = Annotated[ReleaseWoken | BatchMoved | EndpointMoved, Field(discriminator="detail_type")]
"""What wakes send_notification."""
BatchEvent = Annotated[
    ObjectCreated | BatchDue | TransformJobChanged | BatchCommand, Field(discriminator="detail_type")
]
"""What wakes run_batch_transform."""

_LATER = ConfigDict(defer_build=True)
SPEC: TypeAdapter[ObjectCreated | ObjectDeleted | SpecDue] = TypeAdapter(Spec, config=_LATER)
DROP: TypeAdapter[ObjectCreated | ReleaseWoken | ReleaseCommand] = TypeAdapter(Drop, config=_LATER)
RELEASE: TypeAdapter[ReleaseWoken] = TypeAdapter(ReleaseWoken)
TRAINING: TypeAdapter[TrainingJobChanged | TuningJobChanged | ReleaseWoken] = TypeAdapter(Training, config=_LATER)
TRANSFORM: TypeAdapter[TransformJobChanged | ReleaseWoken] = TypeAdapter(Transform, config=_LATER)
PACKAGE: TypeAdapter[ModelPackageChanged | ReleaseWoken | ReleaseCommand] = TypeAdapter(Package, config=_LATER)
ENDPOINT: TypeAdapter[EndpointChanged | ReleaseWoken | ReleaseCommand] = TypeAdapter(Endpoint, config=_LATER)
RETENTION: TypeAdapter[ReleaseWoken | ModelCommand | Scheduled] = TypeAdapter(Retention, config=_LATER)
SWEEP: TypeAdapter[Scheduled | EndpointDue | EndpointCommanded] = TypeAdapter(Sweep, config=_LATER)
START: TypeAdapter[EndpointDue | EndpointCommanded] = TypeAdapter(Start, config=_LATER)
NEWS: TypeAdapter[ReleaseWoken | BatchMoved | EndpointMoved] = TypeAdapter(News, config=_LATER)
BATCH: TypeAdapter[ObjectCreated | BatchDue | TransformJobChanged | BatchCommand] = TypeAdapter(
    BatchEvent, config=_LATER
)

Raw = dict[str, Any]
"""An event as Lambda hands it over; it goes no further than a handler's first line."""
