"""Prepared → training: preflight, then the job on the rows of one drop or of several; a model package is tested.

What few specs ask for is imported where they do: to the others, loading it would be part of their cold start.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from yardmaster.aws import training_job, tuning_job
from yardmaster.aws.sagemaker_errors import NotSubscribedError, QuotaError
from yardmaster.aws.training_job import ChannelRequest, TrainingJobRequest
from yardmaster.aws.tuning_job import TuningJobRequest
from yardmaster.errors import RefusedError
from yardmaster.flows import history, quotas, spec_in_force, spend
from yardmaster.flows.advance import advance, commit
from yardmaster.flows.protection import protection
from yardmaster.flows.shape import Shape, shape_of
from yardmaster.flows.yard import Yard
from yardmaster.records import Channel, Release, Stage
from yardmaster.rules import endpoint_rows, preflight, retry, spot, stages
from yardmaster.rules import history as rules
from yardmaster.rules import quotas as quota_rules
from yardmaster.rules.names import job_name
from yardmaster.rules.quota_names import of_training
from yardmaster.rules.quotas import Quota
from yardmaster.rules.spend import Ask, Caps, Granted, Never, Wait, never_fits
from yardmaster.rules.training import channels_of_job, content_type_in_job
from yardmaster.settings import Settings
from yardmaster.spec.images import training_image
from yardmaster.spec.of_algorithm import package_arn, profile_of
from yardmaster.spec.problem import job_hyperparameters
from yardmaster.spec.profile import Rows
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.spot import checkpoint_folder, longest_wait

if TYPE_CHECKING:
    from yardmaster.flows import marketplace, source_code, start_tuning


@dataclass(frozen=True)
class Facts:
    """What the decision rests on: the spec, what the rows are, where the bucket is.

    `training` has the drops whose rows are trained on; `warm` the tuning jobs that a new one starts from, None without
    a `warm_start_config`; `baseline` is the release in service, None for the first. `code` is a script's; `offer` is
    what the spec names by its ARN. `quotas` is what the account may have at once, as far as that is known; `serving` is
    how many instances of the spec's type its endpoint has already.
    """

    spec: Spec
    training: history.Training
    shape: Shape
    bucket_region: str
    warm: "start_tuning.Warm | None" = None
    baseline: Release | None = None
    code: "source_code.Code | None" = None
    offer: "marketplace.Offer | None" = None
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    serving: int = 0


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
    looks = spend.Looks()
    said = advance(yard, release_id, {Stage.PREPARED: looks.of(_prepared)}, clock)
    looks.settle(yard, release_id, clock())
    return said


def _prepared(yard: Yard, release: Release, now: float) -> Release:
    if release.cancelled is not None:
        # Few releases are cancelled: to the others, loading it would be part of their cold start.
        from yardmaster.flows import cancel

        return cancel.cancel_training(yard, release, release.cancelled, now)
    spec = spec_in_force.pinned(yard, release)
    release = history.pin(yard, release, spec, now)
    facts = gather(yard, release, spec, now)
    match decide(release, facts, yard.settings):
        case Refuse(reason):
            return commit(yard, release, stages.move(release, Stage.REFUSED, reason, now), now)
        case Skip(reason):
            return commit(yard, release, stages.move(release, Stage.TESTING, reason, now, due=now), now)
        case Start(request, reason):
            if facts.code is not None:
                from yardmaster.flows import source_code

                source_code.keep(yard, facts.code)
            history.copy(yard, release, facts.training)
            return _start(yard, release, request, reason, now)


def gather(yard: Yard, release: Release, spec: Spec, now: float) -> Facts:
    """Read what the rows are, the drops' channels, the bucket's region, a script's code, and the account's quotas."""
    warm = code = offer = None
    if spec.tune is not None:
        from yardmaster.flows import start_tuning

        warm = start_tuning.gather(yard, release, spec)
    if isinstance(spec.algorithm, OwnAlgorithm):
        from yardmaster.flows import marketplace, source_code

        code, offer = source_code.gather(yard, release.model, spec), marketplace.gather(yard, spec)
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    serving = quotas.serving(yard, release, spec, baseline)
    return Facts(
        spec=spec,
        training=history.gather(yard, release),
        shape=shape_of(yard, release, spec),
        bucket_region=yard.bucket.region(),
        warm=warm,
        baseline=baseline,
        code=code,
        offer=offer,
        quotas=quotas.known(yard, quota_rules.needs(spec, serving), now),
        serving=serving,
    )


def decide(release: Release, facts: Facts, settings: Settings) -> Start | Skip | Refuse:
    """Decide the training job of a release, or why there can be none."""
    try:
        return _job(release, facts, settings)
    except RefusedError as refusal:
        return Refuse(str(refusal))


def _job(release: Release, facts: Facts, settings: Settings) -> Start | Skip | Refuse:
    channels = channels_of_job(facts.spec, facts.training.channels)
    if wrong := next(refusals(release, facts, channels, settings), None):
        return Refuse(wrong)
    if (package := package_arn(facts.spec)) is not None:
        return Skip(f"nothing is trained: model package {package}")
    train, size = facts.spec.train, sum(channel.bytes for channel in channels.values())
    if wrong := preflight.disk_refusal(train, size):
        return Refuse(wrong)
    request = _request(release, facts, channels, preflight.volume_gb(train, size), settings)
    rows = f"{_extent(channels['train'])}{rules.told(release.trained_on)}"
    code = facts.code.said if facts.code else ""
    where = f"{train.instance_count} x {train.instance_type}, {preflight.disk(train, size)}"
    if facts.spec.tune is not None:
        from yardmaster.flows import start_tuning

        if wrong := start_tuning.refusal(facts.spec.tune, request, facts.warm):
            return Refuse(wrong)
        tuning = start_tuning.request(facts.spec.tune, request, facts.warm, profile_of(facts.spec.algorithm).rounds)
        if isinstance(facts.spec.algorithm, OwnAlgorithm):
            from yardmaster.flows import own_code

            tuning = own_code.searched(facts.spec, tuning)
        if never := never_fits(room_for(release, tuning), Caps(**settings.caps)):
            return Refuse(never)
        return Start(tuning, start_tuning.reason(tuning, rows, where, facts.warm) + code)
    if never := never_fits(room_for(release, request), Caps(**settings.caps)):
        return Refuse(never)
    return Start(request, f"training job {request.name} on {rows} ({where}){code}")


def refusals(release: Release, facts: Facts, channels: Mapping[str, Channel], settings: Settings) -> Iterator[str]:
    """Yield everything that is known to be wrong, the first of which refuses the release."""
    spec = facts.spec
    if wrong := preflight.region_refusal(settings.bucket, facts.bucket_region, settings.region):
        yield wrong
    yield from preflight.limit_refusals(preflight.asked(spec), settings.limits)
    for wrong in (
        rules.refusal(facts.training.drops),
        preflight.network_refusal(spec, settings.subnets),
        endpoint_rows.refusal(release, spec, facts.baseline, settings.region),
        facts.code.refusal if facts.code else None,
        _not_offered(facts, channels, settings),
    ):
        if wrong:
            yield wrong
    needs = quota_rules.needs(spec, facts.serving)
    yield from quota_rules.above_limit(needs, settings.limits.endpoint_instances)
    yield from quota_rules.refusals(needs, facts.quotas)


def _not_offered(facts: Facts, channels: Mapping[str, Channel], settings: Settings) -> str | None:
    if facts.offer is None:
        return None
    from yardmaster.flows import marketplace

    return marketplace.refusal(facts.spec, facts.offer, tuple(channels), settings.region)


def _request(
    release: Release, facts: Facts, channels: Mapping[str, Channel], volume: int, settings: Settings
) -> TrainingJobRequest:
    """Return the training job of a release, or what each of its tuning job's is like."""
    train, taken = facts.spec.train, profile_of(facts.spec.algorithm)
    known = Rows(facts.shape.problem, len(facts.shape.classes), facts.shape.features, channels["train"].rows)
    request = TrainingJobRequest(
        name=job_name(settings.prefix, release.model, release.id, release.attempt),
        image="" if facts.offer else training_image(facts.spec, settings.region),
        role_arn=settings.execution_role_arn,
        hyperparameters=job_hyperparameters(facts.spec, known),
        channels={
            name: ChannelRequest(channel.uri, content_type_in_job(facts.spec, name), is_sharded=name in taken.sharded)
            for name, channel in channels.items()
        },
        output_uri=f"s3://{settings.bucket}/{release.folder}training",
        instance_type=train.instance_type,
        instance_count=train.instance_count,
        volume_gb=volume,
        max_run=train.max_run,
        max_wait=longest_wait(train, taken),
        input_mode=train.input_mode,
        tags=settings.tags(release.model, release.id),
        metric_definitions={metric.name: metric.regex for metric in train.metric_definitions},
        protection=protection(settings, train.instance_type),
        checkpoint_path=checkpoint_folder(facts.spec, taken),
        checkpoint_uri=f"s3://{settings.bucket}/{release.attempt_folder}checkpoints",
    )
    if not isinstance(facts.spec.algorithm, OwnAlgorithm):
        return request
    from yardmaster.flows import marketplace, own_code

    request = own_code.training(facts.spec, request, facts.code, settings.region)
    if facts.offer and facts.offer.algorithm:
        return marketplace.training(request, facts.offer.algorithm)
    return request


