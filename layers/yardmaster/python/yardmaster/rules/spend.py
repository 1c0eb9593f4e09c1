"""What may run at once, and in a day: caps of the stack, and whose turn it is when there is no room for all.

The ledger is one row. A job is claimed in it before it is made, and given back when it has ended; who finds no room
waits there. Freed room goes round by model: next is the model that runs the least, of these the one that was served
longest ago, of its releases the one that has waited longest. So one person's fifty drops don't stop the team.

What AWS itself refuses, since a quota is full or the region has no instances, is remembered: whoever wants the same
waits without asking. When a job of that kind has ended, or after five minutes, the first of them asks for all.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from yardmaster.records import WaitKind

DAY = 86400.0
LOOK_AGAIN = 5 * 60.0
"""Seconds until who waits asks again, if nobody wakes it."""
FORGOTTEN = 2 * LOOK_AGAIN
"""Who has not asked again so long after it should have waits no more: it was cancelled, or is gone."""
_SOON: Final = 60.0
"""Seconds until the others look again whether the first of them has asked."""


@dataclass(frozen=True)
class Caps:
    """The stack's caps; None is no cap. Instance-hours are what jobs may take at most, until they have ended."""

    jobs_at_once: int | None = None
    jobs_at_once_per_model: int | None = None
    jobs_per_day: int | None = None
    jobs_per_day_per_model: int | None = None
    hours_per_day: float | None = None
    hours_per_day_per_model: float | None = None


NAMES: Final = {
    "jobs_at_once": "MaxJobsAtOnce",
    "jobs_at_once_per_model": "MaxJobsAtOncePerModel",
    "jobs_per_day": "MaxJobsPerDay",
    "jobs_per_day_per_model": "MaxJobsPerDayPerModel",
    "hours_per_day": "MaxInstanceHoursPerDay",
    "hours_per_day_per_model": "MaxInstanceHoursPerDayPerModel",
}
"""The template's parameters."""

_ROUNDING: Final = 1e-9
"""Hours are fractions: what adds up to a cap is not above it."""


@dataclass(frozen=True)
class Ask:
    """What somebody wants to run.

    Attributes:
        key: Whose it is: the same for all tries.
        release: The id of the release, or batch, that is woken when there is room.
        model: Whose model.
        jobs: How many jobs. A tuning job counts as the training jobs that it runs at once.
        instances: How many instances they have together.
        hours: How many instance-hours they may take at most.
        quota: The quota of the account that they count against, by AWS's name.
    """

    key: str
    release: str
    model: str
    jobs: int
    instances: int
    hours: float
    quota: str = ""


@dataclass(frozen=True)
class Claim:
    """What runs, or is about to: since when."""

    ask: Ask
    since: float


@dataclass(frozen=True)
class Waiter:
    """Who waits for room: since when, and until when it sleeps. `parked` by AWS's own refusal, not by a cap."""

    ask: Ask
    since: float
    until: float
    parked: bool = False


@dataclass(frozen=True)
class Refused:
    """What AWS said when it refused instances of a kind.

    Attributes:
        answer: Its words.
        kind: Whether the account's quota was full, or the region had none to give.
        free: How many instances it would have given; None if it didn't say.
        until: Until when nobody asks again by itself.
        freed: Whether there may be room again, as a job of that kind has ended since, or one could be made.
    """

    answer: str
    kind: WaitKind
    free: int | None
    until: float
    freed: bool = False


@dataclass(frozen=True)
class Used:
    """What a model has used of a day."""

    jobs: int = 0
    hours: float = 0.0


@dataclass(frozen=True)
class Count:
    """How many jobs run, or are about to, and how many wait for room."""

    running: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Ledger:
    """The one row.

    Attributes:
        day: The UTC day that `used` is of, like 2026-11-30.
        used: By model.
        running, waiting: By the key of the ask.
        served: When each model was last granted something.
        refused: What AWS refused last, by the quota that was asked for, as long as somebody waits for it.
    """

    revision: int = 0
    day: str = ""
    used: Mapping[str, Used] = field(default_factory=dict)
    running: Mapping[str, Claim] = field(default_factory=dict)
    waiting: Mapping[str, Waiter] = field(default_factory=dict)
    served: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, Refused] = field(default_factory=dict)


@dataclass(frozen=True)
class Granted:
    """It may run now: the claim is in the ledger."""


@dataclass(frozen=True)
class Wait:
    """There is no room: `position` counts from 1 over all that wait, `subject` is the full cap, or AWS's words."""

    subject: str
    position: int
    since: float
    next_try: float
    kind: WaitKind = WaitKind.CAP


@dataclass(frozen=True)
class Never:
    """It can never run under these caps; the reason says which, and what to do."""

    reason: str


