"""From the minutes of a canary to a verdict; everything is computed anew at each look: there is no state to lose.

Each test is a likelihood ratio, so evidence may be looked at every minute (`evidence`). Evidence for going on begins
with the step; of a measure's two tests the mean counts, and every measure must have enough. Evidence for going back is
the mean over the measures, and over all steps and the present one: after hours of good answers at 5 %, evidence over
all steps alone would take as many bad ones to turn. Measured error rates: `benchmarks/judge.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from yardmaster.errors import MeasurementError
from yardmaster.records import Counts, Minute
from yardmaster.rules.judge.evidence import log_mean
from yardmaster.rules.judge.measures import Evidence, Measure, measures
from yardmaster.rules.judge.records import (
    MINUTE,
    Action,
    CanaryPolicy,
    MeasureEvidence,
    MinuteEvidence,
    Verdict,
)

_NOTHING = Counts(0, 0)
SETTLING = 180.0
"""Only minutes that ended this long ago count: CloudWatch completes its numbers late."""


def next_look(steps: Sequence[float], warm_up: float, after: float) -> float:
    """Return the earliest time from `after` on at which a look can bring what was not known before.

    That is from when the first minute counts after a step's warm-up. Before it, a step after the first is looked at
    once, as soon as the last minutes of the step before are complete: each look costs money.

    Args:
        steps: When each step so far began, in order; the last is the present one.
        warm_up: The policy's, in seconds.
        after: Not before this; for the first look at a step, when it began.
    """
    began = steps[-1]
    last_of_the_old = began // MINUTE * MINUTE + SETTLING
    if len(steps) > 1 and after <= last_of_the_old:
        return last_of_the_old
    return max(after, math.ceil((began + warm_up) / MINUTE) * MINUTE + MINUTE + SETTLING)


def judge(
    minutes: Sequence[Minute], policy: CanaryPolicy, steps: Sequence[float], now: float, *, may_promote: bool = True
) -> Verdict:
    """Judge a canary from its minutes, scanned in order; the first crossing decides.

    Gaps are no evidence, and no data never promotes.

    Args:
        minutes: From the beginning of the canary, in any order.
        policy: How strict to be.
        steps: When each step so far (its weights) began, in order; the last is the present one.
        now: The time.
        may_promote: False to look for bad news only: a canary that passed, and waits for a person, is still judged.

    Raises:
        MeasurementError: A minute comes twice, or has more errors than requests.
    """
    judged = measures(policy)
    whole = step = _Running((Evidence(),) * len(judged))
    evidence: list[MinuteEvidence] = []
    for minute in _counting(minutes, policy, steps, now):
        whole = whole.after(judged, minute)
        if minute.start >= steps[-1]:
            step = step.after(judged, minute)
        seen = _seen(minute, judged, whole, step)
        evidence.append(seen)
        crossed = _crossing(seen, judged, whole, step, policy)
        if crossed and (may_promote or crossed[0] is not Action.PROMOTE):
            return Verdict(*crossed, tuple(evidence))
    return _undecided(step, policy, now - steps[-1], tuple(evidence), judged)


@dataclass(frozen=True)
class _Running:
    """Sums over the minutes so far: each measure's evidence, and what both variants answered."""

    evidence: tuple[Evidence, ...]
    canary: Counts = _NOTHING
    baseline: Counts = _NOTHING

    def after(self, judged: Sequence[Measure], minute: Minute) -> "_Running":
        return _Running(
            tuple(one.after(measure, minute) for one, measure in zip(self.evidence, judged, strict=True)),
            _sum(self.canary, minute.canary),
            _sum(self.baseline, minute.baseline),
        )


def _sum(some: Counts, more: Counts) -> Counts:
    slow = {name: some.slow.get(name, 0) + more.slow.get(name, 0) for name in {**some.slow, **more.slow}}
    return Counts(some.requests + more.requests, some.errors + more.errors, slow)


def _seen(minute: Minute, judged: Sequence[Measure], whole: _Running, step: _Running) -> MinuteEvidence:
    both = zip(judged, whole.evidence, step.evidence, strict=True)
    logs = [
        (measure.name, now.count, now.promote(measure), log_mean((before.roll_back(measure), now.roll_back(measure))))
        for measure, before, now in both
    ]
    return MinuteEvidence(
        start=minute.start,
        requests=step.canary.requests,
        errors=step.canary.errors,
        promote=_exp(min(good for _, _, good, _ in logs)),
        roll_back=_exp(log_mean(tuple(bad for _, _, _, bad in logs))),
        measures=tuple(MeasureEvidence(name, count, _exp(good), _exp(bad)) for name, count, good, bad in logs),
    )


def _exp(log: float) -> float:
    """Return e to this power, kept finite: beyond 10³⁰⁰ evidence is evidence."""
    return math.exp(min(log, 690.0))


