"""The plain records that rules, flows and AWS adapters share: rows of the release table, and counts of an endpoint.

Times are seconds since the epoch (UTC, float). Records are frozen: a change is `dataclasses.replace`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

SCHEMA = 1
"""The version of the rows that this code writes and understands."""


class Stage(StrEnum):
    """Where a release is on its journey; `rules.stages` holds the transitions."""

    RECEIVED = "received"
    PREPARED = "prepared"
    TRAINING = "training"
    TESTING = "testing"
    EVALUATED = "evaluated"
    REGISTERED = "registered"
    DEPLOYING = "deploying"
    CANARY = "canary"
    PROMOTING = "promoting"
    ROLLING_BACK = "rolling_back"
    LIVE = "live"
    REPLACED = "replaced"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"
    INCONCLUSIVE = "inconclusive"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    FAILED = "failed"


class BatchStage(StrEnum):
    """Where a batch of predictions is; `rules.batches` holds the transitions."""

    RECEIVED = "received"
    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DropKind(StrEnum):
    """What was dropped."""

    FILE = "file"
    """One object."""
    FOLDER = "folder"
    """A folder whose parts are taken together once `_SUCCESS` appears."""
    SPLIT = "split"
    """A folder that is already split into channels."""
    ARTIFACT = "artifact"
    """A model trained elsewhere, `<model>/artifacts/model.tar.gz`."""
    PACKAGE = "package"
    """A model package that somebody else registered in the model's group, and approved."""


class Problem(StrEnum):
    """What a model predicts."""

    BINARY = "binary"
    """One of two classes: labels 0 and 1, one score, the higher the likelier 1."""
    MULTICLASS = "multiclass"
    """One of several classes: labels are their indexes, one probability per class."""
    REGRESSION = "regression"
    """A number: labels are numbers, one score, the prediction."""
    CLUSTERING = "clustering"
    """A group for each row, without labels: one score, the row's distance to the middle of its group."""
    NONE = "none"
    """Something that nobody can measure without labels: the answers are only counted."""


class WaitKind(StrEnum):
    """What a release waits for."""

    SPEC = "spec"
    APPROVAL = "approval"
    ENDPOINT = "endpoint"
    QUOTA = "quota"
    CAP = "cap"
    CAPACITY = "capacity"
    PERSON = "person"


@dataclass(frozen=True)
class Waiting:
    """Why a release does not move; `since` and `next_try` are times, `position` counts from 1.

    `long` says that it has lasted an hour: the change that sets it is published, so that somebody hears of it.
    """

    kind: WaitKind
    subject: str
    since: float
    position: int | None = None
    next_try: float | None = None
    long: bool = False


@dataclass(frozen=True)
class Step:
    """One line of a release's history: it entered `stage` at `at`, for this reason."""

    stage: Stage
    at: float
    reason: str


@dataclass(frozen=True)
class Source:
    """The drop: the exact S3 version that woke the release.

    `key` is the file, the folder's marker, or the ARN of a model package, which has no version; `name` the drop's short
    name (`jan`); `folder` its prefix, with a trailing slash, for folders.
    """

    bucket: str
    key: str
    version_id: str
    name: str
    kind: DropKind
    folder: str | None = None

    @property
    def is_model(self) -> bool:
        """Whether it is a model that was trained elsewhere, and no data."""
        return self.kind in {DropKind.ARTIFACT, DropKind.PACKAGE}


@dataclass(frozen=True)
class Channel:
    """One channel of a release: every object below `uri` (`s3://bucket/prefix/`), `rows` and `bytes` in all."""

    uri: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class SpecPin:
    """The exact version of `<model>/spec.yaml` that a release follows."""

    key: str
    version_id: str
    sha256: str


