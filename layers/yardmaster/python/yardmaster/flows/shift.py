"""Changing an endpoint: intent and lease in the endpoint's row first, then the one call, then the release's row."""

import logging
import uuid
from dataclasses import replace
from typing import assert_never

from yardmaster.aws import autoscaling
from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.aws.autoscaling import ScalingRefusedError
from yardmaster.aws.endpoint import EndpointState
from yardmaster.aws.sagemaker_errors import BusyError, NotYetError, QuotaError
from yardmaster.errors import ConflictError, YardmasterError
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Scaling, Waiting, WaitKind
from yardmaster.rules import scaling, stages
from yardmaster.rules import shift as rules
from yardmaster.rules.shift import (
    Change,
    Create,
    Delete,
    Deregister,
    EndpointFacts,
    Phase,
    PutPolicy,
    PutScheduled,
    Register,
    SetCapacity,
    SetWeights,
    Shift,
    Update,
    VariantState,
)

log = logging.getLogger(__name__)


def facts(yard: Yard, shift: Shift) -> EndpointFacts | None:
    """Return the endpoint as SageMaker describes it, and its automatic scaling where that matters; None without one."""
    state = sagemaker_endpoint.describe(yard.sagemaker, shift.endpoint)
    if state is None:
        return None
    return EndpointFacts(
        scaling=_registered(yard, shift, state),
        status=state.status,
        config=state.config,
        variants=tuple(VariantState(one.name, one.current_weight, one.current_count) for one in state.variants),
        failure_reason=state.failure_reason,
        captures_to=state.captures_to,
    )


def _registered(yard: Yard, shift: Shift, state: EndpointState) -> dict[str, Scaling] | None:
    there = {variant.name for variant in state.variants}
    if state.status not in rules.SETTLED or not scaling.matters(shift, there):
        return None
    ours = {name for name in (shift.variant, shift.baseline_variant) if name is not None}
    return autoscaling.describe(yard.autoscaling, state.name, there | ours)


def held(yard: Yard, release: Release, name: str, now: float) -> Endpoint:
    """Return the endpoint's row, which this release must hold, and on which nobody acts at the moment.

    Raises:
        ConflictError: Another invocation has the lease: what it asks for may not show yet, so nothing can be decided.
        YardmasterError: It does not: somebody wrote to the table by hand.
    """
    row = yard.table.get_endpoint(name)
    if row is None or row.holder != release.id:
        raise YardmasterError(f"{release.title} is {release.stage.value}, but does not hold endpoint {name}")
    # Lambda tries an invocation again when it is dead: what is leased to its id is leased to nobody else.
    if row.lease_until > now and row.lease_owner != yard.invocation:
        raise ConflictError(f"endpoint {name}: another invocation acts on it until its lease ends")
    return row


def apply(yard: Yard, release: Release, shift: Shift, change: Change, row: Endpoint, now: float) -> Release:
    """Make one change under intent and lease, and note in the release's row that it was asked for.

    The lease is written together with the release's row: if either was changed since it was read, neither is, and an
    old decision is never carried out.

    Args:
        yard: Settings and adapters.
        release: The release as it was read.
        shift: Its shift.
        change: What `rules.scaling.next_change` decided.
        row: The endpoint's row as it was read *before* the endpoint was described.
        now: The time.

    Raises:
        ConflictError: Somebody else was first.
    """
    leased = replace(
        row,
        config=_config(change, row),
        weights=rules.wanted_weights(shift),
        lease_owner=yard.invocation or uuid.uuid4().hex,
        lease_until=now + rules.LEASE,
    )
    intended = release
    if isinstance(change, Register | Deregister):
        # How it was is noted before it is changed: afterwards nobody could tell.
        shift = scaling.remembered(shift, change)
        intended = replace(release, deploy=shift.to_dict())
    release = commit(yard, release, intended, now, leased)
    if leased.weights != row.weights:
        # The dashboard reads these lines.
        log.info("endpoint %s is asked for weights %s", row.name, rules.describe_weights(leased.weights))
    freed = replace(leased, revision=leased.revision + 1, lease_owner=None, lease_until=0.0)
    after = _ask(yard, release, shift, change, now)
    try:
        return commit(yard, release, after, now, freed)
    except ConflictError:
        # A person moved the release meanwhile (nobody else may): let them act at once.
        yard.table.save_endpoint(freed)
        raise


def _ask(yard: Yard, release: Release, shift: Shift, change: Change, now: float) -> Release:
    """Make the one call; return the release as its answer leaves it."""
    try:
        call(yard, shift.endpoint, change, yard.settings.tags(release.model, release.id))
    except (BusyError, NotYetError):
        return stages.wait(release, now + rules.LOOK_AGAIN)
    except QuotaError as error:
        refused = rules.refused(shift, change, str(error))
        if refused is None:
            return stages.wait_for_quota(release, str(error), now)
        return put_off(release, refused, str(error), now)
    except ScalingRefusedError as error:
        # Traffic is safe without it: after a few tries the release goes on, and says so.
        without = scaling.refused(shift, change, str(error))
        return stages.wait(replace(release, deploy=without.to_dict()), now + rules.LOOK_AGAIN)
    noted = replace(release, deploy=rules.asked(shift, change).to_dict())
    return stages.wait(noted, now + rules.LOOK_AGAIN, reason=change.reason)


def put_off(release: Release, shift: Shift, reason: str, now: float) -> Release:
    """Return the release waiting for instances: the endpoint serves on, and is asked again after a pause.

    A canary whose old variant can't be removed yet is still looked at each minute.
    """
    since = now if shift.refused_since is None else shift.refused_since
    noted = replace(release, deploy=replace(shift, refused_since=since).to_dict())
    next_try = now + rules.pause(shift)
    waiting = Waiting(WaitKind.CAPACITY, reason[:300], since, next_try=next_try, long=stages.is_long(since, now))
    due = min(next_try, now + rules.LOOK_AGAIN) if shift.phase is Phase.LAST else next_try
    return stages.wait(noted, due, waiting, reason)


def _config(change: Change, row: Endpoint) -> str | None:
    match change:
        case Create(config) | Update(config):
            return config
        case SetCapacity() | SetWeights() | Register() | PutPolicy() | PutScheduled() | Deregister() | Delete():
            return row.config


def call(yard: Yard, name: str, change: Change, tags: dict[str, str]) -> None:
    """Ask AWS for one change of an endpoint; `tags` are those of one that is made."""
    client = yard.sagemaker
    match change:
        case Create(config):
            sagemaker_endpoint.create(client, name, config, tags)
        case Update(config):
            sagemaker_endpoint.update(client, name, config)
        case SetCapacity(variant, count):
            sagemaker_endpoint.set_capacity(client, name, variant, count)
        case Delete():
            sagemaker_endpoint.delete(client, name)
        case SetWeights(weights):
            sagemaker_endpoint.set_weights(client, name, weights)
        case Register(variant, wanted):
            autoscaling.register(yard.autoscaling, name, variant, wanted)
        case PutPolicy(variant, policy):
            autoscaling.put_policy(yard.autoscaling, name, variant, policy)
        case PutScheduled(variant, action):
            autoscaling.put_scheduled(yard.autoscaling, name, variant, action)
        case Deregister(variant):
            autoscaling.deregister(yard.autoscaling, name, variant)
        case _:
            assert_never(change)
