"""Rules that judge a step of a canary, ours and what is usual: how the step of each run ended, and when."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.judging.streams import MINUTES, Ints, Step
from yardmaster.rules.judge import Action, CanaryPolicy, Counts, Minute, judge

PROMOTE, ROLL_BACK, NEITHER = 1, -1, 0
POLICY = CanaryPolicy(warm_up=0.0)
"""The product's default, but for the warm-up: these streams have none."""


@dataclass(frozen=True)
class Ends:
    """How the step of each run ended (`PROMOTE`, `ROLL_BACK`, `NEITHER`), and after how many minutes of traffic."""

    verdict: Ints
    minutes: Ints


Rule = Callable[[list[Step], list[Ends]], Ends]
"""Judges the last of the steps so far for all runs; gets how the steps before it ended."""


def yardmaster(steps: list[Step], before: list[Ends]) -> Ends:
    """Judge as the product does, with its default policy."""
    lengths = [ends.minutes for ends in before]
    ends = [_judged(steps, [int(length[run]) for length in lengths], run) for run in range(len(steps[0].canary))]
    return Ends(np.array([verdict for verdict, _ in ends]), np.array([minutes for _, minutes in ends]))


def _judged(steps: list[Step], lengths: list[int], run: int) -> tuple[int, int]:
    began = 60.0 * sum(lengths)
    begins = [60.0 * sum(lengths[:number]) for number in range(len(steps))]
    earlier = [
        minute
        for step, length, begin in zip(steps, lengths, begins, strict=False)
        for minute in _minutes(step, run, begin, length)
    ]
    # The first crossing decides, so the first minutes alone give the same verdict; most runs need few.
    for length in (30, 120, MINUTES):
        minutes = earlier + _minutes(steps[-1], run, began, length)
        verdict = judge(minutes, POLICY, begins, began + 60.0 * MINUTES + 240)
        took = len(verdict.evidence) - len(earlier)
        if verdict.action is Action.PROMOTE:
            return PROMOTE, took
        if verdict.action is Action.ROLL_BACK:
            return ROLL_BACK, took
    return NEITHER, MINUTES


def _minutes(step: Step, run: int, begin: float, length: int) -> list[Minute]:
    rows = zip(
        step.canary[run, :length].tolist(),
        step.canary_errors[run, :length].tolist(),
        step.baseline[run, :length].tolist(),
        step.baseline_errors[run, :length].tolist(),
        strict=True,
    )
    return [
        Minute(begin + 60.0 * place, Counts(sent, failed), Counts(others, theirs))
        for place, (sent, failed, others, theirs) in enumerate(rows)
    ]


def thresholds(
    steps: list[Step], _before: list[Ends], limit: float = 0.01, checks: int = 10, failures: int = 5
) -> Ends:
    """Check each minute's error rate against a limit; so many failed checks roll back (Flagger's way)."""
    step = steps[-1]
    failed = _rates(step.canary_errors[:, :checks], step.canary[:, :checks]) > limit
    return _within(np.cumsum(failed, axis=1) >= failures, checks)


def fisher(steps: list[Step], _before: list[Ends], level: float = 0.05, minutes: int = 30) -> Ends:
    """Test all requests so far each minute with Fisher's exact test, one-sided, at a nominal level."""
    step = steps[-1]
    canary, bad, baseline, others = (
        np.cumsum(counts[:, :minutes], axis=1)
        for counts in (step.canary, step.canary_errors, step.baseline, step.baseline_errors)
    )
    tail = stats.hypergeom.sf(bad - 1, canary + baseline, bad + others, canary)
    return _within(tail < level, minutes)


def mann_whitney(
    steps: list[Step], _before: list[Ends], level: float = 0.02, tolerance: float = 0.25, minutes: int = 50
) -> Ends:
    """Compare the minutes' error rates once, by rank, after so many minutes (Kayenta's way and defaults).

    A canary fails if the confidence interval of the shift between both (Hodges and Lehmann's) lies above the tolerance
    times the estimate. Kayenta asks for a second baseline of the canary's size beside it; here it gets what there is.
    """
    step = steps[-1]
    canary = _rates(step.canary_errors[:, :minutes], step.canary[:, :minutes])
    baseline = _rates(step.baseline_errors[:, :minutes], step.baseline[:, :minutes])
    shifts = np.sort((canary[:, :, None] - baseline[:, None, :]).reshape(len(canary), -1), axis=1)
    pairs = minutes * minutes
    spread = stats.norm.ppf(1 - level / 2) * np.sqrt(pairs * (2 * minutes + 1) / 12)
    lowest, estimate = shifts[:, int(pairs / 2 - spread)], np.median(shifts, axis=1)
    ended = np.zeros((len(canary), minutes), dtype=bool)
    ended[:, -1] = lowest > tolerance * np.abs(estimate)
    return _within(ended, minutes)


def one_error(steps: list[Step], _before: list[Ends], minutes: int = 10) -> Ends:
    """Roll back at the first minute with a failed request (an alarm on one 5XX, as AWS's sample sets it)."""
    return _within(steps[-1].canary_errors[:, :minutes] >= 1, minutes)


def _rates(errors: Ints, requests: Ints) -> NDArray[np.float64]:
    """Return errors per request, 0 where there were none."""
    return errors / np.maximum(requests, 1)


def _within(rolled_back: NDArray[np.bool_], minutes: int) -> Ends:
    """Roll back at the first True of each run; what has none is promoted after all minutes."""
    any_back = rolled_back.any(axis=1)
    return Ends(np.where(any_back, ROLL_BACK, PROMOTE), np.where(any_back, rolled_back.argmax(axis=1) + 1, minutes))


RULES: dict[str, Rule] = {
    "yardmaster": yardmaster,
    "5 of 10 thresholds": thresholds,
    "Fisher each minute": fisher,
    "Mann-Whitney at 50 min": mann_whitney,
    "alarm on one 5XX": one_error,
}
