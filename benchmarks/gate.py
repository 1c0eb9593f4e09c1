"""How often the gate is wrong, and how often it can tell: simulated, printed as one JSON object.

    python -m benchmarks.gate [--full]

*Errors*: two models that are equally good by construction (the same signal, each with its own noise of the same size)
are compared with no margin, where the truth lies exactly on the border. *Worse* and *not worse* are then both errors,
and each may come with a chance of 1 - confidence = 0.05 at most. *Power*: the candidate is truly worse, by a stated
amount; with a margin of 0.005, how often is it called worse, not worse, or undecided?

The short form takes some seconds, the long form some minutes. tests/simulation/test_gate_coverage.py repeats each
setting as often as it says.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yardmaster.rules.gate import Condition, Verdict, evaluate_gate
from yardmaster.rules.metrics import AtRecall, Problem, Scored, Scores, Threshold, measure, metric_names

Vector = NDArray[np.float64]
MARGIN = 0.005
CLASSES = ("a", "b", "c")


@dataclass(frozen=True)
class Setting:
    """A kind of test channel and two models: how many rows, how noisy each model, how often to repeat."""

    name: str
    problem: Problem
    rows: int
    repeats: int
    noise: tuple[float, float] = (0.5, 0.5)
    positives: float = 0.2
    threshold: Threshold = 0.5

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics to compare; recall is left out where the threshold makes it the same for both."""
        names = metric_names(self.problem)
        return tuple(name for name in names if not (isinstance(self.threshold, AtRecall) and name == "recall"))


EQUAL = (
    Setting("binary", Problem.BINARY, 1500, 120),
    Setting("binary, rare positives", Problem.BINARY, 400, 300, positives=0.05),
    Setting("binary, nearly the same model", Problem.BINARY, 600, 200, noise=(0.05, 0.05)),
    Setting("binary, threshold by recall", Problem.BINARY, 600, 200, threshold=AtRecall(0.8)),
    Setting("multiclass", Problem.MULTICLASS, 400, 150),
    Setting("regression", Problem.REGRESSION, 200, 400),
)
WORSE = (
    Setting("binary, 2,000 rows", Problem.BINARY, 2000, 40, noise=(0.8, 0.4)),
    Setting("binary, 8,000 rows", Problem.BINARY, 8000, 20, noise=(0.8, 0.4)),
)


def errors(setting: Setting, seed: int = 1, factor: float = 1) -> dict[str, dict[str, float]]:
    """Return, for each metric, the shares of wrong verdicts between equally good models."""
    found = _verdicts(setting, 0.0, seed, factor)
    return {metric: {"worse": shares[Verdict.FAIL], "not_worse": shares[Verdict.PASS]} for metric, shares in found}


def power(setting: Setting, seed: int = 1, factor: float = 1) -> dict[str, dict[str, float]]:
    """Return, for each metric, the shares of each verdict on a candidate that is truly worse."""
    found = _verdicts(setting, MARGIN, seed, factor)
    return {metric: {verdict.value: shares[verdict] for verdict in Verdict} for metric, shares in found}


def _verdicts(setting: Setting, margin: float, seed: int, factor: float) -> Iterator[tuple[str, dict[Verdict, float]]]:
    source = np.random.default_rng(seed)
    conditions = [Condition(metric, versus="baseline", margin=margin) for metric in setting.metrics]
    counts: dict[str, Counter[Verdict]] = {metric: Counter() for metric in setting.metrics}
    repeats = round(setting.repeats * factor)
    for _ in range(repeats):
        candidate, baseline = _models(setting, source)
        for finding in evaluate_gate(conditions, candidate, baseline).findings:
            counts[finding.condition.metric][finding.verdict] += 1
    for metric, count in counts.items():
        yield metric, {verdict: count[verdict] / repeats for verdict in Verdict}


def _models(setting: Setting, source: np.random.Generator) -> tuple[Scored, Scored]:
    make: dict[Problem, Callable[[Setting, np.random.Generator], tuple[Scores, Scores]]] = {
        Problem.BINARY: _binary,
        Problem.MULTICLASS: _multiclass,
        Problem.REGRESSION: _regression,
    }
    names = CLASSES if setting.problem is Problem.MULTICLASS else ()
    first, second = (
        measure(setting.problem, scores, threshold=setting.threshold, class_names=names)
        for scores in make[setting.problem](setting, source)
    )
    return first, second


def _binary(setting: Setting, source: np.random.Generator) -> tuple[Scores, Scores]:
    labels = (source.random(setting.rows) < setting.positives).astype(float)
    signal = 1.5 * labels + source.normal(size=setting.rows)
    base = np.log(setting.positives / (1 - setting.positives))

    def model(noise: float) -> Scores:
        logit = 1.5 * (signal + noise * source.normal(size=setting.rows) - 0.75) + base
        return _scores(labels, 1 / (1 + np.exp(-logit)))

    return model(setting.noise[0]), model(setting.noise[1])


def _multiclass(setting: Setting, source: np.random.Generator) -> tuple[Scores, Scores]:
    labels = source.choice(3, size=setting.rows, p=[0.5, 0.35, 0.15])
    signal = [1.2 * (labels == place) + source.normal(size=setting.rows) for place in range(3)]

    def model(noise: float) -> Scores:
        weights = [np.exp(one + noise * source.normal(size=setting.rows)) for one in signal]
        return _scores(labels, *(weight / np.sum(weights, axis=0) for weight in weights))

    return model(setting.noise[0]), model(setting.noise[1])


def _regression(setting: Setting, source: np.random.Generator) -> tuple[Scores, Scores]:
    labels = source.normal(size=setting.rows) * 2
    signal = labels + source.normal(size=setting.rows)

    def model(noise: float) -> Scores:
        return _scores(labels, signal + noise * source.normal(size=setting.rows))

    return model(setting.noise[0]), model(setting.noise[1])


def _scores(labels: NDArray[Any], *columns: Vector) -> Scores:
    return Scores(labels.astype(float).tolist(), tuple(column.tolist() for column in columns))


def main() -> None:
    """Print the shares of each setting."""
    parser = argparse.ArgumentParser(description="How often is the gate wrong, and how often can it tell?")
    parser.add_argument("--full", action="store_true", help="fifty times the repetitions: minutes instead of seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    factor = 10 if options.full else 0.2
    wrong = {setting.name: errors(setting, options.seed, factor) for setting in EQUAL}
    shares = [share for metrics in wrong.values() for both in metrics.values() for share in both.values()]
    result = {
        "benchmark": "gate",
        "notes": [f"{sum(shares) / len(shares):.1%} of the gate's verdicts are wrong, on average; 5 % are allowed"],
        "nominal_error": 0.05,
        "errors": wrong,
        "power": {setting.name: power(setting, options.seed, factor) for setting in WORSE},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
