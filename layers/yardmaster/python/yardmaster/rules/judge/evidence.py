"""Likelihood ratios of counts, as logarithms: minutes add up.

Each is an e-value under what it speaks against: its expectation is at most 1, so the product over minutes ever reaches
1/α with a chance of at most α (Ville's inequality), however often one looks. See Ramdas et al., "Game-theoretic
statistics and safe anytime-valid inference", 2023.
"""

import math
from functools import lru_cache

_NEGLIGIBLE = 1e-17
"""Terms smaller than this share of the sum don't change it."""


def log_mean(logs: tuple[float, ...]) -> float:
    """Return the logarithm of the mean of e to these powers; the mean of e-values is one."""
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs) / len(logs))


def rate_ratio(count: int, requests: int, rate: float, instead_of: float) -> float:
    """Return log P(count | rate) / P(count | instead_of) of `count` among `requests`; rates above 1 are cut."""
    rate = min(rate, 1 - 1e-9)
    return count * math.log(rate / instead_of) + (requests - count) * (math.log1p(-rate) - math.log1p(-instead_of))


def odds_ratio(canary: int, of_canary: int, baseline: int, of_baseline: int, odds: float) -> float:
    """Return log P(canary | odds) / P(canary | 1), given how many there were in both together.

    Given the sum, the canary's part is hypergeometric if both are equally good, and Fisher's noncentral hypergeometric
    if the odds in the canary are `odds` times the baseline's, whatever the base rate: what hits both says nothing.

    Args:
        canary: How many of the canary's requests it was.
        of_canary: The canary's requests.
        baseline: How many of the baseline's requests it was.
        of_baseline: The baseline's requests.
        odds: The odds ratio that is compared with 1.
    """
    together = canary + baseline
    if not together or not of_canary or not of_baseline:
        return 0.0
    return canary * math.log(odds) - _log_tilted(of_canary, of_baseline, together, odds)


@lru_cache(maxsize=65_536)
def _log_tilted(drawn: int, others: int, marked: int, odds: float) -> float:
    """Return log E[odds ** K], K hypergeometric: `marked` of `drawn` + `others`, K of them among the drawn.

    Summed from the largest term to both sides, as far as terms matter.
    """
    least, most = max(0, marked - others), min(drawn, marked)
    mode = min(max(_mode(drawn, others, marked, odds), least), most)
    total = term = 1.0
    for k in range(mode, most):
        term *= odds * (drawn - k) * (marked - k) / ((k + 1) * (others - marked + k + 1))
        total += term
        if term < _NEGLIGIBLE * total:
            break
    term = 1.0
    for k in range(mode, least, -1):
        term *= k * (others - marked + k) / (odds * (drawn - k + 1) * (marked - k + 1))
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return _log_central(mode, drawn, others, marked) + mode * math.log(odds) + math.log(total)


def _mode(drawn: int, others: int, marked: int, odds: float) -> int:
    """Return the mode of Fisher's noncentral hypergeometric distribution, by its closed form."""
    a = odds - 1
    b = (drawn + marked + 2) * odds + others - marked
    c = (drawn + 1) * (marked + 1) * odds
    return int(2 * c / (b + math.sqrt(max(b * b - 4 * a * c, 0.0))))


def _log_central(k: int, drawn: int, others: int, marked: int) -> float:
    """Return log P(K = k) of the central hypergeometric distribution."""
    return _log_choose(drawn, k) + _log_choose(others, marked - k) - _log_choose(drawn + others, marked)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