Answer = Granted | Wait | Never


def ask(ledger: Ledger, wanted: Ask, caps: Caps, now: float) -> tuple[Ledger, Answer]:
    """Decide whether something may run now; return the ledger with its claim, or its place among those who wait.

    An ask that is granted already stays so: a try that died before its job was made is taken up by the next one.
    """
    ledger = _today(ledger, now)
    if wanted.key in ledger.running:
        return ledger, Granted()
    if reason := never_fits(wanted, caps):
        return _without(ledger, wanted.key), Never(reason)
    before = ledger.waiting.get(wanted.key)
    since = before.since if before else now
    there = {key: one for key, one in ledger.waiting.items() if now - one.until < FORGOTTEN}
    ledger = replace(ledger, waiting={**there, wanted.key: Waiter(wanted, since, now)})
    if refused := _barred_by(ledger, wanted, now):
        until = max(refused.until, now + _SOON)
        ledger = replace(ledger, waiting={**ledger.waiting, wanted.key: Waiter(wanted, since, until, parked=True)})
        place = _parked(ledger, wanted.quota).index(wanted.key) + 1
        return ledger, Wait(refused.answer, place, since, until, refused.kind)
    turns = _turns(ledger, caps)
    if wanted.key in turns:
        return _granted(ledger, wanted, now), Granted()
    order = [key for key in _order(ledger) if key not in turns]
    until = _next_try(ledger, wanted, caps, now)
    ledger = replace(ledger, waiting={**ledger.waiting, wanted.key: Waiter(wanted, since, until)})
    subject = _full(ledger, wanted, caps) or "room for those that waited before it"
    return ledger, Wait(subject, order.index(wanted.key) + 1, since, until)


def park(ledger: Ledger, wanted: Ask, refused: Refused, now: float) -> Ledger:
    """Take back a claim that AWS itself refused, and remember who waits, and what AWS said.

    The end of a job of that kind wakes the first who waits for it.
    """
    return _parking(_freed(ledger, wanted.key, now, made=False), wanted, refused, now)


def park_again(ledger: Ledger, key: str, again: str, refused: Refused, now: float) -> Ledger:
    """Give back the claim of a job for which the region had no instances, and let its next attempt wait.

    Args:
        ledger: The ledger.
        key: The claim's.
        again: The next attempt's.
        refused: What AWS said.
        now: The time.
    """
    claim = ledger.running.get(key)
    if claim is None:
        return ledger
    # It never ran: neither a job nor an hour of the day is used.
    freed = _freed(_today(ledger, now), key, now, made=False)
    return _parking(freed, replace(claim.ask, key=again), refused, now)


def _parking(ledger: Ledger, wanted: Ask, refused: Refused, now: float) -> Ledger:
    before = ledger.waiting.get(wanted.key)
    waiter = Waiter(wanted, before.since if before else now, refused.until, parked=True)
    known = {**ledger.refused, wanted.quota: refused} if wanted.quota else ledger.refused
    return replace(ledger, waiting={**ledger.waiting, wanted.key: waiter}, refused=known)


def accepted(ledger: Ledger, wanted: Ask) -> Ledger:
    """Note that AWS gave what it had refused before: there may be room for the next of those who wait for it."""
    return _freed_quota(ledger, wanted.quota)


def give_back(ledger: Ledger, key: str, now: float, billed: float | None = None) -> Ledger:
    """Return the ledger without a claim, or a place, that is over; the hours become what it really took.

    Args:
        ledger: The ledger.
        key: Whose claim.
        now: The time.
        billed: Seconds of each instance that are paid for, where that is known: spot capacity is waited for, too.
    """
    claim = ledger.running.get(key)
    ledger = _without(_freed(_today(ledger, now), key, now, made=True, billed=billed), key)
    return _freed_quota(ledger, claim.ask.quota) if claim else ledger


def _freed_quota(ledger: Ledger, quota: str) -> Ledger:
    """Return the ledger with room for the first who waits for a quota; what nobody waits for is forgotten."""
    others = {name: one for name, one in ledger.refused.items() if name != quota}
    if quota in ledger.refused and _parked(ledger, quota):
        others[quota] = replace(ledger.refused[quota], freed=True)
    return replace(ledger, refused=others)


def next_ones(ledger: Ledger, caps: Caps) -> list[Ask]:
    """Return who may run now, the first one first: they are woken.

    Of those that AWS refused, the first of each quota that may have room again.
    """
    turns = [ledger.waiting[key].ask for key in _turns(ledger, caps)]
    first: dict[str, Ask] = {}
    for wanted in (ledger.waiting[key].ask for key in _order(ledger, parked=True)):
        refused = ledger.refused.get(wanted.quota)
        if refused is None or refused.freed:
            first.setdefault(wanted.quota, wanted)
    return [*turns, *first.values()]


