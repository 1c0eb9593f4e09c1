"""Prepared → training: preflight, then the training job, or the tuning job; a model package goes to its test."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws import training_job, tuning_job
from yardmaster.aws.sagemaker_errors import NotSubscribedError, QuotaError
from yardmaster.aws.training_job import ChannelRequest, TrainingJobRequest
from yardmaster.aws.tuning_job import TuningJobRequest
from yardmaster.errors import RefusedError
from yardmaster.flows import marketplace, spec_in_force, start_tuning
from yardmaster.flows.advance import advance, commit
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.records import Problem, Release, Stage
from yardmaster.rules import preflight, retry, stages
from yardmaster.rules.names import job_name
from yardmaster.settings import Settings
from yardmaster.spec.algorithms import image_uri
from yardmaster.spec.problem import with_problem
from yardmaster.spec.schema import Spec


@dataclass(frozen=True)
class Facts:
    """What the decision rests on; `classes` is the number of the label's classes, 0 for numbers.

    `warm` has the tuning jobs that a new one starts from; None without a `warm_start_config`. `offer` is what the spec
    names by its ARN.
    """

    spec: Spec
    classes: int
    problem: Problem
    bucket_region: str
    warm: start_tuning.Warm | None = None
    offer: marketplace.Offer | None = None


@dataclass(frozen=True)
class Skip:
    """There is nothing to train: the spec names a model package, which is tested."""

    reason: str


@dataclass(frozen=True)
class Start:
    """Start this job."""

    request: TrainingJobRequest | TuningJobRequest
    reason: str


@dataclass(frozen=True)
class Refuse:
    """No job can work; the reason says what to write instead."""

    reason: str


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Start the training of a release that is prepared; return what became of it."""
    return advance(yard, release_id, {Stage.PREPARED: _prepared}, clock)


def _prepared(yard: Yard, release: Release, now: float) -> Release:
    facts = gather(yard, release)
    match decide(release, facts, yard.settings):
        case Refuse(reason):
            return commit(yard, release, stages.move(release, Stage.REFUSED, reason, now), now)
        case Skip(reason):
            return commit(yard, release, stages.move(release, Stage.TESTING, reason, now, due=now), now)
        case Start(request, reason):
            return _start(yard, release, request, reason, now)


def gather(yard: Yard, release: Release) -> Facts:
    """Read the pinned spec, the columns and the bucket's region."""
    columns = read_columns(yard, release)
    spec = spec_in_force.pinned(yard, release)
    return Facts(
        spec=spec,
        classes=len(columns.classes),
        problem=columns.problem,
        bucket_region=yard.bucket.region(),
        warm=start_tuning.gather(yard, release, spec),
        offer=marketplace.gather(yard, spec),
    )


def decide(release: Release, facts: Facts, settings: Settings) -> Start | Skip | Refuse:
    """Decide the training job of a release, or why there can be none."""
    try:
        return _job(release, facts, settings)
    except RefusedError as refusal:
        return Refuse(str(refusal))


def _job(release: Release, facts: Facts, settings: Settings) -> Start | Skip | Refuse:
    train = facts.spec.train
    channels = {name: channel for name, channel in release.channels.items() if name in {"train", "validation"}}
    size = sum(channel.bytes for channel in channels.values())
    if wrong := preflight.region_refusal(settings.bucket, facts.bucket_region, settings.region):
        return Refuse(wrong)
    if excess := preflight.limit_refusal(preflight.asked(facts.spec), settings.limits):
        return Refuse(excess)
    if facts.offer and (wrong := marketplace.refusal(facts.spec, facts.offer, tuple(channels), settings.region)):
        return Refuse(wrong)
    if marketplace.package_arn(facts.spec) is not None:
        return Skip(f"nothing is trained: model package {marketplace.package_arn(facts.spec)}")
    if (volume := preflight.volume_gb(train.volume_size, size)) is None:
        return Refuse(preflight.volume_refusal(train.volume_size, size))
    request = TrainingJobRequest(
        name=job_name(settings.prefix, release.model, release.id, release.attempt),
        image="" if facts.offer else image_uri(facts.spec.algorithm, settings.region),
        role_arn=settings.execution_role_arn,
        hyperparameters=with_problem(facts.spec, facts.problem, facts.classes),
        channels={name: ChannelRequest(channel.uri) for name, channel in channels.items()},
        output_uri=f"s3://{settings.bucket}/{release.folder}training",
        instance_type=train.instance_type,
        instance_count=train.instance_count,
        volume_gb=volume,
        max_run=train.max_run,
        max_wait=train.wait_limit,
        input_mode=train.input_mode,
        tags=settings.tags(release.model, release.id),
        metric_definitions={metric.name: metric.regex for metric in train.metric_definitions},
        protection=protection(settings, train.instance_type),
    )
    if facts.offer and facts.offer.algorithm:
        request = marketplace.training(request, facts.offer.algorithm)
    rows = channels["train"].rows
    where = f"{train.instance_count} x {train.instance_type}, {volume} GiB"
    if facts.spec.tune is not None:
        if wrong := start_tuning.refusal(facts.spec.tune, request, facts.warm):
            return Refuse(wrong)
        tuning = start_tuning.request(facts.spec.tune, request, facts.warm)
        return Start(tuning, start_tuning.reason(tuning, rows, where, facts.warm))
    return Start(request, f"training job {request.name} on {rows:,} rows ({where})")


def _start(
    yard: Yard, release: Release, request: TrainingJobRequest | TuningJobRequest, reason: str, now: float
) -> Release:
    try:
        if isinstance(request, TuningJobRequest):
            tuning_job.create(yard.sagemaker, request)
        else:
            training_job.create(yard.sagemaker, request)
    except QuotaError as error:
        return commit(yard, release, stages.wait_for_quota(release, str(error), now), now)
    except NotSubscribedError as error:
        training = request.training if isinstance(request, TuningJobRequest) else request
        reason = f"algorithm.algorithm_arn: {training.runs}: {error}"
        return commit(yard, release, stages.move(release, Stage.REFUSED, reason, now), now)
    moved = stages.move(release, Stage.TRAINING, reason, now, due=retry.next_look(now, now))
    # A tuning job's best training job is known at its end.
    names = (None, request.name) if isinstance(request, TuningJobRequest) else (request.name, None)
    return commit(yard, release, replace(moved, training_job=names[0], tuning_job=names[1], tuning={}), now)
