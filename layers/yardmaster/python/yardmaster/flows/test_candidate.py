"""Training → testing: the model, and the transform jobs that score candidate and baseline on the same rows.

A model that was trained elsewhere comes here untrained; if there are no test rows for it, it goes on ungated.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws import training_job, transform_job
from yardmaster.aws.bucket import MissingObjectError
from yardmaster.aws.sagemaker_errors import NotSubscribedError, NotYetError, QuotaError
from yardmaster.aws.training_job import TrainingJob
from yardmaster.aws.transform_job import TransformJobRequest
from yardmaster.errors import NotReadyError, UnusableError
from yardmaster.flows import spec_in_force, spend, test_manifest
from yardmaster.flows.advance import Step, advance, commit
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.protection import protection
from yardmaster.flows.role_rows import RoleRows, rows_of
from yardmaster.flows.scorings import scorings
from yardmaster.flows.serving import make_models
from yardmaster.flows.shape import shape_of
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.records import Release, Stage
from yardmaster.rules import registering, retry, spot, stages
from yardmaster.rules.names import job_name
from yardmaster.rules.quota_names import of_transforms
from yardmaster.rules.scoring import Scoring, output_filter
from yardmaster.rules.spend import Ask, Granted, Never, Wait
from yardmaster.rules.spot import SpotFacts
from yardmaster.rules.testing import (
    OUT_OF_TIME,
    Broken,
    JobFacts,
    NoCapacity,
    Running,
    Usable,
    after_training,
    compared_releases,
    rows_of_model,
)
from yardmaster.spec.of_algorithm import algorithm_arn, content_type_of, package_arn, profile_of
from yardmaster.spec.schema import Spec

APPROVAL_PAUSE = 24 * 3600.0
"""Seconds until a package whose approval was taken back is looked at again; its event is much faster."""
LEAVE_A_MODEL = "the script must write it into the folder that the variable SM_MODEL_DIR names (/opt/ml/model)"
"""What becomes the artifact is all that lies there when the script ends."""


@dataclass(frozen=True)
class Facts:
    """What was gathered.

    Attributes:
        spec: The pinned spec.
        tests: The releases whose rows are tested on.
        baseline: What the candidate is compared with; None also if nobody knows what rows it takes: its model came as
            a package, before any data.
        columns: By digest: those of the rows, of the candidate, and of the baseline; none of rows that nobody encoded.
        scorings: How each model is asked, by role; empty if nobody can ask one.
    """

    spec: Spec
    tests: tuple[Release, ...]
    baseline: Release | None
    columns: dict[str | None, Columns]
    scorings: dict[str, Scoring]


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Test the candidate of a release whose training ended; return what became of it."""
    looks = spend.Looks()
    steps = {Stage.TRAINING: looks.of(_with_model(_training)), Stage.TESTING: looks.of(_with_model(_testing))}
    said = advance(yard, release_id, steps, clock)
    looks.settle(yard, release_id, clock())
    return said


def _with_model(step: Step) -> Step:
    """Let a step wait for a model package that is not ready, and end the release if it never will be."""

    def guarded(yard: Yard, release: Release, now: float) -> Release:
        try:
            return step(yard, release, now)
        except NotReadyError as error:
            pause = APPROVAL_PAUSE if error.waiting else retry.MINUTE
            return commit(yard, release, stages.wait(release, now + pause, error.waiting, str(error)), now)
        except UnusableError as error:
            return commit(yard, release, stages.move(release, Stage.FAILED, str(error), now), now)
        except NotSubscribedError as error:
            spec = spec_in_force.pinned(yard, release)
            reason = f"{package_arn(spec) or algorithm_arn(spec)}: {error}"
            return commit(yard, release, stages.move(release, Stage.FAILED, reason, now), now)

    return guarded


def _training(yard: Yard, release: Release, now: float) -> Release:
    # Few releases are cancelled or tuned: to the others, loading it would be part of their cold start.
    if release.cancelled is not None:
        from yardmaster.flows import cancel

        return cancel.cancel_training(yard, release, release.cancelled, now)
    if release.tuning_job is not None:
        from yardmaster.flows import tuned

        match tuned.look(yard, release, now):
            case Release() as kept:
                return kept
            case tuned.Best() as best:
                return _tested(yard, best.release, best.job, best.reason, now)
    name = release.training_job or ""
    job = training_job.describe(yard.sagemaker, name)
    if job is None and retry.may_be_invisible(release, now):
        return commit(yard, release, stages.wait(release, now + retry.MINUTE), now)
    match after_training(_facts(job), name):
        case Running():
            return _runs(yard, release, job, now)
        case NoCapacity(reason):
            from yardmaster.flows import capacity

            return capacity.lacking(yard, release, reason, now)
        case Broken(stage, reason):
            known, took = _with_spot(release, job)
            return commit(yard, release, stages.move(known, stage, f"{reason}{took}", now), now)
        case Usable(reason):
            known, took = _with_spot(release, job)
            return _tested(yard, known, job, f"{reason}{took}", now)