def counts(ledger: Ledger) -> dict[str, Count]:
    """Return by model how many jobs run and wait; a model that has neither is absent."""
    running = _load(ledger)
    waiting: dict[str, int] = {}
    for one in ledger.waiting.values():
        waiting[one.ask.model] = waiting.get(one.ask.model, 0) + one.ask.jobs
    return {model: Count(running.get(model, 0), waiting.get(model, 0)) for model in running.keys() | waiting.keys()}


def day_of(now: float) -> str:
    """Return the UTC day of a time."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")


def _today(ledger: Ledger, now: float) -> Ledger:
    """Begin a new day: what runs over midnight counts for the day in which it began."""
    day = day_of(now)
    return ledger if ledger.day == day else replace(ledger, day=day, used={})


def _barred_by(ledger: Ledger, wanted: Ask, now: float) -> Refused | None:
    """Return what AWS refused, if it need not be asked again now; None if it may give what is wanted.

    Once there may be room again, or nobody knows any more, the first of those who wait asks for all.
    """
    refused = ledger.refused.get(wanted.quota)
    if refused is None or (refused.free is not None and wanted.instances <= refused.free):
        return None
    if not refused.freed and now < refused.until:
        return refused
    own = replace(ledger.waiting[wanted.key], parked=True)
    together = replace(ledger, waiting={**ledger.waiting, wanted.key: own})
    return None if _parked(together, wanted.quota)[0] == wanted.key else refused


def _parked(ledger: Ledger, quota: str) -> list[str]:
    """Return who waits for a quota, the first one first."""
    return [key for key in _order(ledger, parked=True) if ledger.waiting[key].ask.quota == quota]


def _granted(ledger: Ledger, wanted: Ask, now: float) -> Ledger:
    used = ledger.used.get(wanted.model, Used())
    refused = ledger.refused
    if wanted.quota in refused:
        refused = {quota: one for quota, one in refused.items() if quota != wanted.quota}
        if any(key != wanted.key for key in _parked(ledger, wanted.quota)):
            # It asks for all that wait: until AWS has answered, or a while has passed, nobody else does.
            asking = replace(ledger.refused[wanted.quota], until=now + LOOK_AGAIN, freed=False)
            refused = {**refused, wanted.quota: asking}
    return replace(
        _without(ledger, wanted.key),
        used={**ledger.used, wanted.model: Used(used.jobs + wanted.jobs, used.hours + wanted.hours)},
        running={**ledger.running, wanted.key: Claim(wanted, now)},
        served={**_of_the_day(ledger.served, now), wanted.model: now},
        refused=refused,
    )


def _of_the_day(served: Mapping[str, float], now: float) -> dict[str, float]:
    """Forget models that were served long ago: the row must stay small."""
    return {model: at for model, at in served.items() if now - at < DAY}


def to_dict(ledger: Ledger) -> dict[str, Any]:
    """Return what the table keeps of a ledger; `from_dict` reads it."""
    return asdict(replace(ledger, revision=0))


def from_dict(revision: int, body: Mapping[str, Any]) -> Ledger:
    """Return the ledger of a row; an empty one of revision 0 if there is none yet."""
    if not body:
        return Ledger()
    return Ledger(
        revision=revision,
        day=body["day"],
        used={model: Used(**one) for model, one in body["used"].items()},
        running={key: Claim(Ask(**one["ask"]), one["since"]) for key, one in body["running"].items()},
        waiting={key: Waiter(**{**one, "ask": Ask(**one["ask"])}) for key, one in body["waiting"].items()},
        served=dict(body["served"]),
        refused={
            quota: Refused(**{**one, "kind": WaitKind(one["kind"])}) for quota, one in body.get("refused", {}).items()
        },
    )


def _without(ledger: Ledger, key: str) -> Ledger:
    return replace(ledger, waiting={name: one for name, one in ledger.waiting.items() if name != key})


def _freed(ledger: Ledger, key: str, now: float, *, made: bool, billed: float | None = None) -> Ledger:
    claim = ledger.running.get(key)
    if claim is None:
        return ledger
    running = {name: one for name, one in ledger.running.items() if name != key}
    ledger = replace(ledger, running=running)
    if day_of(claim.since) != ledger.day:
        return ledger
    wanted, used = claim.ask, ledger.used.get(claim.ask.model, Used())
    each = max(now - claim.since, 0.0) if billed is None else billed
    took = wanted.instances * each / 3600 if made else 0.0
    jobs = used.jobs if made else max(used.jobs - wanted.jobs, 0)
    after = Used(jobs, max(used.hours - wanted.hours + took, 0.0))
    return replace(ledger, used={**ledger.used, wanted.model: after})


def _order(ledger: Ledger, *, parked: bool = False) -> list[str]:
    """Return the keys of those who wait, in the order in which they would get room one after the other.

    Args:
        ledger: The ledger.
        parked: Those that AWS refused, and not those that wait for a cap.
    """
    left = {key: one for key, one in ledger.waiting.items() if one.parked is parked}
    load, served = _load(ledger), dict(ledger.served)
    order: list[str] = []
    while left:
        key = min(left, key=lambda name: _rank(left[name], load, served))
        wanted = left.pop(key).ask
        load[wanted.model] = load.get(wanted.model, 0) + wanted.jobs
        served[wanted.model] = math.inf
        order.append(key)
    return order


def _rank(waiter: Waiter, load: Mapping[str, int], served: Mapping[str, float]) -> tuple[float, ...]:
    model = waiter.ask.model
    return (load.get(model, 0), served.get(model, 0.0), waiter.since)


def _load(ledger: Ledger) -> dict[str, int]:
    load: dict[str, int] = {}
    for claim in ledger.running.values():
        load[claim.ask.model] = load.get(claim.ask.model, 0) + claim.ask.jobs
    return load


def _turns(ledger: Ledger, caps: Caps) -> list[str]:
    """Return who of those that wait has room now, in the order of their turns.

    Who is kept out by a cap of its own model, or of the day, keeps nobody else out. But for one that needs more jobs at
    once than there is room for, room is kept until it is enough: otherwise small jobs would go before it for ever.
    """
    ahead, turns = ledger, []
    left = {key: one for key, one in ledger.waiting.items() if not one.parked}
    while left:
        load = _load(ahead)
        key = min(left, key=lambda name: _rank(left[name], load, ahead.served))
        wanted = left.pop(key).ask
        if (full := _full(ahead, wanted, caps)) is None:
            ahead = replace(_granted(ahead, wanted, 0.0), served={**ahead.served, wanted.model: math.inf})
            turns.append(key)
        elif full.startswith(f"{NAMES['jobs_at_once']}:"):
            break
    return turns


def never_fits(wanted: Ask, caps: Caps) -> str | None:
    """Say why something can never run under these caps, and what to do; None if it can."""
    for name, value, unit in (
        ("jobs_at_once", wanted.jobs, "jobs at once"),
        ("jobs_at_once_per_model", wanted.jobs, "jobs at once"),
        ("jobs_per_day", wanted.jobs, "jobs"),
        ("jobs_per_day_per_model", wanted.jobs, "jobs"),
        ("hours_per_day", wanted.hours, "instance-hours at most"),
        ("hours_per_day_per_model", wanted.hours, "instance-hours at most"),
    ):
        cap = getattr(caps, name)
        if cap is not None and value > cap:
            return (
                f"it needs {value:g} {unit}, above this stack's {NAMES[name]} of {cap:g}: ask for less (train.max_run, "
                "train.instance_count, tune.max_jobs, tune.max_parallel_jobs), or raise the parameter"
            )
    return None


def _full(ledger: Ledger, wanted: Ask, caps: Caps) -> str | None:
    """Say which cap leaves no room for an ask; None if there is room."""
    load, mine = _load(ledger), ledger.used.get(wanted.model, Used())
    all_jobs = sum(used.jobs for used in ledger.used.values())
    all_hours = sum(used.hours for used in ledger.used.values())
    of = f" of {wanted.model}"
    for name, there, more, words in (
        ("jobs_at_once", sum(load.values()), wanted.jobs, "jobs at once"),
        ("jobs_at_once_per_model", load.get(wanted.model, 0), wanted.jobs, f"jobs{of} at once"),
        ("jobs_per_day", all_jobs, wanted.jobs, "jobs a day"),
        ("jobs_per_day_per_model", mine.jobs, wanted.jobs, f"jobs{of} a day"),
        ("hours_per_day", all_hours, wanted.hours, "instance-hours a day"),
        ("hours_per_day_per_model", mine.hours, wanted.hours, f"instance-hours{of} a day"),
    ):
        cap = getattr(caps, name)
        if cap is not None and there + more > cap + _ROUNDING:
            return f"{NAMES[name]}: {cap:g} {words}"
    return None


def _next_try(ledger: Ledger, wanted: Ask, caps: Caps, now: float) -> float:
    """Return when to ask again: soon if something that runs may end, at midnight if the day's caps are full."""
    idle = replace(ledger, running={}, waiting={})
    full = _full(idle, wanted, caps)
    # Hours that were counted as the most that a job may take come back when it ends; jobs of the day don't.
    if full is None or ("instance-hours" in full and ledger.running):
        return now + LOOK_AGAIN
    return (now // DAY + 1) * DAY
