"""Registered → deploying: an approved release takes its turn, and its endpoint gets a second variant (or its first)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws import endpoint as aws_endpoint
from yardmaster.aws import model_package
from yardmaster.aws.endpoint import EndpointState, Variant, VariantRequest
from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.flows import finish, judge_canary, spec_in_force
from yardmaster.flows.advance import advance, commit
from yardmaster.flows.keep import Kept, keep
from yardmaster.flows.obey import obey
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Stage, Waiting, WaitKind
from yardmaster.rules import approval, endpoint_form, endpoint_rows, preflight, queue, retention, retry, scaling, stages
from yardmaster.rules import shared_endpoint as shared_rules
from yardmaster.rules.approval import PackageFacts
from yardmaster.rules.commands import Command
from yardmaster.rules.fleet import canary_count
from yardmaster.rules.names import is_package, job_name, release_of_job, variant_name
from yardmaster.rules.shift import FULL_WEIGHT, SETTLED, Phase, Shift
from yardmaster.spec.schema import CanarySpec, DeploySpec, Spec

ENDPOINT_PAUSE = 5 * 60.0
"""Seconds until a release that waits for its endpoint looks again, if nobody wakes it."""
_STATUS: dict[str, model_package.Approval] = {"approve": "Approved", "reject": "Rejected"}
APPROVAL_PAUSE = 24 * 3600.0
"""Seconds until a release that waits for a person looks again; events and the tick's Search are much faster."""


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Deploy a registered release, if it is approved and its turn; return what became of it."""
    _reopen(yard, release_id, clock())
    steps = {Stage.REGISTERED: _registered, Stage.DEPLOYING: judge_canary.deploying}
    return advance(yard, release_id, steps, clock)


def package_changed(yard: Yard, arn: str, clock: Callable[[], float]) -> str:
    """Look at the release of a package that was approved or rejected, by whomever."""
    if not is_package(yard.settings.prefix, arn):
        return "not a package of this stack"
    package = model_package.describe(yard.sagemaker, arn)
    if package is None:
        return f"{arn} is gone"
    if (release := yard.table.get_release(package.metadata.get("release", ""))) is not None:
        return run(yard, release.id, clock)
    if package.approval != "Approved":
        return f"{arn} was registered by somebody else, and is not approved"
    # Few packages are somebody else's: to the others, loading it would be part of their cold start.
    from yardmaster.flows import receive_package

    return receive_package.receive(yard, package, clock())


def command(yard: Yard, asked: Command, clock: Callable[[], float]) -> str:
    """Approve or reject a release's package on a person's word, and go on; return what became of it, or why not."""
    refused = obey(yard, asked, lambda release: (_commanded(yard, release, asked), ()), clock())
    return refused or run(yard, asked.release, clock)


def _commanded(yard: Yard, release: Release, asked: Command) -> Release:
    """Write the person's word into the registry, which decides; the release itself stays as it is.

    Raises:
        RefusedError: The release has no package yet, or is past being approved.
    """
    if asked.name not in _STATUS:
        raise RefusedError(f"{asked.name} is not a command of deploy_canary: approve or reject")
    if release.package_arn is None:
        raise RefusedError(f"{release.title} is {release.stage.value}: it has no model package to {asked.name} yet")
    if release.stage is not Stage.REGISTERED and release.stage not in approval.OVERRULABLE:
        raise RefusedError(f"{release.title} is {release.stage.value}: there is nothing to {asked.name} now")
    if asked.name == "approve" and (removed := retention.gone(release)):
        raise RefusedError(removed)
    model_package.set_approval(yard.sagemaker, release.package_arn, _STATUS[asked.name], asked.said)
    return release


def _package(yard: Yard, release: Release) -> PackageFacts | None:
    package = model_package.describe(yard.sagemaker, release.package_arn or "")
    if package is None:
        return None
    return PackageFacts(package.approval, package.modified_at, package.modified_by, package.said)


def _reopen(yard: Yard, release_id: str, now: float) -> None:
    """A person overruled an ending: the release gets a new attempt."""
    release = yard.table.get_release(release_id)
    if release is None or release.package_arn is None or release.stage not in approval.OVERRULABLE:
        return
    package = _package(yard, release)
    if package is None or not approval.reopens(release, package):
        return
    if removed := retention.gone(release):
        # The registry's word would wait for ever: whoever said yes there reads why not.
        model_package.set_approval(yard.sagemaker, release.package_arn, "Rejected", removed)
        return
    again = replace(release, attempt=release.attempt + 1, deploy={})
    reason = f"approved after it had ended{package.word}"
    commit(yard, release, stages.move(again, Stage.REGISTERED, reason, now, due=now), now)


def _registered(yard: Yard, release: Release, now: float) -> Release:
    package = _package(yard, release)
    if package is None and retry.may_be_invisible(release, now):
        return commit(yard, release, stages.wait(release, now + retry.MINUTE), now)
    match approval.opinion(package):
        case approval.Pending():
            waiting = Waiting(WaitKind.APPROVAL, release.package_arn or "", since=now)
            # An approval that was taken back, or that belonged to an earlier attempt, gives no place in the queue.
            unsaid = replace(release, approved_at=None, approved_by=None)
            return commit(yard, release, stages.wait(unsaid, now + APPROVAL_PAUSE, waiting), now)
        case approval.Rejected(reason):
            return commit(yard, release, stages.move(release, Stage.REJECTED, reason, now), now)
        case approval.Approved(at, by):
            if release.approved_at != at:
                release = commit(yard, release, replace(release, approved_at=at, approved_by=by), now)
            return _approved(yard, release, now)


def _approved(yard: Yard, release: Release, now: float) -> Release:
    spec = spec_in_force.pinned(yard, release)
    name = spec.deploy.endpoint or release.model if spec.deploy else ""
    row = yard.table.get_endpoint(name) or Endpoint(name=name, model=release.model, revision=0)
    shares = spec.deploy is not None and spec.deploy.multi_model
    if wrong := shared_rules.owner_refusal(row, release.model, shares=shares):
        return commit(yard, release, stages.move(release, Stage.FAILED, wrong, now), now)
    match _turn(yard, release, row):
        case queue.Go() if spec.deploy is None:
            return finish.live(yard, release, "approved; the spec asks for no endpoint", now)
        case queue.Go() if excess := preflight.limit_refusal(preflight.asked_of_endpoint(spec), yard.settings.limits):
            # The spec was accepted under other limits. What scaling made of the baseline is not the spec's affair.
            reason = f"{excess}: raise that and approve it again, or change the spec and drop the data again"
            return finish.reject(yard, release, reason, now)
        case queue.Go() if wrong := preflight.network_refusal(spec, yard.settings.subnets):
            return finish.reject(yard, release, wrong, now)
        case queue.Go():
            return _awake(yard, release, spec, row, now)
        case queue.WaitForEndpoint(holder, position, reason):
            waiting = Waiting(WaitKind.ENDPOINT, f"{name}, held by {holder}", now, position, now + ENDPOINT_PAUSE)
            return commit(yard, release, stages.wait(release, now + ENDPOINT_PAUSE, waiting, reason), now)
        case queue.Superseded(reason):
            return commit(yard, release, stages.move(release, Stage.SUPERSEDED, reason, now), now)
        case queue.CompareAgain(baseline, reason):
            again = replace(
                release,
                baseline=baseline,
                attempt=release.attempt + 1,
                transform_jobs={},
                deploy={},
                approved_at=None,
                approved_by=None,
            )
            return commit(yard, release, stages.move(again, Stage.TESTING, reason, now, due=now), now)


def _turn(yard: Yard, release: Release, row: Endpoint) -> queue.Turn:
    model = yard.table.get_model(release.model)
    in_service = model.in_service if model else None
    holder = yard.table.get_release(row.holder) if row.holder else None
    # Who is in service counts too: a release that was approved earlier must not come after it.
    serving = yard.table.get_release(in_service) if in_service else None
    others = yard.table.releases_of(release.model, stages={Stage.REGISTERED})
    approved = [other for other in (*others, serving) if other is not None and other.approved_at is not None]
    return queue.whose_turn(release, holder, approved, in_service)


@dataclass(frozen=True)
class _Plan:
    """The shift, and the configurations that it needs, by name."""

    shift: Shift
    configs: dict[str, tuple[VariantRequest, ...]]
    kept: Kept
    reason: str


def _awake(yard: Yard, release: Release, spec: Spec, row: Endpoint, now: float) -> Release:
    """Deploy on an endpoint that is there, or was never; one that is stopped is started first."""
    if row.state:
        # Few endpoints are ever stopped: to the others, loading it would be part of their cold start.
        from yardmaster.flows import asleep

        if (remade := asleep.remade(yard, row)) is None:
            return asleep.wait(yard, release, spec, row, now)
        row = remade
    return _deploy(yard, release, spec, row, now)


def _deploy(yard: Yard, release: Release, spec: Spec, row: Endpoint, now: float) -> Release:
    """Make the configurations, take the endpoint, move: the endpoint itself is changed by the next step."""
    state = aws_endpoint.describe(yard.sagemaker, row.name)
    if state is not None and (refusal := _not_ours(yard, state)):
        return commit(yard, release, stages.move(release, Stage.FAILED, refusal, now), now)
    present = state.config if state else None
    if state is not None and state.status == "Failed":
        # It serves nobody. The shift deletes it, and makes it again for this release: there is nothing to compare with.
        state = None
    if state is not None and state.status not in SETTLED:
        waiting = Waiting(WaitKind.ENDPOINT, f"{row.name} is {state.status}", since=now, next_try=now + ENDPOINT_PAUSE)
        return commit(yard, release, stages.wait(release, now + ENDPOINT_PAUSE, waiting), now)
    if spec.deploy is not None and spec.deploy.multi_model:
        from yardmaster.flows import shared_endpoint

        return shared_endpoint.deploy(yard, release, spec.deploy, row, state, now)
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    # Another may be in service by now than when it was prepared.
    if changed := endpoint_rows.refusal(release, spec, baseline, yard.settings.region):
        return commit(yard, release, stages.move(release, Stage.FAILED, changed, now), now)
    plan = make_plan(yard, release, baseline, spec, row.name, state, present)
    if plan.kept.lost:
        lost = f"{', '.join(plan.kept.lost)} in its configuration {present}, which a release can't keep"
        reason = f"endpoint {row.name} has {lost}: take it off, or give deploy.endpoint another name"
        return commit(yard, release, stages.move(release, Stage.FAILED, reason, now), now)
    serving = plan.kept.serving if state is not None else None
    if serving is not None and (wrong := endpoint_form.mismatch(spec, row.name, serving.serverless is not None)):
        return finish.reject(yard, release, wrong, now)
    for name, variants in plan.configs.items():
        tags = yard.settings.tags(release.model, release.id)
        protected = plan.kept.protection(yard, variants)
        aws_endpoint.create_config(yard.sagemaker, name, variants, tags, protected, plan.kept.capture)
    # A person's word belongs into the history; the spec's own approval needs no mention.
    reason = f"approved{release.approved_by}; {plan.reason}" if release.approved_by else plan.reason
    moved = stages.move(replace(release, deploy=plan.shift.to_dict()), Stage.DEPLOYING, reason, now, due=now)
    return commit(yard, release, moved, now, replace(row, holder=release.id))


def _not_ours(yard: Yard, state: EndpointState) -> str | None:
    tags = aws_endpoint.tags_of(yard.sagemaker, state.arn)
    if tags.get("yardmaster") == yard.settings.stack:
        return None
    return (
        f"endpoint {state.name} exists and is not this stack's: tag it yardmaster={yard.settings.stack} to hand it "
        "over, or give deploy.endpoint another name"
    )


def make_plan(
    yard: Yard,
    release: Release,
    baseline: Release | None,
    spec: Spec,
    endpoint: str,
    state: EndpointState | None,
    present: str | None,
) -> _Plan:
    """Decide the variants and configurations of a deployment.

    Args:
        yard: For names, and to look at the configuration that serves.
        release: The candidate.
        baseline: The release in service; None for the first.
        spec: The release's spec.
        endpoint: The endpoint's name.
        state: The endpoint as it is; None if there is none that serves.
        present: The configuration that the endpoint has, also if it failed; None without one.
    """
    deploy = spec.deploy or DeploySpec()
    name = job_name(yard.settings.prefix, release.model, release.id, release.attempt)
    variant = variant_name(release.id)
    old_name = variant_name(baseline.id) if baseline else None
    serving = state.variant(old_name) if state and old_name else None
    kept = keep(yard, release.model, deploy, present, old_name if serving else None)
    alone = _alone(deploy, variant, release.deployed_model, kept)
    wanted = scaling.of_spec(deploy.autoscaling, endpoint, variant)
    if state is None or serving is None or deploy.canary is None:
        shift = Shift(
            endpoint,
            variant,
            None,
            {"alone": f"{name}-alone"},
            (FULL_WEIGHT,),
            Phase.FIRST,
            scaling=wanted,
            made=state is None and baseline is None,
        )
        asked = (
            "the spec asks for no canary" if serving and deploy.canary is None else "there is nothing to compare with"
        )
        why = "it is made for this release" if state is None else f"moved at once: {asked}"
        return _Plan(shift, {f"{name}-alone": (alone,)}, kept, f"endpoint {endpoint}: {why}{kept.told(yard, alone)}")
    plan = _canary_plan(yard, deploy.canary, state, serving, alone, name, kept)
    return replace(plan, shift=replace(plan.shift, scaling=wanted))


def _alone(deploy: DeploySpec, name: str, model: str, kept: Kept) -> VariantRequest:
    """Return the new variant with all traffic."""
    if deploy.serverless is not None:
        sizes = deploy.serverless.sizes()
        return VariantRequest(name, model, "", 0, FULL_WEIGHT, kept.settings(""), sizes)
    kind, count = deploy.instance_type, deploy.initial_instance_count
    return VariantRequest(name, model, kind, count, FULL_WEIGHT, kept.settings(kind))


def _canary_plan(
    yard: Yard,
    canary: CanarySpec,
    state: EndpointState,
    serving: Variant,
    alone: VariantRequest,
    name: str,
    kept: Kept,
) -> _Plan:
    """Two variants: the serving one as it is now, and the new one with the first step's share."""
    weights = tuple(float(weight) for weight in canary.step_weights)
    if kept.serving is None:
        raise YardmasterError(
            f"endpoint {state.name}: its configuration {state.config} is gone, without which AWS refuses updates: "
            "make it again under that name"
        )
    old = replace(kept.serving, instance_count=serving.current_count, weight=FULL_WEIGHT - weights[0])
    count = canary_count(serving.current_count, weights[0], alone.instance_count)
    new = replace(alone, instance_count=count, weight=weights[0])
    configs = {"shared": f"{name}-shared", "alone": f"{name}-alone", "before": state.config}
    requests = {
        configs["shared"]: (old, new),
        configs["alone"]: (replace(alone, instance_count=max(serving.current_count, alone.instance_count)),),
    }
    if release_of_job(yard.settings.prefix, state.config) is None:
        # Somebody else made it: without the stack's tag no function may move an endpoint back to it.
        configs["before"] = f"{name}-before"
        requests[configs["before"]] = (replace(old, weight=FULL_WEIGHT),)
    shift = Shift(state.name, alone.name, serving.name, configs, weights, Phase.STEP)
    reason = f"endpoint {state.name}: {old.name} {old.weight:g}, {new.name} {new.weight:g}{kept.told(yard, old, new)}"
    return _Plan(shift, requests, kept, reason)
