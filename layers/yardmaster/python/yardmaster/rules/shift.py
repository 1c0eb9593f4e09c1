"""The shift of traffic from one variant to another: what the endpoint should look like, and the one next change.

A weight change is the full vector, summing to 100. Capacity comes first, then weight. What was asked is compared with
what is: an endpoint that is InService again after a rollback of its own looks like success.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from yardmaster.records import Scaling, ScalingPolicy, ScheduledAction, Stage

MINUTE = 60.0
FULL_WEIGHT = 100.0
LOOK_AGAIN = MINUTE
"""How long after a change was asked for it is looked at again, if no event comes."""
MAX_TRIES = 3
"""How often the same change is asked for before the endpoint counts as unable to take it."""
FUNCTION_TIMEOUT = 60.0
"""The timeout of the functions that change endpoints, in seconds; a test compares it with the template."""
LEASE = 2 * FUNCTION_TIMEOUT
"""How long an invocation may call SageMaker for an endpoint: it is dead long before somebody else may."""

RETRY_PAUSE = 5 * MINUTE
"""How long an endpoint that found no instances is left alone; twice as long each time, at most an hour."""
LONGEST_PAUSE = 60 * MINUTE
_DOUBLINGS = 10
_NO_ROOM = re.compile(r"capacity|service limit|ResourceLimitExceeded|quota", re.IGNORECASE)
"""What SageMaker's reasons say when a failure is for lack of instances, and not the model's fault."""

SETTLED = {"InService", "UpdateRollbackFailed"}
"""The statuses in which an endpoint can be changed."""


class Phase(StrEnum):
    """What the shift is after; its order is the way to live."""

    FIRST = "first"
    """The endpoint is created, or replaced at once, with the new variant alone."""
    STEP = "step"
    """Two variants share the traffic by the weights of the current step."""
    LAST = "last"
    """The old variant is removed."""
    BACK = "back"
    """The baseline gets its full weight back, then the new variant is removed."""


@dataclass(frozen=True)
class VariantState:
    """A variant as it is: shares of traffic by weight, instances."""

    name: str
    weight: float
    count: int


@dataclass(frozen=True)
class EndpointFacts:
    """An endpoint as SageMaker describes it; `status` is the API's.

    `scaling` has the variants that are registered for automatic scaling; None if that wasn't looked at.
    `captures_to` is the S3 URI below which requests are captured; None if none are.
    """

    status: str
    config: str
    variants: tuple[VariantState, ...]
    failure_reason: str = ""
    scaling: Mapping[str, Scaling] | None = None
    captures_to: str | None = None

    def weights(self) -> dict[str, float]:
        """Return the current weight of each variant."""
        return {variant.name: variant.weight for variant in self.variants}

    def count(self, name: str) -> int:
        """Return the current number of instances of a variant; 0 if it isn't there."""
        return next((variant.count for variant in self.variants if variant.name == name), 0)


