"""A live release gives its endpoint back to one that was live before, in one step: nothing is trained or judged."""

from dataclasses import replace

from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.errors import RefusedError
from yardmaster.flows import shared_endpoint
from yardmaster.flows.keep import keep
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules import retention, stages
from yardmaster.rules.commands import Command
from yardmaster.rules.names import job_name, variant_name
from yardmaster.rules.shift import FULL_WEIGHT, Phase, Shift


def begin(yard: Yard, release: Release, asked: Command, now: float) -> tuple[Release, Endpoint]:
    """Return the live release on its way out, and its endpoint's row, which it takes; the configuration is made.

    Raises:
        RefusedError: There is nothing to go back to, or the endpoint is held by a canary.
    """
    earlier = _earlier(yard, release, asked)
    endpoint = release.deploy.get("endpoint", "")
    row = yard.table.get_endpoint(endpoint)
    if row is None or (row.in_service != release.id and not row.shared):
        raise RefusedError(f"{release.title} serves no endpoint: there is nothing to roll back")
    if row.state:
        raise RefusedError(f"endpoint {endpoint} is {row.state}: `yardmaster start {endpoint}`, then roll back again")
    if row.holder is not None:
        holder = yard.table.get_release(row.holder)
        title = holder.title if holder else row.holder
        raise RefusedError(f"endpoint {endpoint} is held by {title}: roll that back, or wait until it has ended")
    if row.shared:
        return shared_endpoint.begin_return(yard, release, earlier, row, asked, now)
    state = sagemaker_endpoint.describe(yard.sagemaker, endpoint)
    serving = state.variant(variant_name(release.id)) if state else None
    if state is None or serving is None or state.status != "InService":
        raise RefusedError(
            f"endpoint {endpoint} is {state.status if state else 'gone'}: try again when it is InService"
        )
    kept = keep(yard, release.model, None, state.config, serving.name)
    if kept.serving is None:
        raise RefusedError(f"endpoint {endpoint}: its configuration {state.config} is gone: make it again first")
    if kept.serving.serverless is not None and earlier.served_model is not None:
        raise RefusedError(
            f"{earlier.title} was deployed with several containers, which the serverless endpoint {endpoint} can't have"
        )
    config = f"{job_name(yard.settings.prefix, release.model, release.id, release.attempt)}-return"
    # As many instances as serve now, whatever scaling made of them since.
    variant = replace(
        kept.serving,
        name=variant_name(earlier.id),
        model_name=earlier.deployed_model,
        instance_count=serving.current_count,
        weight=FULL_WEIGHT,
    )
    tags = yard.settings.tags(release.model, earlier.id)
    protected = kept.protection(yard, (variant,))
    sagemaker_endpoint.create_config(yard.sagemaker, config, (variant,), tags, protected, kept.capture)
    shift = Shift(
        endpoint=endpoint,
        variant=variant_name(release.id),
        baseline_variant=variant.name,
        configs={"alone": state.config, "before": config},
        step_weights=(FULL_WEIGHT,),
        phase=Phase.BACK,
        returns_to=earlier.id,
    )
    reason = f"{asked.said}; back to {earlier.title}"
    moved = stages.move(replace(release, deploy=shift.to_dict()), Stage.ROLLING_BACK, reason, now, due=now)
    return moved, replace(row, holder=release.id)


def _earlier(yard: Yard, release: Release, asked: Command) -> Release:
    wanted = asked.to or release.baseline
    earlier = yard.table.get_release(wanted) if wanted else None
    if earlier is None:
        raise RefusedError(
            f"{release.title} has no release before it to go back to"
            if asked.to is None
            else f"there is no release {asked.to} to go back to"
        )
    if removed := retention.gone(earlier):
        raise RefusedError(removed)
    if earlier.model != release.model or earlier.stage is not Stage.REPLACED or not earlier.model_name:
        raise RefusedError(
            f"{earlier.title} is {earlier.stage.value}: only a release that was live before can come back"
        )
    return earlier
