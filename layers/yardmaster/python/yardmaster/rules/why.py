"""Where a release stands, and why, in one sentence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from yardmaster.records import Release, Stage, Waiting, WaitKind
from yardmaster.rules.drift import lines_of
from yardmaster.rules.history import told
from yardmaster.rules.stages import ENDED, entered

_IS: dict[Stage, str] = {
    Stage.RECEIVED: "was received",
    Stage.PREPARED: "is prepared",
    Stage.TRAINING: "is in training",
    Stage.TESTING: "is in testing",
    Stage.EVALUATED: "is evaluated",
    Stage.REGISTERED: "is registered",
    Stage.DEPLOYING: "is being deployed",
    Stage.CANARY: "is in canary",
    Stage.PROMOTING: "is being promoted",
    Stage.ROLLING_BACK: "is being rolled back",
    Stage.LIVE: "is live",
    Stage.REPLACED: "was replaced",
    Stage.REFUSED: "was refused",
    Stage.UNCHANGED: "is unchanged",
    Stage.REJECTED: "was rejected",
    Stage.ROLLED_BACK: "was rolled back",
    Stage.INCONCLUSIVE: "was inconclusive",
    Stage.SUPERSEDED: "was superseded",
    Stage.CANCELLED: "was cancelled",
    Stage.FAILED: "failed",
}
_WAITS_FOR: dict[WaitKind, str] = {
    WaitKind.SPEC: "its spec",
    WaitKind.APPROVAL: "an approval",
    WaitKind.ENDPOINT: "its endpoint",
    WaitKind.QUOTA: "a quota",
    WaitKind.CAP: "room under the stack's caps",
    WaitKind.CAP: "a cap",
    WaitKind.CAPACITY: "instances",
    WaitKind.PERSON: "a person's decision",
}


def why(release: Release, now: float) -> str:
    """Say where a release stands, why, what it waits for and since when, and when it is looked at next.

    Args:
        release: The row.
        now: The time, in seconds.

    Returns:
        One sentence: `churn #7 (jan) is registered since 3m: gate passed; it waits for an approval, since 3m; …`.
    """
    parts = [_standing(release, now)]
    if release.waiting_for is not None:
        parts.append(_waiting(release.waiting_for, release.reason, now))
    if len(release.trained_on) > 1:
        parts.append(f"trained on the rows{told(release.trained_on)}")
    parts += _tuned(release.tuning)
    parts += [f"warning: {_clause(warning)}" for warning in lines_of(release.deploy.get("answers", ()))[-1:]]
    if release.failures:
        parts.append(f"the last step failed {_times(release.failures)}")
    if release.stage not in ENDED:
        parts.append(_next_look(release, now))
    return "; ".join(parts) + "."


def _tuned(tuning: Mapping[str, Any]) -> list[str]:
    """Say which trial of its tuning was the best, and what was noticed of it."""
    if not tuning:
        return []
    best = [f"tuned: {_clause(tuning['said'])}"] if tuning["best"] else []
    return [*best, *(f"warning: {_clause(warning)}" for warning in tuning["warnings"])]


def entered_at(release: Release) -> float:
    """Return when the release entered the stage that it is in."""
    first, _ = entered(release)
    return first.at if first else release.created_at


def spell_age(seconds: float) -> str:
    """Return an age in its two largest units: `45s`, `3m 20s`, `2h 5m`, `3d 4h`; clocks that disagree give `0s`."""
    whole = max(int(seconds), 0)
    for unit, size, smaller, small_size in (("d", 86400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // small_size
            return f"{whole // size}{unit} {rest}{smaller}" if rest else f"{whole // size}{unit}"
    return f"{whole}s"


def spell_time(at: float) -> str:
    """Return a time as `2026-11-22 14:03:05 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _standing(release: Release, now: float) -> str:
    age = spell_age(now - entered_at(release))
    verb = _IS[release.stage]
    when = f"since {age}" if verb.startswith("is ") else f"{age} ago"
    attempt = f", attempt {release.attempt}," if release.attempt > 1 else ""
    reason = f": {_clause(release.reason)}" if release.reason else ""
    return f"{release.title} ({release.source.name}){attempt} {verb} {when}{reason}"


def _waiting(waiting: Waiting, reason: str, now: float) -> str:
    text = f"it waits for {_WAITS_FOR[waiting.kind]}, since {spell_age(now - waiting.since)}"
    if waiting.subject and waiting.subject not in reason:
        text += f" ({_clause(waiting.subject)})"
    if waiting.position is not None:
        text += f", at place {waiting.position} in the queue"
    return text


def _next_look(release: Release, now: float) -> str:
    planned = release.waiting_for.next_try if release.waiting_for else None
    at = release.due if planned is None else planned
    if at is None:
        return "only an event moves it on"
    return f"next look in {spell_age(at - now)}" if at > now else "it is due now"


def _clause(text: str) -> str:
    """Return text that fits inside a sentence: one line, no full stop at its end."""
    return " ".join(text.split()).rstrip(".")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times in a row"