@dataclass(frozen=True)
class Shift:
    """Where a release's shift stands; kept in `Release.deploy`.

    Attributes:
        endpoint: The endpoint's name.
        variant, baseline_variant: The new and the old production variant; None without an old one.
        configs: Endpoint configuration names: `shared` holds both variants, `alone` the new one, `before` the old one.
        step_weights: The new variant's share at each step, in per cent; the last is 100.
        phase, step: What is being done, and the index of the current step.
        started_at, step_started_at: When the canary, and its current step, got their traffic; None before.
        stepped_at: When the current step was decided on; None for the first.
        earlier_steps: When each step before the current one got its traffic.
        held: Who asked to stay at the current step, and why; it still goes back if it is bad.
        unjudged: Who asked to go on without a verdict, and why.
        asked: The change that was asked for last, and how often in a row.
        refusal: AWS's word, if that change was not even accepted for lack of instances.
        refused_since: Since when the endpoint doesn't take that change, and is asked again and again.
        end: The stage that a way back ends in.
        usual_p95: The baseline's 95th percentile of latency in the day before, in seconds, where it is known.
        returns_to: The release that was live before, and comes back for one that was live; None for a canary.
        back_at: When the baseline had its full weight again.
        scaling: What the spec says of the new variant's automatic scaling; None if it says nothing.
        kept_scaling: How the old variant was registered for it, before it was changed here; None if it wasn't.
        answers: What was found of the captured answers at each step: `step`, `at`, `verdict` and `reason`.
        scaling_refusals, scaling_refused: How often a registration was refused, and AWS's last word.
        scaling_without: What of it was given up, by `key_of`, and AWS's word.
        orphaned_alarms: People's alarms that called policies of the registration that ended.
        target_model: What requests name it by, on an endpoint that several models share; None on one of its own.
        made: Whether the endpoint is made for this release, and nobody's model served on it: a way back deletes it.
    """

    endpoint: str
    variant: str
    baseline_variant: str | None
    configs: dict[str, str]
    step_weights: tuple[float, ...]
    phase: Phase
    step: int = 0
    started_at: float | None = None
    step_started_at: float | None = None
    stepped_at: float | None = None
    earlier_steps: tuple[float, ...] = ()
    held: str | None = None
    unjudged: str | None = None
    asked: str | None = None
    tries: int = 0
    refusal: str | None = None
    refused_since: float | None = None
    end: Stage = Stage.ROLLED_BACK
    usual_p95: float | None = None
    returns_to: str | None = None
    back_at: float | None = None
    scaling: Scaling | None = None
    kept_scaling: Scaling | None = None
    scaling_refusals: int = 0
    scaling_refused: str | None = None
    scaling_without: dict[str, str] = field(default_factory=dict)
    orphaned_alarms: tuple[str, ...] = ()
    answers: tuple[dict[str, Any], ...] = ()
    target_model: str | None = None
    made: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for the row."""
        return asdict(self) | {"phase": self.phase.value, "end": self.end.value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Shift":
        """Return what `to_dict` wrote."""
        return cls(
            **{
                **data,
                "phase": Phase(data["phase"]),
                "end": Stage(data["end"]),
                "step_weights": tuple(data["step_weights"]),
                "earlier_steps": tuple(data.get("earlier_steps", ())),
                "orphaned_alarms": tuple(data.get("orphaned_alarms", ())),
                "answers": tuple(data.get("answers", ())),
                "scaling": _scaling(data.get("scaling")),
                "kept_scaling": _scaling(data.get("kept_scaling")),
            }
        )

    def share(self) -> float:
        """Return the new variant's share of the traffic that is wanted now, in per cent."""
        match self.phase:
            case Phase.FIRST | Phase.LAST:
                return 100.0
            case Phase.STEP:
                return self.step_weights[self.step]
            case Phase.BACK:
                return 0.0


@dataclass(frozen=True)
class Create:
    """Make the endpoint with this configuration."""

    config: str
    reason: str


@dataclass(frozen=True)
class Update:
    """Move the endpoint to this configuration."""

    config: str
    reason: str


@dataclass(frozen=True)
class SetCapacity:
    """Ask for this many instances of one variant."""

    variant: str
    count: int
    reason: str


@dataclass(frozen=True)
class SetWeights:
    """Give every variant its weight."""

    weights: dict[str, float]
    reason: str


@dataclass(frozen=True)
class Register:
    """Register a variant for automatic scaling, without its policies, or change how it is; `before` is how it was."""

    variant: str
    scaling: Scaling
    before: Scaling | None
    reason: str


@dataclass(frozen=True)
class PutPolicy:
    """Give a registered variant a scaling policy, or change the one of the same name."""

    variant: str
    policy: ScalingPolicy
    reason: str


@dataclass(frozen=True)
class PutScheduled:
    """Give a registered variant a scheduled action, or change the one of the same name."""

    variant: str
    action: ScheduledAction
    reason: str


@dataclass(frozen=True)
class Deregister:
    """Take a variant out of automatic scaling; `before` is how it was registered."""

    variant: str
    before: Scaling
    reason: str


@dataclass(frozen=True)
class Delete:
    """Delete the endpoint, which can only be deleted: it is made again after."""

    reason: str


@dataclass(frozen=True)
class Busy:
    """The endpoint is changing: look again."""

    reason: str


@dataclass(frozen=True)
class Settled:
    """The endpoint is as it should be."""

    reason: str


@dataclass(frozen=True)
class Stuck:
    """The endpoint can't be brought there; the reason is SageMaker's where it gives one."""

    reason: str


@dataclass(frozen=True)
class Later:
    """The endpoint didn't take a change, and serves on: it is asked again, after a pause."""

    change: "Change"
    reason: str


Change = Create | Update | SetCapacity | SetWeights | Register | PutPolicy | PutScheduled | Deregister | Delete
Next = Change | Busy | Settled | Stuck | Later


def wanted_weights(shift: Shift) -> dict[str, float]:
    """Return the full weight vector that is wanted; it sums to 100."""
    share = shift.share()
    if shift.baseline_variant is None or shift.phase in {Phase.FIRST, Phase.LAST}:
        return {shift.variant: 100.0}
    return {shift.baseline_variant: 100.0 - share, shift.variant: share}


