"""Testing → evaluated → registered: metrics, gate, evaluation.json, and the model package."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from yardmaster.aws import model_package, training_job, transform_job
from yardmaster.aws.model_package import PackageRequest
from yardmaster.aws.training_job import TrainingJob
from yardmaster.aws.transform_job import TransformJob
from yardmaster.errors import MeasurementError
from yardmaster.flows import spec_in_force, spend, test_manifest
from yardmaster.flows.advance import advance, commit
from yardmaster.flows.scored import TestRows
from yardmaster.flows.scorings import scorings
from yardmaster.flows.serving import serving
from yardmaster.flows.shape import shape_of
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release, Stage
from yardmaster.rules import registering, retry, stages
from yardmaster.rules.drift import sketch
from yardmaster.rules.evaluating import Broken, Done, JobState, Running, after_transforms, conditions_of, threshold_of
from yardmaster.rules.gate import Earlier, GateDecision, evaluate_gate, gate_record
from yardmaster.rules.metrics.measure import Scored, measure
from yardmaster.rules.metrics.overfit import overfit_note
from yardmaster.rules.metrics.report import evaluation_report
from yardmaster.rules.metrics.scores import Scores, join_scores
from yardmaster.rules.names import job_name, package_group
from yardmaster.rules.spot import BILLABLE, SECONDS, savings
from yardmaster.rules.testing import NoCapacity
from yardmaster.spec.schema import Spec

CONTENT_JSON = "application/json"


@dataclass(frozen=True)
class Facts:
    """What was gathered: the scored rows of both models, and the training job's own figures.

    `earlier` has both models on the rows of the earlier drops alone; None if there are none, or no baseline.
    """

    spec: Spec
    candidate: Scored
    baseline: Scored | None
    earlier: Earlier | None
    train_metrics: dict[str, float]


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Evaluate the candidate of a release whose transform jobs ended; return what became of it."""
    looks = spend.Looks()
    steps = {Stage.TESTING: looks.of(_testing), Stage.EVALUATED: looks.of(_evaluated)}
    said = advance(yard, release_id, steps, clock)
    looks.settle(yard, release_id, clock())
    return said


def _testing(yard: Yard, release: Release, now: float) -> Release:
    if not release.transform_jobs:
        return release  # test_candidate starts them.
    if release.cancelled is not None:
        # Few releases are cancelled: to the others, loading it would be part of their cold start.
        from yardmaster.flows import cancel

        return cancel.cancel_tests(yard, release, release.cancelled, now)
    jobs = {role: transform_job.describe(yard.sagemaker, name) for role, name in release.transform_jobs.items()}
    match after_transforms({role: _state(job) for role, job in jobs.items()}):
        case Running():
            started = release.history[-1].at
            return commit(yard, release, stages.wait(release, retry.next_look(started, now)), now)
        case NoCapacity(reason):
            # Few find none: to the others, loading it would be part of their cold start.
            from yardmaster.flows import capacity

            for job in jobs.values():
                if job is not None and job.status == "InProgress":
                    # Both are made anew, and scored on the same rows.
                    transform_job.stop(yard.sagemaker, job.name)
            return capacity.lacking(yard, release, reason, now)
        case Broken(stage, reason):
            return commit(yard, release, stages.move(release, stage, reason, now), now)
        case Done():
            facts = gather(yard, release)
            decision = decide(facts)
            return _record(yard, release, facts, decision, now)


def _state(job: TransformJob | None) -> JobState | None:
    return JobState(job.name, job.status, job.failure_reason) if job else None


def gather(yard: Yard, release: Release) -> Facts:
    """Read both models' scores of the test rows, and what the training job reported."""
    spec = spec_in_force.pinned(yard, release)
    shape = shape_of(yard, release, spec)
    job = _training_job(yard, release)
    compared = yard.table.get_release(release.baseline or "") if "baseline" in release.transform_jobs else None
    if compared is None and "baseline" in release.transform_jobs:
        raise MeasurementError(f"the baseline {release.baseline} is gone from the table: nobody knows how it answers")
    asked = scorings(yard, release, spec, shape, compared)
    rows = TestRows(yard, release, shape, asked["candidate"].content_type)

    def measured(parts: list[Scores]) -> Scored:
        return measure(shape.problem, join_scores(parts), threshold=threshold_of(spec), class_names=shape.classes)

    candidate = rows.scores("candidate", asked["candidate"])
    baseline = rows.scores("baseline", asked["baseline"]) if "baseline" in asked else []
    earlier = None
    # A model from elsewhere brings no rows: all are of earlier drops.
    if baseline and len(candidate) > 1 and not release.source.is_model:
        # The manifest lists the oldest drop first and this one last.
        names = test_manifest.drops(yard, release)[:-1]
        earlier = Earlier(measured(candidate[:-1]), measured(baseline[:-1]), " and ".join(names))
    return Facts(
        spec=spec,
        candidate=measured(candidate),
        baseline=measured(baseline) if baseline else None,
        earlier=earlier,
        train_metrics=job.metrics if job else {},
    )


def _training_job(yard: Yard, release: Release) -> TrainingJob | None:
    """Return the release's training job; None if it is gone, or the model was trained elsewhere."""
    return training_job.describe(yard.sagemaker, release.training_job) if release.training_job else None


def decide(facts: Facts) -> GateDecision:
    """Put the candidate through the spec's gate."""
    conditions = conditions_of(facts.spec, facts.candidate.metrics.problem)
    return evaluate_gate(conditions, facts.candidate, facts.baseline, facts.earlier)


