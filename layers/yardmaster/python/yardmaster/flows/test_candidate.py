"""Training → testing: the model, and the transform jobs that score candidate and baseline on the same rows.

A model that was trained elsewhere comes here untrained; if no test rows are left for it, it goes on ungated.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws import training_job, transform_job
from yardmaster.aws.bucket import MissingObjectError
from yardmaster.aws.sagemaker_errors import NotYetError, QuotaError
from yardmaster.aws.training_job import TrainingJob
from yardmaster.aws.transform_job import TransformJobRequest
from yardmaster.flows import spec_in_force, test_manifest
from yardmaster.flows.advance import advance, commit
from yardmaster.flows.protection import protection
from yardmaster.flows.scored import scorings
from yardmaster.flows.serving import make_models
from yardmaster.flows.shape import shape_of
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release, Stage
from yardmaster.rules import registering, retry, stages
from yardmaster.rules.names import job_name
from yardmaster.rules.scoring import Scoring, output_filter
from yardmaster.rules.testing import Broken, JobFacts, Running, Usable, after_training, compared_releases
from yardmaster.spec.of_algorithm import content_type_of
from yardmaster.spec.schema import Spec

LEAVE_A_MODEL = "the script must write it into the folder that the variable SM_MODEL_DIR names (/opt/ml/model)"
"""What becomes the artifact is all that lies there when the script ends."""


@dataclass(frozen=True)
class Facts:
    """What was gathered: the pinned spec, the releases whose rows are tested on, the baseline, how rows are scored.

    `scorings` has how each model is asked, by role; empty if nobody can ask one.
    """

    spec: Spec
    tests: tuple[Release, ...]
    baseline: Release | None
    features: int
    scorings: dict[str, Scoring]


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Test the candidate of a release whose training ended; return what became of it."""
    steps = {Stage.TRAINING: _training, Stage.TESTING: _testing}
    return advance(yard, release_id, steps, clock)


def _training(yard: Yard, release: Release, now: float) -> Release:
    if release.tuning_job is not None or release.cancelled is not None:
        # Few releases are tuned or cancelled: to the others, loading it would be part of their cold start.
        from yardmaster.flows import tuned

        if release.cancelled is not None:
            return tuned.cancel(yard, release, release.cancelled, now)
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
            started = release.history[-1].at
            return commit(yard, release, stages.wait(release, retry.next_look(started, now)), now)
        case Broken(stage, reason):
            return commit(yard, release, stages.move(release, stage, reason, now), now)
        case Usable(reason):
            return _tested(yard, release, job, reason, now)


def _tested(yard: Yard, release: Release, job: TrainingJob | None, reason: str, now: float) -> Release:
    """Make the model of a training job that ended well, or early."""
    try:
        return _make_model(yard, release, job, reason, now)
    except NotYetError as error:
        # SageMaker names the path of an artifact even if the job left none there.
        if job is None or job.artifact_uri is None or _is_there(yard, job.artifact_uri):
            raise
        ended = "ran out of time" if job.status == "Stopped" else "completed"
        advice = "raise train.max_run" if job.status == "Stopped" else LEAVE_A_MODEL
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
    made = make_models(yard, release, spec_in_force.pinned(yard, release), job)
    moved = stages.move(replace(made, transform_jobs={}), Stage.TESTING, reason, now, due=now)
    return commit(yard, release, moved, now)


def _testing(yard: Yard, release: Release, now: float) -> Release:
    if release.transform_jobs:
        return release  # They run; evaluate_candidate looks after them.
    facts = gather(yard, release)
    if release.model_name is None:  # It was trained elsewhere.
        release = make_models(yard, release, facts.spec, None)
    if reason := _not_tested(release, facts):
        return commit(yard, release, _ungated(release, reason, now), now)
    manifest_uri = test_manifest.pin(yard, release, facts.tests)
    requests = decide(yard, release, facts, manifest_uri)
    try:
        for request in requests.values():
            transform_job.create(yard.sagemaker, request)
    except QuotaError as error:
        return commit(yard, release, stages.wait_for_quota(release, str(error), now), now)
    jobs = {role: request.name for role, request in requests.items()}
    started = replace(release, transform_jobs=jobs, waiting_for=None, due=retry.next_look(now, now), failures=0)
    return commit(yard, release, replace(started, reason=_reason(facts)), now)


def _not_tested(release: Release, facts: Facts) -> str | None:
    """Say why a model is not tested; None if it is."""
    if not facts.scorings:
        return f"{facts.spec.algorithm} learns from {content_type_of(facts.spec)}, which is not scored row by row"
    if facts.tests:
        return None
    if release.source.kind is DropKind.ARTIFACT:
        return "the release in service has no test rows any more: nobody knows how good this model is"
    return "the drop has no test channel: nobody knows how good this model is"


def _ungated(release: Release, reason: str, now: float) -> Release:
    moved = stages.move(release, Stage.EVALUATED, f"ungated: {reason}", now, due=now)
    return replace(moved, evaluation={"verdict": registering.UNGATED, "reason": reason})


def gather(yard: Yard, release: Release) -> Facts:
    """Read the pinned spec, the columns, and which releases' rows to test on."""
    spec = spec_in_force.pinned(yard, release)
    others = list(yard.table.releases_of(release.model))
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    if release.source.kind is DropKind.ARTIFACT:
        # Those of the release in service, as far as they are still there: they belong to it, and may be old.
        compared = compared_releases(baseline, others, spec.evaluate.test_on.last) if baseline else ()
        tests = tuple(test for test in compared if test_manifest.rows_are_there(yard, test))
    else:
        tests = compared_releases(release, others, spec.evaluate.test_on.last)
    shape = shape_of(yard, release, spec)
    return Facts(
        spec=spec,
        tests=tests,
        baseline=baseline,
        features=shape.features,
        scorings=scorings(yard, release, spec, shape, baseline if baseline and baseline.model_name else None),
    )


def decide(yard: Yard, release: Release, facts: Facts, manifest_uri: str) -> dict[str, TransformJobRequest]:
    """Return the transform job of each role: `candidate`, and `baseline` if there is one."""
    models = {"candidate": release.model_name or ""}
    if facts.baseline is not None and facts.baseline.model_name:
        models["baseline"] = facts.baseline.model_name
    name = job_name(yard.settings.prefix, release.model, release.id, release.attempt)
    return {
        role: TransformJobRequest(
            name=f"{name}-{role}",
            model_name=model,
            manifest_uri=manifest_uri,
            output_uri=test_manifest.scores_uri(yard, release, role),
            content_type=facts.scorings[role].content_type,
            accept=facts.scorings[role].accept,
            input_filter="$[1:]" if facts.scorings[role].labelled else None,
            output_filter=output_filter(facts.features) if facts.scorings[role].joined else None,
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