def is_back(shift: Shift, facts: EndpointFacts) -> bool:
    """Say whether the baseline has all traffic again: by weight, or because it is alone."""
    want = wanted_weights(shift)
    return (
        shift.phase is Phase.BACK
        and not shift.made
        and all(
            math.isclose(weight, want.get(name, 0.0), abs_tol=0.01)
            or (len(facts.variants) == 1 and want.get(name, 0.0) > 0)
            for name, weight in facts.weights().items()
        )
    )


def next_change(shift: Shift, facts: EndpointFacts | None) -> Next:
    """Decide the one next step towards what the shift is after.

    Args:
        shift: What is wanted, and what was asked for before.
        facts: The endpoint as it is; None if there is none.
    """
    if shift.made and shift.phase is Phase.BACK:
        return _unmade(shift, facts)
    if facts is None:
        return _made(shift)
    if facts.status == "Failed":
        return _after_failure(shift, facts)
    if facts.status not in SETTLED:
        return Busy(f"endpoint {shift.endpoint} is {facts.status}")
    if facts.status == "UpdateRollbackFailed":
        return _out_of_a_mixture(shift, facts)
    if (change := _difference(shift, facts)) is None:
        return Settled(f"endpoint {shift.endpoint}: {describe_weights(facts.weights())}")
    asking = _asking(shift, change, facts.failure_reason)
    if isinstance(asking, Stuck) and isinstance(change, SetWeights) and shift.phase is Phase.BACK:
        # Bad answers go on meanwhile, so a way back is never given up: where weights don't help, a configuration may.
        return _asking(shift, Update(shift.configs["before"], asking.reason), facts.failure_reason)
    return asking


def _made(shift: Shift) -> Next:
    """There is no endpoint: it is the first one's turn, or it was deleted because it had failed."""
    if shift.phase is Phase.FIRST:
        return _asking(shift, Create(shift.configs["alone"], f"create endpoint {shift.endpoint}"), "")
    again = Create(shift.configs.get("before", ""), f"make endpoint {shift.endpoint} again, with the baseline")
    if shift.phase is Phase.BACK and shift.asked in {key_of(Delete("")), key_of(again)}:
        return _asking(shift, again, "")
    return Stuck(f"endpoint {shift.endpoint} is gone: somebody deleted it")


def may_be_in_the_making(shift: Shift) -> bool:
    """Say whether an endpoint that can't be seen may have been asked for just now, and is yet to be deleted."""
    return shift.made and shift.phase is Phase.BACK and shift.asked is None


def _unmade(shift: Shift, facts: EndpointFacts | None) -> Next:
    """The endpoint that was made for this release is deleted, once SageMaker lets it be."""
    if facts is None:
        return Settled(f"endpoint {shift.endpoint} is deleted")
    delete = Delete(f"delete endpoint {shift.endpoint}, which was made for this release")
    if facts.status != "Failed" and facts.status not in SETTLED:
        return Busy(f"endpoint {shift.endpoint} is {facts.status}")
    return _asking(shift, delete, facts.failure_reason)


def _after_failure(shift: Shift, facts: EndpointFacts) -> Next:
    """A failed endpoint serves nobody and can only be deleted; where that leads further, it is made again after."""
    why = f"endpoint {shift.endpoint} failed: {facts.failure_reason or 'SageMaker gives no reason'}"
    made_here = (shift.asked or "").startswith("create ")
    if shift.phase in {Phase.FIRST, Phase.BACK} and not made_here:
        return _asking(shift, Delete(f"{why}; it is deleted, and made again"), facts.failure_reason)
    return Stuck(why)


def _out_of_a_mixture(shift: Shift, facts: EndpointFacts) -> Next:
    """After a failed rollback old and new instances serve side by side, and only a whole configuration mends it."""
    mixture = f"endpoint {shift.endpoint} is UpdateRollbackFailed: {facts.failure_reason or 'old and new serve mixed'}"
    if shift.phase is Phase.STEP:
        return Stuck(mixture)
    config = shift.configs["before" if shift.phase is Phase.BACK else "alone"]
    return _asking(shift, Update(config, f"{mixture}; move it to {config}"), facts.failure_reason)


def asked(shift: Shift, change: Change) -> Shift:
    """Return the shift with a change noted as asked for, once more if it is the same as before."""
    key = key_of(change)
    if shift.asked == key:
        return replace(shift, tries=shift.tries + 1, refusal=None)
    return replace(shift, asked=key, tries=1, refusal=None, refused_since=None)