def _record(yard: Yard, release: Release, facts: Facts, decision: GateDecision, now: float) -> Release:
    """Write evaluation.json, and what the release's row keeps of it."""
    extras = _extras(release, facts, decision)
    report = evaluation_report(facts.candidate.metrics, extras)
    key = f"{release.folder}evaluation-{release.attempt}.json"
    text = json.dumps(report, indent=1).encode()
    yard.bucket.write(key, text, CONTENT_JSON)
    yard.bucket.write(f"{release.folder}evaluation.json", text, CONTENT_JSON)
    evaluation = {
        "uri": yard.bucket.uri(key),
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "rows": facts.candidate.metrics.rows,
        "candidate": dict(facts.candidate.metrics.values),
        "baseline": dict(facts.baseline.metrics.values) if facts.baseline else None,
        "overfit": extras["overfit"],
    }
    moved = stages.move(release, Stage.EVALUATED, decision.reason, now, due=now)
    return commit(yard, release, replace(moved, evaluation=evaluation), now)


def _extras(release: Release, facts: Facts, decision: GateDecision) -> dict[str, Any]:
    return {
        "release": release.title,
        "baseline_release": release.baseline,
        "baseline": dict(facts.baseline.metrics.values) if facts.baseline else None,
        "trained_on": list(release.trained_on),
        "training_job": release.training_job,
        "training_metrics": facts.train_metrics,
        "tuning_job": release.tuning_job,
        "tuning": release.tuning.get("uri"),
        "overfit": [note.text for note in overfit_note(facts.train_metrics, facts.candidate.metrics.values)],
        "earlier": _earlier(facts.earlier),
        "answers": _answers(facts),
        "gate": gate_record(decision),
    }


def _answers(facts: Facts) -> dict[str, Any]:
    """Return what both models answered on the test rows, in little space: live answers are compared with it."""
    models = {"candidate": facts.candidate, "baseline": facts.baseline}
    return {
        role: sketch(model.metrics.problem, model.scores).to_dict() if model and model.scores.columns else None
        for role, model in models.items()
    }


def _earlier(found: Earlier | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "rows_of": found.rows_of,
        "rows": found.candidate.metrics.rows,
        "candidate": dict(found.candidate.metrics.values),
        "baseline": dict(found.baseline.metrics.values),
    }


def _evaluated(yard: Yard, release: Release, now: float) -> Release:
    if release.source.kind is DropKind.PACKAGE:
        return _evaluated_package(yard, release, now)
    spec = spec_in_force.pinned(yard, release)
    problem = shape_of(yard, release, spec).problem
    plan = registering.after_gate(release.evaluation["verdict"], registering.approval_asked(spec.registration, problem))
    group = package_group(yard.settings.prefix, release.model)
    tags = {"yardmaster": yard.settings.stack, "yardmaster:model": release.model}
    model_package.ensure_group(yard.sagemaker, group, tags)
    arn = model_package.create(yard.sagemaker, _package(yard, release, spec, group, plan))
    if plan.stage is Stage.REJECTED and _is_overruled(yard, arn):
        # A crash came between the package and this row, and a person was faster than the next try.
        plan = registering.OVERRULED
    reason = f"{plan.reason}: {release.evaluation['reason']}"
    moved = stages.move(replace(release, package_arn=arn), plan.stage, reason, now, due=plan.due(now))
    return commit(yard, release, moved, now)


def _evaluated_package(yard: Yard, release: Release, now: float) -> Release:
    """Write the gate's word into the package that a person registered, and go on with it."""
    # Few packages are somebody else's: to the others, loading it would be part of their cold start.
    from yardmaster.flows import registered_package

    # The person has approved it already, whatever the spec gives to models that are trained here.
    wanted = registering.after_gate(release.evaluation["verdict"], "Approved")
    why = f"{wanted.reason}: {release.evaluation['reason']}"
    plan = registered_package.decide(yard, release, wanted, why, _metadata(release))
    reason = f"{plan.reason}: {release.evaluation['reason']}"
    known = replace(release, package_arn=release.source.key)
    return commit(yard, release, stages.move(known, plan.stage, reason, now, due=plan.due(now)), now)


def _is_overruled(yard: Yard, arn: str) -> bool:
    package = model_package.describe(yard.sagemaker, arn)
    return package is not None and package.approval == "Approved"


def _package(yard: Yard, release: Release, spec: Spec, group: str, plan: registering.Registration) -> PackageRequest:
    job = _training_job(yard, release)
    containers = serving(yard, release, spec, job).deployed
    # The container of a package may be a seller's: the model is registered instead.
    of_package = any(container.package is not None for container in containers)
    model = yard.settings.arn("model", release.served_model or release.model_name or "")
    return PackageRequest(
        group=group,
        token=job_name(yard.settings.prefix, release.model, release.id, release.attempt),
        description=f"{release.title}: {plan.reason}: {release.evaluation['reason']}",
        approval=plan.approval,
        containers=() if of_package else containers,
        source_uri=model if of_package else None,
        evaluation_uri=release.evaluation.get("uri"),
        training_job_arn=job.arn if job else None,
        metadata=_metadata(release),
    )


def _metadata(release: Release) -> dict[str, str]:
    """Return what a package tells of its release."""
    return {
        "release": release.id,
        "number": str(release.number),
        "attempt": str(release.attempt),
        "verdict": release.evaluation["verdict"],
        **_spent(release),
    }


def _spent(release: Release) -> dict[str, str]:
    """Return what training on spot capacity took, in seconds, and the share saved; the registry takes no `%`."""
    if (saved := savings(release.spot)) is None:
        return {}
    figures = {"training_seconds": release.spot[SECONDS], "billable_seconds": release.spot[BILLABLE]}
    return {**{name: str(value) for name, value in figures.items()}, "spot_savings": f"{saved:.2f}"}
