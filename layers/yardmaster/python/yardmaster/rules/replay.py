"""What the judge would have said of a past canary, and when: the same minutes, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from yardmaster.errors import MeasurementError
from yardmaster.rules.judge import Action, CanaryPolicy, Counts, LatencyLimit, Minute, Verdict, judge
from yardmaster.rules.judge.decide import SETTLING
from yardmaster.rules.judge.records import MINUTE


@dataclass(frozen=True)
class Recording:
    """A canary as it was recorded: its minutes, when each step began (epoch seconds), and the policy of the time."""

    minutes: tuple[Minute, ...]
    steps: tuple[float, ...]
    policy: CanaryPolicy


@dataclass(frozen=True)
class StepVerdict:
    """The verdict on a step, and when the judge would have known; None if it never would."""

    began: float
    verdict: Verdict
    known_at: float | None


def replay(recording: Recording, policy: CanaryPolicy) -> list[StepVerdict]:
    """Judge each step with the minutes that came before the next one began, up to a rollback.

    Raises:
        MeasurementError: The minutes contradict themselves.
    """
    found = []
    last = max((minute.start for minute in recording.minutes), default=recording.steps[-1]) + MINUTE
    for count, ended in enumerate((*recording.steps[1:], last), start=1):
        began = recording.steps[count - 1]
        minutes = [minute for minute in recording.minutes if minute.start < ended]
        verdict = judge(minutes, policy, recording.steps[:count], ended + SETTLING)
        crossed = verdict.action in {Action.PROMOTE, Action.ROLL_BACK}
        found.append(StepVerdict(began, verdict, verdict.evidence[-1].start + MINUTE + SETTLING if crossed else None))
        if verdict.action is Action.ROLL_BACK:
            break
    return found


def recording(data: Any) -> Recording:
    """Return a recording from JSON: a `decision.json`, or `{"minutes": [...]}` of the same form.

    Each minute is `{"start": seconds, "canary": {"requests": n, "errors": n}, "baseline": {...}}`; without
    `steps_began_at` all are one step, and without `thresholds` the defaults hold.

    Raises:
        MeasurementError: It has another form; the message says which part.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("minutes"), list) or not data["minutes"]:
        raise MeasurementError('this is no recording: an object with "minutes", a list that is not empty, is needed')
    minutes = tuple(_minute(number, one) for number, one in enumerate(data["minutes"]))
    steps = tuple(data.get("steps_began_at") or (minutes[0].start,))
    return Recording(minutes, steps, _policy(data.get("thresholds") or {}))


def _minute(number: int, data: Any) -> Minute:
    try:
        return Minute(float(data["start"]), _counts(data["canary"]), _counts(data["baseline"]))
    except (KeyError, TypeError, ValueError) as error:
        raise MeasurementError(
            f'minutes[{number}] has another form than {{"start": seconds, "canary": {{"requests": n, "errors": n}}, '
            f'"baseline": {{…}}}}: {error}'
        ) from error


def _counts(data: Any) -> Counts:
    slow = {str(name): int(count) for name, count in (data.get("slow") or {}).items()}
    return Counts(int(data["requests"]), int(data["errors"]), slow)


def _policy(data: Mapping[str, Any]) -> CanaryPolicy:
    known = {field.name for field in fields(CanaryPolicy)} - {"latency", "on_inconclusive"}
    latency = tuple(LatencyLimit(**limit) for limit in data.get("latency", ()))
    try:
        return CanaryPolicy(latency=latency, **{name: value for name, value in data.items() if name in known})
    except (TypeError, ValueError) as error:
        raise MeasurementError(f"thresholds: {error}") from error
