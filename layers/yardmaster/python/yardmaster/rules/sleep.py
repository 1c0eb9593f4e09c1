"""An endpoint that is stopped and started again: what is saved of it, and the one next step on either way.

*Stopped* means deleted: SageMaker keeps no endpoint without instances. So everything that a new one needs to be as the
old one was is saved before, and given back step by step.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from yardmaster.records import Endpoint, Scaling
from yardmaster.rules import scaling
from yardmaster.rules.prices import Prices
from yardmaster.rules.shift import (
    Create,
    PutPolicy,
    PutScheduled,
    Register,
    SetCapacity,
    SetWeights,
    VariantState,
    key_of,
)

SWEEP_TIMEOUT = 300.0
"""Of the function that stops endpoints, in seconds; a test compares it with the template."""
SWEEP_LEASE = 2 * SWEEP_TIMEOUT
START_TIMEOUT = 60.0
"""Of the function that starts endpoints."""
START_LEASE = 2 * START_TIMEOUT
LOOK_AGAIN = 60.0
MAX_TRIES = 3
"""How often something that AWS refuses, or that fails, is tried before a person is told."""
STOP_PATIENCE = 3600.0
"""Seconds that a person's stop waits for an endpoint that is being changed."""
QUOTA_PAUSE, LONGEST_PAUSE = 5 * 60.0, 60 * 60.0
KEPT = 20
"""How many commands and events a row remembers."""
KEEP_TAG = "yardmaster:keep"
"""Whoever has it, with any value, is never stopped by the sweep."""
STOP_AFTER_TAG = "yardmaster:stop-after"
"""On an endpoint that somebody else made: after how long without a request it may be stopped."""


@dataclass(frozen=True)
class Saved:
    """What is needed to make an endpoint again; plain data, as it lies in its row.

    Attributes:
        name: As InvokeEndpoint knows it.
        created: When the endpoint that this was taken from was made.
        config: The name of its configuration; `content`: all of that, as CreateEndpointConfig takes it, with data
            capture; `config_tags`: its tags.
        tags: The endpoint's own.
        variants: Weight and number of instances of each, as they were last.
        scaling: Those that are registered for automatic scaling, by name.
        instances: How many of each type ran.
        without: What of it AWS refused when it was started, by `shift.key_of`, in AWS's words: it serves without.
    """

    name: str
    created: float
    config: str
    content: dict[str, Any]
    tags: dict[str, str]
    config_tags: dict[str, str] = field(default_factory=dict)
    variants: tuple[VariantState, ...] = ()
    scaling: dict[str, Scaling] = field(default_factory=dict)
    instances: dict[str, int] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for the row."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Saved":
        """Return what `to_dict` wrote."""
        variants = tuple(VariantState(**one) for one in data["variants"])
        registered = {name: Scaling.from_dict(one) for name, one in data["scaling"].items()}
        return cls(**{**data, "variants": variants, "scaling": registered})


@dataclass(frozen=True)
class Found:
    """An endpoint as SageMaker has it now; `scaling` is None where that was not looked at."""

    status: str
    created: float
    config: str
    variants: tuple[VariantState, ...]
    failure_reason: str = ""
    scaling: Mapping[str, Scaling] | None = None


@dataclass(frozen=True)
class Wait:
    """Look again."""

    reason: str


@dataclass(frozen=True)
class Remove:
    """Delete it."""

    reason: str


@dataclass(frozen=True)
class Gone:
    """It is deleted, and that is known."""

    reason: str


@dataclass(frozen=True)
class GiveUp:
    """It serves, as if nobody had wanted to stop it."""

    reason: str


@dataclass(frozen=True)
class Foreign:
    """Somebody made another one of the name meanwhile: what was saved of the old one is of no use."""

    reason: str


@dataclass(frozen=True)
class GaveOut:
    """It can't be started; a person is told."""

    reason: str


@dataclass(frozen=True)
class Ready:
    """All is as it was."""

    reason: str


Change = Create | SetCapacity | SetWeights | Register | PutPolicy | PutScheduled
Stopping = Wait | Remove | Gone | GiveUp | Foreign
Starting = Wait | Remove | Foreign | GaveOut | Ready | Change


def unstoppable(found: Found, content: Mapping[str, Any]) -> str | None:
    """Say why an endpoint can't be stopped so that it could be started again; None if it can."""
    if found.status != "InService":
        return f"it is {found.status}: only an endpoint that is InService can be stopped"
    if any(not variant.get("ModelName") for variant in content["ProductionVariants"]):
        return "it has inference components, which would be lost with it"
    return None


def left_alone(content: Mapping[str, Any], tags: Mapping[str, str]) -> str | None:
    """Say why the sweep leaves an endpoint alone, though it may have no requests; None if it doesn't."""
    if KEEP_TAG in tags:
        return f"it has the tag {KEEP_TAG}"
    if content.get("AsyncInferenceConfig"):
        return "it is asynchronous: its requests are not counted as Invocations"
    if any("InstanceType" not in variant for variant in content["ProductionVariants"]):
        return "it is serverless: it costs nothing while nobody asks"
    return None


