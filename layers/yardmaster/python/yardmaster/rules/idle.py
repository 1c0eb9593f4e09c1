"""Whether an endpoint is idle: evidence, never the lack of it.

A request that is counted keeps an endpoint running. No count at all says nothing by itself: SageMaker's guide of 2023
says that an endpoint without traffic emits zeros, in practice there are gaps, and there are gaps as well while
CloudWatch is late or an endpoint is broken. So each variant must have been *reported* in the window: by zeros, or by
the use of its memory, which instances publish at least every five minutes whether they are asked or not.
https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules.hours import is_open, next_closing, next_opening
from yardmaster.rules.queue import HOLDING
from yardmaster.rules.why import spell_age, spell_time
from yardmaster.spec.hours import Hours, parse_hours

LATE = 5 * 60.0
"""Seconds until CloudWatch has what happened; the window reaches back so much further."""
PERIODS = (300, 600, 900, 1800, 3600, 7200, 10800, 21600)
"""Seconds of a datapoint, all divisors of a day. None below five minutes: instances may publish as seldom as that."""
FEW = 6
"""Into how many datapoints a window is cut, where a period is long enough for it."""
REPORTED = 0.9
"""The share of a window's periods in which a variant must have been reported."""
ASK_AGAIN = 30 * 60.0
"""Seconds until an endpoint that could not be judged is asked about again."""
WAITING = frozenset({Stage.TESTING, Stage.EVALUATED})
"""Stages from which a release is minutes away from its endpoint; one that is registered and approved is next."""


@dataclass(frozen=True)
class Rest:
    """When an endpoint is stopped: what its spec says, or a tag (`stop_after` alone); times in seconds."""

    endpoint: str
    stop_after: int | None = None
    hours: Hours | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Rest | None":
        """Return what `Model.idle` holds; None if it holds nothing."""
        if not data:
            return None
        return cls(data["endpoint"], data["stop_after"], hours_of(data))


@dataclass(frozen=True)
class Candidate:
    """An endpoint that may be stopped or started: its row, when it rests, and the variants that it should have.

    `dry` says that it is somebody's, of whom it is only told what would be done.

    Attributes:
        row, rest, variants, dry: As said.
        begin: When the window begins that it must have no request in; 0 where requests don't matter.
        reason: Why it is to be stopped, once that is known.
    """

    row: Endpoint
    rest: Rest
    variants: tuple[str, ...]
    dry: bool = False
    begin: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Window:
    """The time that is looked at: from `begin` on, in datapoints of `period` seconds from `start` to `end`."""

    begin: float
    start: float
    end: float
    period: int

    def periods(self, now: float) -> range:
        """Return the beginnings of the periods of which CloudWatch has all."""
        return range(int(self.start), int(now - LATE) - self.period + 1, self.period)


@dataclass(frozen=True)
class Series:
    """A variant's datapoints by the beginning of their period; `complete` is False if CloudWatch did not give all."""

    values: Mapping[float, float]
    complete: bool = True


@dataclass(frozen=True)
class Stop:
    """Stop it."""

    reason: str


@dataclass(frozen=True)
class Start:
    """Start it."""

    reason: str


@dataclass(frozen=True)
class Leave:
    """Leave it as it is."""

    reason: str


@dataclass(frozen=True)
class Ask:
    """Ask for its requests since `begin`."""

    begin: float


@dataclass(frozen=True)
class Busy:
    """It answers requests, the last known ones at `until`."""

    until: float
    reason: str


@dataclass(frozen=True)
class Idle:
    """It answered none, and that is known."""

    reason: str


@dataclass(frozen=True)
class AskLife:
    """No requests are counted of these variants, not even none: ask whether anything is."""

    variants: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """Nobody can tell."""

    reason: str


def hours_of(idle: Mapping[str, Any]) -> Hours | None:
    """Return the opening hours that `Model.idle` holds, if any."""
    return _parsed(tuple(idle["hours"])) if idle.get("hours") else None


@cache
def _parsed(texts: tuple[str, ...]) -> Hours:
    return parse_hours(texts)


def is_open_question(rest: Rest, asked_until: float, now: float) -> bool:
    """Tell whether there may be something to do for an endpoint; if not, not even its row needs to be read."""
    return rest.hours is not None or rest.stop_after is None or asked_until <= now - rest.stop_after - LATE