@dataclass(frozen=True)
class Release:
    """The journey of one drop: one row, moved by compare-and-set on `revision`.

    Attributes:
        id: Eight characters of base32, from bucket, key and version of the drop.
        number: Counts the model's releases from 1: `churn #7`.
        revision: Rises by one with each write. Published up to `published`; `moved` is the one that entered the stage.
        due: When it must be looked at even if no event comes; None for never.
        attempt: Counts from 1; a retrain, a new baseline or a later approval is a new attempt. Part of job names.
        retrains: The id of the release whose drop this one trains again; None for a drop's first release.
        data_digest: SHA-256 of the drop's bytes. `columns_digest`: of the columns it was encoded with,
            or the content type of what went as it is.
        channels_digest: Of what the spec said about the making of the channels.
        code_digest: Of what a script's folder held when the drop was prepared; None without a script.
        baseline: The id of the release that the gate compares with; None for the first.
        trained_on: The numbers of the releases whose rows this attempt trains on, the oldest first, its own the last;
            empty before they are chosen. They stay the same for all tries of the attempt.
        training_job, model_name: SageMaker names. `transform_jobs`: by role, `candidate` and `baseline`.
        served_model: The SageMaker model that is deployed, if it is another than the one that is tested
            (`model_name`): an inference pipeline around it. `rows`: what it takes, `encoded` or `raw` (`deploy.rows`).
        tuning_job: The tuning job, of which `training_job` is the best training job once it has ended.
        tuning: What the tuning job found (best trial, warnings, `uri` of tuning.json); empty before its end.
        spot: Of a training job on spot capacity (`rules.spot`): `checkpoints` (where they are kept), `interruptions`
            so far, and once it has ended `seconds` trained and `billable`; empty for all others.
        cancelled: A person's word that ends the training; None if nobody said so.
        evaluation: What evaluate_candidate found (verdict, reasons, figures, `uri` of evaluation.json).
        package_arn: The model package version.
        deploy: Where the shift stands; written by deploy_canary and judge_canary only (`rules.shift`).
        claimed_by: The invocation (Lambda's request id) that prepares the drop; others keep out until `due`.
        commands: The ids of the commands that were obeyed, so that one that comes twice counts once.
        removed: What of it is removed (`rules.retention`), and when: `model`, `channels` and `checkpoints`; `cleared`
            once all of that is really gone.
    """

    id: str
    model: str
    number: int
    source: Source
    stage: Stage = Stage.RECEIVED
    revision: int = 1
    published: int = 0
    moved: int = 1
    due: float | None = None
    waiting_for: Waiting | None = None
    reason: str = ""
    attempt: int = 1
    failures: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    spec: SpecPin | None = None
    retrains: str | None = None
    data_digest: str | None = None
    columns_uri: str | None = None
    columns_digest: str | None = None
    channels_digest: str | None = None
    code_digest: str | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    baseline: str | None = None
    trained_on: tuple[int, ...] = ()
    training_job: str | None = None
    tuning_job: str | None = None
    tuning: dict[str, Any] = field(default_factory=dict)
    spot: dict[str, Any] = field(default_factory=dict)
    cancelled: str | None = None
    model_name: str | None = None
    served_model: str | None = None
    rows: str = "encoded"
    transform_jobs: dict[str, str] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    package_arn: str | None = None
    approved_at: float | None = None
    approved_by: str | None = None
    deploy: dict[str, Any] = field(default_factory=dict)
    claimed_by: str | None = None
    commands: tuple[str, ...] = ()
    removed: dict[str, float] = field(default_factory=dict)
    history: tuple[Step, ...] = ()
    schema: int = SCHEMA

    @property
    def title(self) -> str:
        """What people call it: `churn #7`."""
        return f"{self.model} #{self.number}"

    @property
    def deployed_model(self) -> str:
        """The SageMaker model that endpoints serve; empty before there is one."""
        return self.served_model or self.model_name or ""

    @property
    def folder(self) -> str:
        """Where its files are: `churn/releases/0007-jan/`."""
        return f"{self.model}/releases/{self.number:04d}-{self.source.name}/"

    @property
    def attempt_folder(self) -> str:
        """Where this attempt has what is written once: a later one that makes it anew has a folder of its own."""
        return self.folder if self.attempt == 1 else f"{self.folder}attempt-{self.attempt}/"


