"""Traffic as a canary sees it: minute by minute, what both variants answered and how much of it failed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MINUTES = 360
"""As long as a step may last: the default `progress_deadline`."""
SHARES = (5, 95)
"""The canary's share of the traffic at each judged step, in per cent."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """One kind of canary.

    Attributes:
        base_rate: The share of the baseline's requests that fail.
        requests: Requests a minute to the endpoint, both variants together.
        effect: The canary's error rate, as a multiple of the baseline's.
        bursts: `none`; `common`: in each minute both rates are multiplied by the same random factor (Gamma, mean 1,
            variance 1); `independent`: by one of its own each, as if the two ran in different worlds.
    """

    base_rate: float
    requests: int
    effect: float
    bursts: str = "none"


@dataclass(frozen=True)
class Step:
    """One step of many runs: arrays of shape (runs, minutes)."""

    canary: Ints
    canary_errors: Ints
    baseline: Ints
    baseline_errors: Ints


def steps(cell: Cell, runs: int, source: np.random.Generator) -> list[Step]:
    """Return both steps of `runs` canaries."""
    return [_step(cell, runs, share / 100, source) for share in SHARES]


def _step(cell: Cell, runs: int, share: float, source: np.random.Generator) -> Step:
    shape = (runs, MINUTES)
    canary, baseline = (source.poisson(cell.requests * part, shape) for part in (share, 1 - share))
    own, others = _bursts(cell.bursts, shape, source)
    rates = (np.minimum(cell.base_rate * cell.effect * own, 1), np.minimum(cell.base_rate * others, 1))
    return Step(canary, source.binomial(canary, rates[0]), baseline, source.binomial(baseline, rates[1]))


def _bursts(
    kind: str, shape: tuple[int, int], source: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if kind == "none":
        return np.ones(shape), np.ones(shape)
    first = source.gamma(1.0, 1.0, shape)
    return first, first if kind == "common" else source.gamma(1.0, 1.0, shape)