def _counting(minutes: Sequence[Minute], policy: CanaryPolicy, steps: Sequence[float], now: float) -> list[Minute]:
    """Return the minutes that count, in order: those that are complete, without the steps' warm-up."""
    ordered = sorted(minutes, key=lambda minute: minute.start)
    for before, after in pairwise(ordered):
        if before.start == after.start:
            raise MeasurementError("the same minute was counted twice in the canary's metrics")
    for counts in (counts for minute in ordered for counts in (minute.canary, minute.baseline)):
        for count in (counts.errors, *counts.slow.values()):
            if not 0 <= count <= counts.requests:
                raise MeasurementError(f"the metrics say {count} errors or slow answers in {counts.requests} requests")

    def counts_now(minute: Minute) -> bool:
        complete = minute.start + MINUTE + SETTLING <= now
        # A minute in which a step began was served under two weights, and belongs to its warm-up.
        warm = not any(start - MINUTE < minute.start < start + policy.warm_up for start in steps)
        return complete and warm

    return [minute for minute in ordered if counts_now(minute)]


def _crossing(
    seen: MinuteEvidence, judged: Sequence[Measure], whole: _Running, step: _Running, policy: CanaryPolicy
) -> tuple[Action, str] | None:
    """Return action and reason if this minute brought a verdict; bad news first."""
    needed = 1 / policy.false_rollback
    if seen.roll_back >= needed:
        said = _worst(judged, whole, step, policy)
        return Action.ROLL_BACK, f"{said}; evidence that it is bad {seen.roll_back:.4g} >= {needed:g}"
    needed = 1 / policy.false_promotion
    if seen.promote >= needed and seen.requests >= max(policy.min_requests, 1):
        said = _counted(step if step.canary.requests else whole, policy)
        return Action.PROMOTE, f"{said}; evidence that it is good {seen.promote:.4g} >= {needed:g}"
    return None


def _worst(judged: Sequence[Measure], whole: _Running, step: _Running, policy: CanaryPolicy) -> str:
    """Say what was counted where the evidence comes from: of all steps, or of the present one alone."""
    _, place, of_all = max(
        (running.evidence[place].roll_back(measure), place, running is whole)
        for place, measure in enumerate(judged)
        for running in (step, whole)
    )
    running, name = whole if of_all else step, judged[place].name
    said = _counted(running, policy) if name == "errors" else _slow(judged[place], place, running)
    return f"over all steps: {said}" if of_all and step.canary != whole.canary else said


def _undecided(
    step: _Running,
    policy: CanaryPolicy,
    elapsed: float,
    evidence: tuple[MinuteEvidence, ...],
    judged: Sequence[Measure],
) -> Verdict:
    good, name = min((one.promote(measure), measure.name) for one, measure in zip(step.evidence, judged, strict=True))
    of = "" if name == "errors" else f" ({name})"
    standing = (
        f"{_counted(step, policy)}; evidence that it is good{of} {_exp(good):.4g} of {1 / policy.false_promotion:g}"
    )
    if step.canary.requests < policy.min_requests:
        standing += f", {step.canary.requests:,} of {policy.min_requests:,} requests"
    if elapsed >= policy.progress_deadline:
        reason = (
            f"no verdict within {policy.progress_deadline:g} s: {standing}; on_inconclusive: {policy.on_inconclusive}"
        )
        return Verdict(Action.INCONCLUSIVE, reason, evidence)
    return Verdict(Action.KEEP_WATCHING, standing, evidence)


def _counted(seen: _Running, policy: CanaryPolicy) -> str:
    """Say what was seen: `412 requests, 1 error: 0.24 % (baseline 0.30 % of 7,800; bad from 3 × that, or 1 %)`."""
    if not seen.canary.requests:
        return "no requests yet"
    noun = "error" if seen.canary.errors == 1 else "errors"
    limits = f"bad from {100 * policy.max_error_rate:g} %"
    if seen.baseline.requests:
        limits = (
            f"baseline {_percent(seen.baseline.errors, seen.baseline.requests)} of {seen.baseline.requests:,}; "
            f"bad from {policy.max_error_ratio:g} × its odds or {100 * policy.max_error_rate:g} %"
        )
    share = _percent(seen.canary.errors, seen.canary.requests)
    return f"{seen.canary.requests:,} requests, {seen.canary.errors:,} {noun}: {share} ({limits})"


def _slow(measure: Measure, place: int, seen: _Running) -> str:
    """Say how many answers were slow, as `_counted` does of errors."""
    limits, slow = f"bad from {100 * measure.bad:g} %", seen.evidence[place].count
    if measure.ratio and seen.baseline.requests:
        share = _percent(seen.baseline.slow.get(measure.name, 0), seen.baseline.requests)
        limits = (
            f"baseline {share} of {seen.baseline.requests:,}; bad from {measure.ratio:g} × its odds or "
            f"{100 * measure.bad:g} %"
        )
    share = _percent(slow, seen.canary.requests)
    return f"{seen.canary.requests:,} requests, {slow:,} {measure.name}: {share} ({limits})"


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of:.2f} %"