@dataclass(frozen=True)
class Model:
    """One row per model: the spec in force, the frozen columns, who is in service.

    Attributes:
        spec: The spec of the newest upload if it was accepted, else None and `spec_error` says why.
        spec_deleted: True after `spec.yaml` was deleted: drops are refused.
        salt: Decides, with a row's bytes, the row's channel; never changes.
        columns_uri, columns_digest: The frozen encoding (`columns.json`); `columns_data`: digest of the spec's part
            that it was made under.
        last_number: The number of the newest release.
        in_service: The id of the live release; None before the first.
        idle: What the spec in force says of stopping its endpoint (`rules.idle.Rest`), under a spec that is refused
            what the one before said; empty if it says nothing, or was deleted.
        notify: Who gets a mail about it (the spec's `notify`). A spec that is refused leaves them as they were.
        unconfirmed: Those of them who had not confirmed to AWS that they want its mails, when that was last asked.
        schedules: The schedules of its batches that may exist, by entry: a digest of each as EventBridge Scheduler has
            it, empty if that is not known.
        due: When its schedules must be brought in step with the spec; None if they are.
    """

    name: str
    salt: str
    revision: int = 1
    spec: SpecPin | None = None
    spec_error: str | None = None
    spec_deleted: bool = False
    columns_uri: str | None = None
    columns_digest: str | None = None
    columns_data: str | None = None
    last_number: int = 0
    in_service: str | None = None
    idle: dict[str, Any] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    schedules: dict[str, str] = field(default_factory=dict)
    due: float | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Endpoint:
    """One row per endpoint: who may change it, what was last asked of it, and whether it is stopped.

    Attributes:
        holder: The release whose journey holds the endpoint; None when free.
        lease_owner, lease_until: Only this invocation (its id, the same for its retries) may call SageMaker until then.
        config: The endpoint configuration that is wanted; `weights`: the full vector that is wanted, by variant.
        in_service: The release whose variant serves.
        shared: Whether it loads several models (deploy.multi_model); `model` is then the first, and `in_service` the
            last that went live.
        due: When it must be looked at though no release holds it: while it is stopped or started; None for never.
        state: `stopping`, `stopped`, `starting`; empty while it is none of these. `since`: from when on.
        reason, by: Why it is so, and who said so.
        saved: What is needed to make it again as it was (`rules.sleep.Saved`), from before it is deleted until it
            serves again.
        stranger: Whether somebody else made it, and a tag of theirs lets us stop it; `model` is empty then.
        tries: How often in a row the step that is due was tried in vain.
        failed: Why it could not be started; until a person, or its hours, try again.
        wanted_by: The release that waits for it while it isn't there.
        holds_until: Until then the spec's hours change nothing: a person decided, or a start failed.
        last_start_seconds: How long its last start took, from when it was asked for until all was as before.
        commands: The ids of the commands that were obeyed.
        told: What it was (`at`, `state`, `reason`, `by`; what a stop `saves`, whether a start `failed`), the newest
            last.
    """

    name: str
    model: str
    revision: int = 1
    holder: str | None = None
    lease_owner: str | None = None
    lease_until: float = 0.0
    config: str | None = None
    weights: dict[str, float] = field(default_factory=dict)
    in_service: str | None = None
    shared: bool = False
    due: float | None = None
    state: str = ""
    since: float = 0.0
    reason: str = ""
    by: str = ""
    saved: dict[str, Any] = field(default_factory=dict)
    stranger: bool = False
    tries: int = 0
    failed: str = ""
    wanted_by: str | None = None
    holds_until: float = 0.0
    last_start_seconds: float | None = None
    commands: tuple[str, ...] = ()
    told: tuple[dict[str, Any], ...] = ()
    schema: int = SCHEMA


@dataclass(frozen=True)
class ListedEndpoint:
    """An endpoint as SageMaker lists it: without its variants; `created` and `modified` are times."""

    name: str
    arn: str
    status: str
    created: float
    modified: float


@dataclass(frozen=True)
class BatchStep:
    """One line of a batch's history: it entered `stage` at `at`, for this reason."""

    stage: BatchStage
    at: float
    reason: str