def _extent(channel: Channel) -> str:
    """Say how much is trained on; what nobody looked into has no rows."""
    return f"{channel.rows:,} rows" if channel.rows else f"{channel.bytes / 1e6:,.1f} MB"


def room_for(release: Release, request: TrainingJobRequest | TuningJobRequest) -> Ask:
    """Return the room that a job needs, at most."""
    key = spend.key_of(release, spend.TRAINING)
    one = request if isinstance(request, TrainingJobRequest) else request.training
    quota = of_training(one.instance_type, spot=one.max_wait is not None)
    if isinstance(request, TrainingJobRequest):
        count = request.instance_count
        return Ask(key, release.id, release.model, 1, count, count * request.max_run / 3600, quota)
    each, at_once = request.training, request.max_parallel_jobs
    # A grid has as many jobs as combinations, which SageMaker counts itself.
    seconds = at_once * request.max_run
    if request.max_jobs is not None:
        seconds = min(seconds, request.max_jobs * each.max_run)
    hours = seconds * each.instance_count / 3600
    return Ask(key, release.id, release.model, at_once, at_once * each.instance_count, hours, quota)


def _start(
    yard: Yard, release: Release, request: TrainingJobRequest | TuningJobRequest, reason: str, now: float
) -> Release:
    wanted = room_for(release, request)
    match spend.ask(yard, wanted, now):
        case Never(never):
            return commit(yard, release, stages.move(release, Stage.REFUSED, never, now), now)
        case Wait() as room:
            return commit(yard, release, stages.wait_for_room(release, room, now), now)
        case Granted():
            pass
    try:
        if isinstance(request, TuningJobRequest):
            tuning_job.create(yard.sagemaker, request)
        else:
            training_job.create(yard.sagemaker, request)
    except QuotaError as error:
        kind = spend.park(yard, wanted, error, now)
        return commit(yard, release, stages.wait_for_quota(release, str(error), now, kind), now)
    except NotSubscribedError as error:
        training = request.training if isinstance(request, TuningJobRequest) else request
        reason = f"algorithm.algorithm_arn: {training.runs}: {error}"
        return commit(yard, release, stages.move(release, Stage.REFUSED, reason, now), now)
    spend.accepted(yard, release, wanted, now)
    moved = stages.move(release, Stage.TRAINING, reason, now, due=retry.next_look(now, now))
    # A tuning job's best training job is known at its end.
    names = (None, request.name) if isinstance(request, TuningJobRequest) else (request.name, None)
    made = replace(moved, training_job=names[0], tuning_job=names[1], tuning={}, spot=_on_spot(request))
    return commit(yard, release, made, now)


def _on_spot(request: TrainingJobRequest | TuningJobRequest) -> dict[str, Any]:
    """Return what the row keeps of a training job on spot capacity at its beginning."""
    if isinstance(request, TuningJobRequest) or request.max_wait is None:
        return {}
    return {spot.INTERRUPTIONS: 0, spot.CHECKPOINTS: request.checkpoint_uri if request.checkpoint_path else None}