def wish(rest: Rest, row: Endpoint, asked_until: float, now: float) -> Ask | Stop | Start | Leave:
    """Decide what is to be done, from what is known without a question to AWS.

    Args:
        rest: When it is to be stopped.
        row: The endpoint's row.
        asked_until: Until when requests are known, from an earlier look; 0 for never asked.
        now: The time.
    """
    if row.state in {"stopping", "starting"}:
        return Leave(f"it is {row.state}")
    if row.holder is not None:
        return Leave(f"release {row.holder} holds it")
    opened = None if rest.hours is None or now < row.holds_until else is_open(rest.hours, now)
    if row.state == "stopped":
        return Start("its hours have begun") if opened else Leave("it is stopped")
    if opened is False and rest.hours is not None:
        return Stop(f"outside its hours, which begin again at {spell_time(next_opening(rest.hours, now))}")
    if rest.stop_after is None:
        return Leave("its hours have not ended")
    begin = now - rest.stop_after - LATE
    if asked_until > begin:
        return Leave(f"it had requests until {spell_time(asked_until)}")
    return Ask(begin)


def window(begin: float, now: float) -> Window:
    """Return what CloudWatch is asked for; its ends lie on whole periods, so that all datapoints are whole."""
    length = now - begin
    period = next((one for one in PERIODS if length / one <= FEW), PERIODS[-1])
    return Window(begin, math.floor(begin / period) * period, math.ceil(now / period) * period, period)


def too_new(begin: float, created: float, modified: float) -> str | None:
    """Say why an endpoint can't be idle yet: its metrics are of less than the window; None if it can."""
    since = max(created, modified)
    return f"it is as it is only since {spell_time(since)}" if since > begin else None


def judge(
    requests: Mapping[str, Series], life: Mapping[str, Series], asked: Window, now: float
) -> Idle | Busy | AskLife | Unknown:
    """Decide whether an endpoint is idle.

    Args:
        requests: `Invocations`, summed, of each of its variants.
        life: `MemoryUtilization` of those that it was asked for; empty before it was.
        asked: The window.
        now: The time.
    """
    if not requests:
        return Unknown("it is not known which variants it has")
    # A period that has begun before the window counts as a whole: it may only keep an endpoint running.
    active = {at: value for one in requests.values() for at, value in one.values.items() if value > 0}
    if active:
        until = min(max(active) + asked.period, now)
        return Busy(until, f"{sum(active.values()):g} requests, the last before {spell_time(until)}")
    if any(not one.complete for one in (*requests.values(), *life.values())):
        return Unknown("CloudWatch did not give all of its metrics")
    whole = asked.periods(now)
    if not whole:
        return Unknown("its window is too short to be measured")
    silent = tuple(name for name, one in requests.items() if not _reported(one.values, whole))
    unasked = tuple(name for name in silent if name not in life)
    if unasked:
        return AskLife(unasked)
    dead = [name for name in silent if not _reported({**requests[name].values, **life[name].values}, whole)]
    if dead:
        return Unknown(
            f"CloudWatch has no metrics of {', '.join(dead)}: neither requests nor memory, so nobody can tell"
        )
    how = "no count of them, while its memory was measured all the time" if silent else "counted as none"
    return Idle(f"no request to {_variants(requests)} for {spell_age(now - asked.begin)} ({how})")


def _reported(values: Iterable[float], whole: range) -> bool:
    """Say whether there are datapoints of nearly all periods, and of the newest."""
    there = {int(at) for at in values}
    return whole[-1] in there and sum(at in there for at in whole) >= math.ceil(REPORTED * len(whole))


def _variants(requests: Mapping[str, Series]) -> str:
    return next(iter(requests)) if len(requests) == 1 else f"any of {len(requests)} variants"


def needs_it(release: Release) -> bool:
    """Tell whether a release will need its endpoint in the next minutes, or has it."""
    if release.stage in HOLDING or release.stage in WAITING:
        return True
    return release.stage is Stage.REGISTERED and release.approved_at is not None


NEEDED_IN = frozenset({*HOLDING, *WAITING, Stage.REGISTERED})
"""The stages among which `needs_it` finds such releases."""


def holds_until(hours: Hours | None, now: float, *, running: bool) -> float:
    """Return until when a person's word (or what was done in spite of the hours) stands against opening hours.

    A start outside them holds to the next closing, a stop inside them to the next opening.
    """
    if hours is None:
        return 0.0
    if running:
        return 0.0 if is_open(hours, now) else next_closing(hours, now)
    return next_opening(hours, now) if is_open(hours, now) else 0.0