def _runs(yard: Yard, release: Release, job: TrainingJob | None, now: float) -> Release:
    """Wait on for a training job; what becomes of one on spot capacity is followed."""
    if (facts := _spot_facts(release, job)) is None:
        entered, _ = stages.entered(release)
        due = retry.next_look(entered.at if entered else now, now)
        return commit(yard, release, stages.wait(release, due), now)
    return commit(yard, release, spot.followed(release, facts, retry.next_look(facts.since, now), now), now)


def _with_spot(release: Release, job: TrainingJob | None) -> tuple[Release, str]:
    """Return the release with what its job on spot capacity took, and that in words."""
    if (facts := _spot_facts(release, job)) is None:
        return release, ""
    known = spot.noted(release, facts)
    return known, spot.ended(known)


def _spot_facts(release: Release, job: TrainingJob | None) -> SpotFacts | None:
    if job is None or not release.spot:
        return None
    since = release.updated_at if job.since is None else job.since
    return SpotFacts(job.name, job.secondary, since, job.interruptions, job.seconds, job.billable)


def _tested(yard: Yard, release: Release, job: TrainingJob | None, reason: str, now: float) -> Release:
    """Make the model of a training job that ended well, or early."""
    try:
        return _make_model(yard, release, job, reason, now)
    except NotYetError as error:
        # SageMaker names the path of an artifact even if the job left none there.
        if job is None or job.artifact_uri is None or _is_there(yard, job.artifact_uri):
            raise
        ended = "ran out of time" if job.status == "Stopped" else "completed"
        advice = OUT_OF_TIME.get(job.secondary, LEAVE_A_MODEL)
        reason = f"training job {job.name} {ended} and left no model ({error}): {advice}"
        return commit(yard, release, stages.move(release, Stage.FAILED, reason, now), now)


def _is_there(yard: Yard, artifact_uri: str) -> bool:
    try:
        yard.bucket.head(yard.bucket.key_of(artifact_uri))
    except MissingObjectError:
        return False
    return True


def _facts(job: TrainingJob | None) -> JobFacts | None:
    if job is None:
        return None
    return JobFacts(job.name, job.status, job.secondary, job.failure_reason, job.artifact_uri is not None)


def _make_model(yard: Yard, release: Release, job: TrainingJob | None, reason: str, now: float) -> Release:
    made = make_models(yard, release, spec_in_force.pinned(yard, release), job, now)
    moved = stages.move(replace(made, transform_jobs={}), Stage.TESTING, reason, now, due=now)
    return commit(yard, release, moved, now)


def _testing(yard: Yard, release: Release, now: float) -> Release:
    if release.transform_jobs:
        return release  # They run; evaluate_candidate looks after them.
    if release.cancelled is not None:
        # Few releases are cancelled: to the others, loading it would be part of their cold start.
        from yardmaster.flows import cancel

        return cancel.cancel_tests(yard, release, release.cancelled, now)
    release = _with_columns(yard, release)
    facts = gather(yard, release)
    if release.model_name is None:  # Nothing was trained for it here.
        release = make_models(yard, release, facts.spec, None, now)
    if reason := _not_tested(release, facts):
        return commit(yard, release, _ungated(release, reason, now), now)
    test_manifest.pin(yard, release, facts.tests)
    requests = decide(yard, release, facts, _rows(yard, release, facts))
    wanted = _ask(release, requests)
    match spend.ask(yard, wanted, now):
        case Never(never):
            return commit(yard, release, stages.move(release, Stage.FAILED, never, now), now)
        case Wait() as room:
            return commit(yard, release, stages.wait_for_room(release, room, now), now)
        case Granted():
            pass
    try:
        for request in requests.values():
            transform_job.create(yard.sagemaker, request)
    except QuotaError as error:
        kind = spend.park(yard, wanted, error, now)
        return commit(yard, release, stages.wait_for_quota(release, str(error), now, kind), now)
    spend.accepted(yard, release, wanted, now)
    jobs = {role: request.name for role, request in requests.items()}
    started = replace(release, transform_jobs=jobs, waiting_for=None, due=retry.next_look(now, now), failures=0)
    return commit(yard, release, replace(started, reason=_reason(facts)), now)


def _ask(release: Release, requests: dict[str, TransformJobRequest]) -> Ask:
    """Return the room that transform jobs need; they have no limit of time, and are taken for an hour each at first."""
    jobs, kind = len(requests), next(iter(requests.values())).instance_type
    key, quota = spend.key_of(release, spend.TESTS), of_transforms(kind)
    return Ask(key, release.id, release.model, jobs, jobs, float(jobs), quota)