def refused(shift: Shift, change: Change, answer: str) -> Shift | None:
    """Return the shift with a change noted as refused for lack of instances; None if it doesn't go on without it."""
    noted = replace(asked(shift, change), refusal=answer)
    return noted if _keeps_serving(noted, change, answer) else None


def pause(shift: Shift) -> float:
    """Return the seconds until a change that the endpoint didn't take is asked for again.

    Nothing is served wrongly meanwhile, or else it is tried all the time.
    """
    if shift.phase is Phase.BACK and shift.back_at is None:
        return LOOK_AGAIN
    doublings = min(max(shift.tries - 1, 0), _DOUBLINGS)
    return min(RETRY_PAUSE * 2.0**doublings, LONGEST_PAUSE)


def describe_weights(weights: dict[str, float]) -> str:
    """Return `release-a 95, release-b 5`."""
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _difference(shift: Shift, facts: EndpointFacts) -> Change | None:
    match shift.phase:
        case Phase.FIRST | Phase.LAST:
            return _move_to(shift, facts, shift.configs["alone"])
        case Phase.STEP:
            if move := _move_to(shift, facts, shift.configs["shared"]):
                return move
            return _capacity(shift, facts) or _weights(shift, facts)
        case Phase.BACK:
            shared = len(facts.variants) > 1
            return (_weights(shift, facts) if shared else None) or _move_to(shift, facts, shift.configs["before"])


def _move_to(shift: Shift, facts: EndpointFacts, config: str) -> Update | None:
    if facts.config == config:
        return None
    return Update(config, f"move endpoint {shift.endpoint} from {facts.config} to {config}")


def _capacity(shift: Shift, facts: EndpointFacts) -> SetCapacity | None:
    # The first step was sized by its configuration; later ones need what the baseline has now, before the traffic.
    if shift.step == 0 or shift.baseline_variant is None:
        return None
    need, have = facts.count(shift.baseline_variant), facts.count(shift.variant)
    if have >= need:
        return None
    return SetCapacity(shift.variant, need, f"{shift.variant} needs {need} instances before its traffic, has {have}")


def _weights(shift: Shift, facts: EndpointFacts) -> SetWeights | None:
    want, have = wanted_weights(shift), facts.weights()
    if all(math.isclose(want[name], have.get(name, -1.0), abs_tol=0.01) for name in want):
        return None
    return SetWeights(want, f"{describe_weights(have)} -> {describe_weights(want)}")


def asked_enough(shift: Shift, change: Change) -> bool:
    """Say whether the same change was asked for so often in a row that asking again is of no use."""
    return shift.asked == key_of(change) and shift.tries >= MAX_TRIES


def _asking(shift: Shift, change: Change, failure: str) -> Change | Stuck | Later:
    failure = shift.refusal or failure
    if _keeps_serving(shift, change, failure):
        tries = "once" if shift.tries == 1 else f"{shift.tries} times"
        said = f"endpoint {shift.endpoint} did not take it, asked {tries} ({change.reason})"
        return Later(change, f"{said}: {failure}" if failure else said)
    if asked_enough(shift, change):
        why = f": {failure}" if failure else ""
        return Stuck(f"endpoint {shift.endpoint} did not take it after {shift.tries} tries ({change.reason}){why}")
    return change


def _keeps_serving(shift: Shift, change: Change, failure: str) -> bool:
    """Say whether a change that failed is only put off: both variants are there, and the traffic is where it belongs.

    The new model has proved itself when the old one is removed: for lack of instances it isn't sent back. And a way
    back on which bad answers go on is never given up.
    """
    if not isinstance(change, Update) or shift.asked != key_of(change) or shift.returns_to is not None:
        return False
    if shift.refusal is not None or _NO_ROOM.search(failure):
        return shift.phase in {Phase.LAST, Phase.BACK}
    return shift.phase is Phase.BACK and shift.back_at is None and shift.tries >= MAX_TRIES


def key_of(change: Change) -> str:
    """Return what a change is compared by with the one before."""
    match change:
        case Create(config):
            return f"create {config}"
        case Update(config):
            return f"update {config}"
        case SetCapacity(variant, count):
            return f"capacity {variant} {count}"
        case Delete():
            return "delete"
        case SetWeights(weights):
            return f"weights {describe_weights(weights)}"
        case Register(variant):
            return f"register {variant}"
        case PutPolicy(variant, policy):
            return f"policy {variant} {policy.name}"
        case PutScheduled(variant, action):
            return f"scheduled {variant} {action.name}"
        case Deregister(variant):
            return f"deregister {variant}"


def _scaling(data: dict[str, Any] | None) -> Scaling | None:
    return None if data is None else Scaling.from_dict(data)