@dataclass(frozen=True)
class Batch:
    """One batch of predictions: one row, moved by compare-and-set on `revision`, as a release is.

    Attributes:
        id: Eight characters of base32, from what asked for it: a schedule and its time, or one version of an object.
        model: Whose model predicts.
        name: That of its entry in the spec; `files` for an upload that no entry covers.
        schedule: Whether a schedule asked for it; else an upload did.
        key, version_id: The upload; empty for a schedule. A key that ends in `/_SUCCESS` means its folder.
        at: When the schedule was to fire, or when the upload was seen.
        due: When it must be looked at if no event comes; None for never.
        attempt: Counts from 1; where the region has no instances, the next try is a new job, and so a new attempt.
        tries: How many invocations began to stage its rows, or to assemble its results, and ended without a word.
        claimed_by: The invocation that is at this work; others keep out until `due`.
        spec: The version of the spec that it follows.
        release, release_title: The release whose model predicts, and what people call it.
        model_name: The SageMaker model.
        job: The transform job, once it may exist.
        inputs: A digest of the files, of the release and of what the entry says: what `unchanged` compares.
        files, rows, bytes: What it scores; rows are 0 where nobody counts them (files that go as they are, unsplit).
        uri: Where the results are, once they are whole.
        cancelled: A person's word that ends it; None if nobody said so.
    """

    id: str
    model: str
    name: str = ""
    schedule: bool = False
    key: str = ""
    version_id: str = ""
    at: float = 0.0
    stage: BatchStage = BatchStage.RECEIVED
    revision: int = 0
    published: int = 0
    moved: int = 1
    due: float | None = None
    waiting_for: Waiting | None = None
    reason: str = ""
    attempt: int = 1
    failures: int = 0
    tries: int = 0
    claimed_by: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    spec: SpecPin | None = None
    release: str | None = None
    release_title: str = ""
    model_name: str = ""
    job: str | None = None
    inputs: str = ""
    files: int = 0
    rows: int = 0
    bytes: int = 0
    uri: str | None = None
    cancelled: str | None = None
    history: tuple[BatchStep, ...] = ()
    schema: int = SCHEMA

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.model} batch {self.id}"

    @property
    def staging(self) -> str:
        """Where its rows and the job's answers lie meanwhile: `_batches/churn/abcdefgh/`."""
        return f"_batches/{self.model}/{self.id}/"

    @property
    def results(self) -> str:
        """Where its results go: `churn/predictions/nightly/2026-11-30T0600Z-abcdefgh/`."""
        when = datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H%MZ")
        return f"{self.model}/predictions/{self.name}/{when}-{self.id}/"


@dataclass(frozen=True)
class ScalingPolicy:
    """A scaling policy of a variant; `kind` and `settings` are Application Auto Scaling's own.

    `alarms` are a person's own, which call a policy of step scaling; those of target tracking are AWS's affair.
    """

    name: str
    kind: str
    settings: dict[str, Any]
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScheduledAction:
    """A time at which a variant's least and most instances change; `start` and `end` are times of its schedule."""

    name: str
    schedule: str
    timezone: str | None = None
    start: float | None = None
    end: float | None = None
    min_capacity: int | None = None
    max_capacity: int | None = None


@dataclass(frozen=True)
class Scaling:
    """A variant as Application Auto Scaling has it: instances by load, and what is suspended of that."""

    min_capacity: int
    max_capacity: int
    policies: tuple[ScalingPolicy, ...] = ()
    scheduled: tuple[ScheduledAction, ...] = ()
    scale_in_suspended: bool = False
    scale_out_suspended: bool = False
    schedule_suspended: bool = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Scaling":
        """Return what `dataclasses.asdict` wrote."""
        policies = (ScalingPolicy(**{**one, "alarms": tuple(one.get("alarms", ()))}) for one in data["policies"])
        scheduled = (ScheduledAction(**one) for one in data.get("scheduled", ()))
        return cls(**{**data, "policies": tuple(policies), "scheduled": tuple(scheduled)})


@dataclass(frozen=True)
class Trial:
    """One training job of a tuning job.

    Attributes:
        name: The training job's.
        status: As for training jobs.
        hyperparameters: What it was given of those that are searched, as SageMaker writes them.
        objective: The final value of the objective; None if it published none.
        created, started, ended: Times; None before that.
        failure_reason: Why it failed; empty if it did not.
    """

    name: str
    status: str
    hyperparameters: dict[str, str]
    objective: float | None
    created: float
    started: float | None = None
    ended: float | None = None
    failure_reason: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it trained."""
        return None if self.started is None or self.ended is None else self.ended - self.started


@dataclass(frozen=True)
class Counts:
    """What one variant answered in one minute.

    Attributes:
        requests: How many it answered, well or not.
        errors: How many of them failed.
        slow: By the name of a latency limit, how many were slower; a limit without a measurement is absent.
    """

    requests: int
    errors: int
    slow: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Minute:
    """One minute of traffic from `start` (epoch seconds): canary beside baseline."""

    start: float
    canary: Counts
    baseline: Counts
