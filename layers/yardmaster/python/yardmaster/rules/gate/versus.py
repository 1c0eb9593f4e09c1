"""One condition `versus: baseline`: worse, not worse, or too few rows to tell."""

import math
from collections.abc import Mapping
from typing import assert_never

from yardmaster.rules.gate import words
from yardmaster.rules.gate.conditions import LOWER_IS_BETTER, Condition, Finding, Verdict
from yardmaster.rules.gate.influence import influence
from yardmaster.rules.gate.paired import Comparison, compare, rows_to_settle
from yardmaster.rules.metrics import Metrics, Problem, Scored
from yardmaster.rules.metrics.scores import first_difference

LEAST_CASES = 10
"""Fewer rows than this in the class that a metric speaks of are no sample; from here on, coverage was measured."""
_COUNTED = frozenset({"accuracy", "precision", "recall", "f1"})
"""Metrics that see only which rows are predicted right."""


def compare_with_baseline(condition: Condition, candidate: Scored, baseline: Scored) -> Finding:
    """Compare two models on the same rows; the rows must pair."""
    name = condition.metric
    ours, theirs = candidate.metrics.values[name], baseline.metrics.values[name]
    if ours is None or theirs is None:
        return _undefined(condition, candidate.metrics if ours is None else baseline.metrics)
    if _same_predictions(candidate, baseline):
        figures = {"candidate": ours, "baseline": theirs, "difference": 0.0, "rows": float(candidate.scores.rows)}
        reason = f"{name} {words.number(ours)}: candidate and baseline score every row alike"
        return Finding(condition, Verdict.PASS, reason, figures)
    cases, of_what = _cases(name, candidate.metrics)
    if cases < LEAST_CASES:
        reason = f"{name}: {cases} {of_what} are too few to compare with the baseline; it takes {LEAST_CASES} at least"
        return Finding(condition, Verdict.INCONCLUSIVE, reason, {"candidate": ours, "baseline": theirs})
    advantage = (theirs - ours) if name in LOWER_IS_BETTER else (ours - theirs)
    comparison = compare(advantage, influence(name, candidate), influence(name, baseline), condition.confidence)
    if not comparison.error and _is_counted(name):
        comparison = _unseen_difference(comparison, cases, condition.confidence)
    return _finding(condition, comparison, ours, theirs)


def _undefined(condition: Condition, metrics: Metrics) -> Finding:
    why = metrics.notes.get(condition.metric, "it can't be computed")
    return Finding(condition, Verdict.INCONCLUSIVE, f"{condition.metric} is undefined: {why}")


def _same_predictions(candidate: Scored, baseline: Scored) -> bool:
    """Tell whether the models are the same on these rows: nothing to estimate."""
    same_threshold = candidate.metrics.threshold == baseline.metrics.threshold
    columns = zip(candidate.scores.columns, baseline.scores.columns, strict=True)
    return same_threshold and all(first_difference(ours, theirs) is None for ours, theirs in columns)


def _cases(metric: str, metrics: Metrics) -> tuple[int, str]:
    """Return how many rows the metric rests on, and what to call them: those of the rarest class it speaks of."""
    if metrics.problem in {Problem.REGRESSION, Problem.CLUSTERING} or metric in ("accuracy", "log_loss"):
        return metrics.rows, "rows"
    sizes = [sum(row) for row in metrics.confusion]
    figure, _, name = metric.partition(":")
    if figure.startswith("macro_"):
        return min(size for size in sizes if size), "rows of the rarest class"
    place = metrics.class_names.index(name) if name else 1
    if figure == "precision":
        return sum(row[place] for row in metrics.confusion), f"rows predicted {metrics.class_names[place]}"
    if figure in ("auc", "pr_auc"):
        return min(sizes[place], metrics.rows - sizes[place]), "rows of the rarer class"
    return sizes[place], f"rows of class {metrics.class_names[place]}"


def _is_counted(metric: str) -> bool:
    return metric.removeprefix("macro_").partition(":")[0] in _COUNTED


def _unseen_difference(comparison: Comparison, cases: int, confidence: float) -> Comparison:
    """Bound a difference that no row showed: up to −ln(1 − confidence) rows may differ (the rule of three).

    Models that predict alike on these rows need not predict alike on all; one changed prediction moves the metric by
    about 1 / cases.
    """
    advantage, reach = comparison.advantage, -math.log(1 - confidence) / cases
    return Comparison(advantage, advantage - reach, advantage + reach, 1 / cases, comparison.rows)


def _finding(condition: Condition, comparison: Comparison, ours: float, theirs: float) -> Finding:
    verdict = _verdict(comparison, condition.margin)
    low, high = comparison.lower, comparison.upper
    if condition.metric in LOWER_IS_BETTER:
        low, high = -high, -low
    figures = {
        "candidate": ours,
        "baseline": theirs,
        "difference": ours - theirs,
        "lower": low,
        "upper": high,
        "standard_error": comparison.error,
        "rows": float(comparison.rows),
    }
    needed = rows_to_settle(comparison, condition.margin, condition.confidence)
    if verdict is Verdict.INCONCLUSIVE and math.isfinite(needed):
        figures["rows_to_settle"] = float(math.ceil(needed))
    return Finding(condition, verdict, _reason(condition, verdict, figures), figures)


def _verdict(comparison: Comparison, margin: float) -> Verdict:
    if comparison.lower >= -margin:
        return Verdict.PASS
    return Verdict.FAIL if comparison.upper < -margin else Verdict.INCONCLUSIVE


def _reason(condition: Condition, verdict: Verdict, figures: Mapping[str, float]) -> str:
    """Say it with its numbers: `auc 0.8123 < baseline 0.8410 - 0.005 (difference …)`."""
    better, worse, sign = ("<=", ">", "+") if condition.metric in LOWER_IS_BETTER else (">=", "<", "-")
    ours, theirs = words.apart(figures["candidate"], figures["baseline"])
    limit = f"baseline {theirs}" + (f" {sign} {condition.margin:g}" if condition.margin else "")
    interval = (
        f"(difference {words.number(figures['difference'])}, {100 * condition.confidence:g} % bounds "
        f"{words.number(figures['lower'])} to {words.number(figures['upper'])}, {figures['rows']:,.0f} rows)"
    )
    match verdict:
        case Verdict.PASS:
            return f"{condition.metric} {ours} {better} {limit} {interval}"
        case Verdict.FAIL:
            return f"{condition.metric} {ours} {worse} {limit} {interval}"
        case Verdict.INCONCLUSIVE:
            needed = words.rows(figures.get("rows_to_settle", math.inf))
            settle = f"{needed} rows would settle it" if needed else "no number of rows would settle it"
            return f"{condition.metric} {ours} against {limit}: these rows can't tell {interval}; {settle}"
        case _:
            assert_never(verdict)
