"""How often the gate errs, measured: the shares are printed at the end of the run.

`python -m benchmarks.gate --full` repeats it ten times as often, without `--full` a fifth as often.
"""

import math
from collections.abc import Callable
from functools import cache

import pytest

from benchmarks import gate
from benchmarks.gate import EQUAL, WORSE, Setting, power

NOMINAL = 0.05
TRULY_WORSE = ("auc", "pr_auc", "log_loss", "accuracy")
"""What more noise costs for certain; recall and f1 at a fixed threshold may gain by it."""

errors = cache(gate.errors)


def name(setting: Setting) -> str:
    return setting.name


@pytest.mark.parametrize("setting", EQUAL, ids=name)
def test_between_equal_models_each_wrong_verdict_is_as_rare_as_promised(
    setting: Setting, report: Callable[[str], None]
) -> None:
    found = errors(setting)
    for metric, shares in found.items():
        report(f"gate, {setting.name}, {metric}: worse {shares['worse']:.3f}, not worse {shares['not_worse']:.3f}")
    # Three standard deviations of the simulation itself.
    allowed = NOMINAL + 3 * math.sqrt(NOMINAL * (1 - NOMINAL) / setting.repeats)
    assert all(share <= allowed for shares in found.values() for share in shares.values())
    together = [share for shares in found.values() for share in shares.values()]
    assert sum(together) / len(together) <= NOMINAL + 0.015


@pytest.mark.parametrize("setting", EQUAL, ids=name)
def test_the_bounds_are_not_so_wide_that_nothing_is_ever_told(setting: Setting) -> None:
    assert max(share for shares in errors(setting).values() for share in shares.values()) >= NOMINAL / 5


@pytest.mark.parametrize("setting", WORSE, ids=name)
def test_a_worse_model_is_found(setting: Setting, report: Callable[[str], None]) -> None:
    found = power(setting)
    for metric, shares in found.items():
        told = ", ".join(f"{verdict} {share:.2f}" for verdict, share in shares.items())
        report(f"gate, power, {setting.name}, {metric}: {told}")
    assert all(found[metric]["fail"] >= 0.8 for metric in TRULY_WORSE)
    assert all(found[metric]["pass"] <= NOMINAL for metric in TRULY_WORSE)