def next_of_stop(row: Endpoint, found: Found | None, now: float) -> Stopping:
    """Decide the next step of an endpoint that is being stopped.

    Args:
        row: Its row, in which all is saved.
        found: The endpoint as it is; None if there is none.
        now: The time.
    """
    saved = Saved.from_dict(row.saved)
    if found is None:
        return Gone(row.reason)
    if found.created != saved.created:
        return Foreign("somebody deleted it and made another one")
    match found.status:
        case "Deleting":
            return Wait("it is being deleted")
        case "Failed":
            # It serves nobody, and can only be deleted.
            return Remove(f"its deletion failed: {found.failure_reason or 'SageMaker gives no reason'}")
        case "InService" if (found.config, {one.name for one in found.variants}) != (
            saved.config,
            {one.name for one in saved.variants},
        ):
            return GiveUp("somebody changed it meanwhile")
        case "InService" if not row.by:
            return GiveUp("it was not deleted, and may be asked by now: the next sweep looks again")
        case "InService" if row.tries >= MAX_TRIES:
            return GiveUp(f"SageMaker did not delete it, asked {row.tries} times")
        case "InService":
            return Remove(row.reason)
        case status if row.by and now - row.since < STOP_PATIENCE:
            return Wait(f"it is {status}")
        case status:
            return GiveUp(f"it is {status}")


def next_of_start(row: Endpoint, found: Found | None) -> Starting:
    """Decide the next step of an endpoint that is being started: one change at a time, until all is as it was.

    Instances come before weights, as in a shift, and both before automatic scaling, which would change the first.
    """
    saved = Saved.from_dict(row.saved)
    if found is None:
        if row.tries >= MAX_TRIES:
            return GaveOut(row.failed or f"asked {row.tries} times")
        return Create(saved.config, f"create endpoint {saved.name} with configuration {saved.config}")
    match found.status:
        case "Failed":
            return Remove(f"it failed: {found.failure_reason or 'SageMaker gives no reason'}")
        case "InService":
            pass
        case status:
            return Wait(f"it is {status}")
    if (found.config, {one.name for one in found.variants}) != (saved.config, {one.name for one in saved.variants}):
        return Foreign(f"somebody made another one, with configuration {found.config}")
    return _difference(row, saved, found) or Ready(_told(row, saved, found))


def pause(tries: int) -> float:
    """Return the seconds until what was refused is tried again."""
    return min(QUOTA_PAUSE * 2.0 ** min(max(tries - 1, 0), 10), LONGEST_PAUSE)


def skipped(row: Endpoint, step: Change, answer: str) -> Endpoint:
    """Return the row with a step given up that AWS refuses: the endpoint serves without it, and says so."""
    saved = Saved.from_dict(row.saved)
    return replace(row, tries=0, saved=replace(saved, without={**saved.without, key_of(step): answer}).to_dict())


def entered(row: Endpoint, state: str, reason: str, by: str, now: float, **more: Any) -> Endpoint:
    """Return the row in another state, with that in its history, and what more there is to tell of it."""
    line = {"at": now, "state": state or "in_service", "reason": reason, "by": by, **more}
    told = (*row.told, line)[-KEPT:]
    return replace(row, state=state, since=now, reason=reason, by=by, tries=0, told=told)


def hourly(saved: Saved, prices: Prices | None) -> float | None:
    """Return what an hour of it costs; None without the price of one of its instances."""
    if prices is None:
        return None
    found = [(prices.of("hosting", kind), count) for kind, count in saved.instances.items()]
    return None if any(price is None for price, _ in found) else sum((price or 0.0) * count for price, count in found)


def saves(saved: Saved, prices: Prices | None) -> str:
    """Say what an hour without it saves: money where there is a price table, else hours of instances."""
    instances = ", ".join(f"{count} × {kind}" for kind, count in sorted(saved.instances.items()))
    cost = hourly(saved, prices)
    if cost is None or prices is None:
        return f"saves {instances} while it is stopped"
    return f"saves {cost:.2f} {prices.currency} an hour ({instances}, prices of {prices.date})"


def _difference(row: Endpoint, saved: Saved, found: Found) -> Change | None:
    there = {one.name: one for one in found.variants}
    registered = found.scaling or {}
    missing: list[Change] = [
        SetCapacity(one.name, one.count, f"{one.name} gets {one.count} instances, as before")
        for one in saved.variants
        # From its registration on, the number of instances is automatic scaling's affair.
        if one.name in there and there[one.name].count < one.count and one.name not in registered
    ]
    weights = {one.name: one.weight for one in saved.variants}
    if any(not math.isclose(there[name].weight, weight, abs_tol=0.01) for name, weight in weights.items()):
        missing.append(SetWeights(weights, "weights as before"))
    for name, wanted in saved.scaling.items():
        missing += scaling.missing(name, wanted, registered.get(name))
    return next((one for one in missing if key_of(one) not in saved.without), None)


def _told(row: Endpoint, saved: Saved, found: Found) -> str:
    counts = ", ".join(f"{one.count} × {one.name}" for one in found.variants)
    alarms = sorted({name for one in saved.scaling.values() for policy in one.policies for name in policy.alarms})
    orphans = f"; let your alarms {', '.join(alarms)} call its scaling policies again, which are new" if alarms else ""
    lost = "".join(f"; without {key}, which was refused: {answer}" for key, answer in saved.without.items())
    return f"it serves as before ({counts}){lost}{orphans}"