def _not_tested(release: Release, facts: Facts) -> str | None:
    """Say why a model is not tested; None if it is."""
    if not facts.scorings:
        name = profile_of(facts.spec.algorithm).name
        return f"{name} learns from {content_type_of(facts.spec)}, which is not scored row by row"
    if facts.tests:
        return None
    if not release.source.is_model:
        rows = "the drop has no test channel"
    elif release.baseline is None:
        rows = "nothing is in service, whose test rows it could be scored on"
    else:
        rows = "the release in service has no test rows, or not any more"
    return f"{rows}: nobody knows how good this model is"


def _ungated(release: Release, reason: str, now: float) -> Release:
    moved = stages.move(release, Stage.EVALUATED, f"ungated: {reason}", now, due=now)
    return replace(moved, evaluation={"verdict": registering.UNGATED, "reason": reason})


def _with_columns(yard: Yard, release: Release) -> Release:
    """Return a model from elsewhere with the columns of the release that it is compared with, if it has none."""
    if release.columns_digest is not None or release.baseline is None:
        return release
    baseline = yard.table.get_release(release.baseline)
    if baseline is None:
        return release
    return replace(release, columns_uri=baseline.columns_uri, columns_digest=baseline.columns_digest)


def gather(yard: Yard, release: Release) -> Facts:
    """Read the pinned spec, the columns, and which releases' rows to test on."""
    spec = spec_in_force.pinned(yard, release)
    others = list(yard.table.releases_of(release.model))
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    if release.source.is_model:
        # Those of the release in service, as far as they are still there: they belong to it, and may be old.
        last = spec.evaluate.test_on.last
        compared = compared_releases(rows_of_model(baseline, others), others, last) if baseline else ()
        tests = tuple(test for test in compared if test_manifest.rows_are_there(yard, test))
    else:
        tests = compared_releases(release, others, spec.evaluate.test_on.last)
    baseline = baseline if baseline and baseline.columns_digest else None
    if release.columns_digest is None:
        tests = ()  # Nobody knows what rows it takes.
    columns: dict[str | None, Columns] = {}
    for one in (release, *tests[-1:], baseline) if tests else ():
        # Nearly always all have the same.
        if one is not None and one.columns_uri is not None and one.columns_digest not in columns:
            columns[one.columns_digest] = read_columns(yard, one)
    asked = scorings(yard, release, spec, shape_of(yard, release, spec), baseline if _has_model(baseline) else None)
    return Facts(spec, tests, baseline, columns, asked)


def _has_model(baseline: Release | None) -> bool:
    return baseline is not None and baseline.model_name is not None


def _roles(release: Release, facts: Facts) -> dict[str, Release]:
    """Return whose model is scored as what."""
    roles = {"candidate": release}
    if facts.baseline is not None and _has_model(facts.baseline):
        roles["baseline"] = facts.baseline
    return roles


def _rows(yard: Yard, release: Release, facts: Facts) -> dict[str, RoleRows]:
    """Return what each role is scored on; rows that nobody encoded are the same to both."""
    as_they_are = RoleRows(test_manifest.uri(yard, release), 0)
    encoding = facts.columns.get(facts.tests[-1].columns_digest)
    found = {}
    for role, one in _roles(release, facts).items():
        own = facts.columns.get(one.columns_digest)
        found[role] = as_they_are
        if encoding is not None and own is not None:
            found[role] = rows_of(yard, release, role, own, facts.tests, encoding)
    return found


def decide(yard: Yard, release: Release, facts: Facts, rows: dict[str, RoleRows]) -> dict[str, TransformJobRequest]:
    """Return the transform job of each role: `candidate`, and `baseline` if there is one."""
    models = {role: one.model_name or "" for role, one in _roles(release, facts).items()}
    name = job_name(yard.settings.prefix, release.model, release.id, release.attempt)
    return {
        role: TransformJobRequest(
            name=f"{name}-{role}",
            model_name=model,
            manifest_uri=rows[role].manifest_uri,
            output_uri=test_manifest.scores_uri(yard, release, role),
            content_type=facts.scorings[role].content_type,
            accept=facts.scorings[role].accept,
            input_filter="$[1:]" if facts.scorings[role].labelled else None,
            output_filter=output_filter(rows[role].features) if facts.scorings[role].joined else None,
            joined=facts.scorings[role].joined,
            instance_type=facts.spec.train.instance_type,
            instance_count=1,
            tags=yard.settings.tags(release.model, release.id),
            protection=protection(yard.settings, facts.spec.train.instance_type),
        )
        for role, model in models.items()
    }


def _reason(facts: Facts) -> str:
    rows = sum(test.channels["test"].rows for test in facts.tests)
    drops = ", ".join(f"#{test.number}" for test in facts.tests)
    who = "candidate and baseline" if facts.baseline else "the candidate"
    return f"scoring {who} on {rows:,} test rows of {drops}"
