"""What `decision.json` tells: how a canary was judged, minute by minute, and who decided."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from yardmaster.records import Release, Stage
from yardmaster.rules.canary import policy
from yardmaster.rules.judge import Counts, Minute, MinuteEvidence, judge
from yardmaster.rules.shift import Shift
from yardmaster.spec.schema import CanarySpec

DECIDING = frozenset({Stage.REGISTERED, Stage.DEPLOYING, Stage.CANARY, Stage.PROMOTING, Stage.ROLLING_BACK})
"""The stages whose history belongs to the decision."""


def decision(
    release: Release, spec: CanarySpec, state: Shift, minutes: Sequence[Minute], end: Stage, reason: str, now: float
) -> dict[str, Any]:
    """Return the record of a canary that has ended, as plain data.

    Args:
        release: The release, before it ends.
        spec: The spec's canary section.
        state: Where its shift stands.
        minutes: What both variants answered, from the canary's beginning.
        end: The stage in which it ends.
        reason: Why.
        now: The time.
    """
    evidence = {seen.start: seen for seen in _evidence(spec, state, minutes, now)}
    return {
        "model": release.model,
        "release": release.id,
        "number": release.number,
        "attempt": release.attempt,
        "verdict": end.value,
        "reason": reason,
        "decided_at": now,
        "approved": (release.approved_by or "").strip() or "by the spec",
        "baseline": release.baseline,
        "trained_on": list(release.trained_on),
        "thresholds": asdict(policy(spec, state.usual_p95)),
        "step_weights": list(state.step_weights),
        "steps_began_at": list(_steps(state)),
        "history": [
            {"stage": step.stage.value, "at": step.at, "reason": step.reason}
            for step in release.history
            if step.stage in DECIDING
        ],
        "answers": list(state.answers),
        "minutes": [_minute(minute, evidence.get(minute.start)) for minute in minutes],
    }


def _steps(state: Shift) -> tuple[float, ...]:
    now = () if state.step_started_at is None else (state.step_started_at,)
    return (*state.earlier_steps, *now)


def _evidence(spec: CanarySpec, state: Shift, minutes: Sequence[Minute], now: float) -> list[MinuteEvidence]:
    """Return the evidence after each minute, step by step, as the judge saw it."""
    began = _steps(state)
    found: list[MinuteEvidence] = []
    for count, ended in enumerate((*began[1:], now), start=1):
        if count > len(began):
            break
        so_far = [minute for minute in minutes if minute.start < ended]
        seen = judge(so_far, policy(spec, state.usual_p95), began[:count], now, may_promote=False).evidence
        found += [one for one in seen if one.start >= began[count - 1]]
    return found


def _minute(minute: Minute, evidence: MinuteEvidence | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "start": minute.start,
        "canary": _counts(minute.canary),
        "baseline": _counts(minute.baseline),
    }
    if evidence is not None:
        told["evidence"] = {
            "promote": evidence.promote,
            "roll_back": evidence.roll_back,
            "measures": [asdict(measure) for measure in evidence.measures],
        }
    return told


def _counts(counts: Counts) -> dict[str, Any]:
    return {"requests": counts.requests, "errors": counts.errors, "slow": dict(counts.slow)}
