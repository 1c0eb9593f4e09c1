"""From conditions and two measured models to one decision, whose reasons carry the numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, assert_never

from yardmaster.errors import MeasurementError
from yardmaster.rules.gate.conditions import Condition, Finding, GateDecision, OnInconclusive, Verdict
from yardmaster.rules.gate.versus import compare_with_baseline
from yardmaster.rules.gate.words import apart
from yardmaster.rules.metrics import Scored
from yardmaster.rules.metrics.scores import first_difference


@dataclass(frozen=True)
class Earlier:
    """Both models on the test rows of the earlier drops alone; `rows_of` is what to call these (`#1, #2`)."""

    candidate: Scored
    baseline: Scored
    rows_of: str


def evaluate_gate(
    conditions: Sequence[Condition], candidate: Scored, baseline: Scored | None, earlier: Earlier | None = None
) -> GateDecision:
    """Decide whether a candidate may go on.

    Args:
        conditions: All must hold; none is a pass.
        candidate: The new model on the test rows.
        baseline: The model in service on the same rows in the same order; None for a first release.
        earlier: The same on the rows of the earlier drops. A comparison also fails if the candidate is worse there: a
            drop's own labels can't vouch for themselves, and a model of broken labels is best on broken labels.

    Raises:
        MeasurementError: A metric was not measured for this problem, or the two models' rows don't pair.
    """
    if baseline:
        _check_pairs(candidate, baseline)
    if earlier:
        _check_pairs(earlier.candidate, earlier.baseline)
    findings = tuple(_find(condition, candidate, baseline, earlier) for condition in conditions)
    outcomes = [_outcome(finding) for finding in findings]
    verdict = next((worst for worst in (Verdict.FAIL, Verdict.INCONCLUSIVE) if worst in outcomes), Verdict.PASS)
    decisive = [finding.reason for finding, outcome in zip(findings, outcomes, strict=True) if outcome is verdict]
    return GateDecision(verdict, findings, "; ".join(decisive) or "the gate has no conditions")


def gate_record(decision: GateDecision) -> dict[str, Any]:
    """Return the decision as plain JSON values, for evaluation.json and the release's row."""
    return {
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "findings": [
            {
                "condition": {name: value for name, value in asdict(finding.condition).items() if value is not None},
                "verdict": finding.verdict.value,
                "reason": finding.reason,
                "figures": dict(finding.figures),
            }
            for finding in decision.findings
        ],
    }


def _find(condition: Condition, candidate: Scored, baseline: Scored | None, earlier: Earlier | None) -> Finding:
    if condition.metric not in candidate.metrics.values:
        known = ", ".join(candidate.metrics.values)
        raise MeasurementError(f"the gate asks for {condition.metric}, which was not measured; there are {known}")
    if condition.versus and not baseline:
        reason = f"{condition.metric} versus baseline: does not apply, there is no baseline yet"
        return Finding(condition, Verdict.PASS, reason)
    if baseline and condition.versus:
        return _compare(condition, candidate, baseline, earlier)
    return _within_bounds(condition, candidate)


def _compare(condition: Condition, candidate: Scored, baseline: Scored, earlier: Earlier | None) -> Finding:
    """Compare on all rows, and let the earlier drops' rows object: they can reject, but not leave it open."""
    overall = compare_with_baseline(condition, candidate, baseline)
    if earlier is None or overall.verdict is Verdict.FAIL:
        return overall
    there = compare_with_baseline(condition, earlier.candidate, earlier.baseline)
    if there.verdict is not Verdict.FAIL:
        return overall
    return replace(
        there, reason=f"on the test rows of {earlier.rows_of}: {there.reason}; on all rows: {overall.reason}"
    )


def _within_bounds(condition: Condition, candidate: Scored) -> Finding:
    """Compare the figure itself with `min` and `max`."""
    name, value = condition.metric, candidate.metrics.values[condition.metric]
    if value is None:
        why = candidate.metrics.notes.get(name, "it can't be computed")
        return Finding(condition, Verdict.INCONCLUSIVE, f"{name} is undefined: {why}")
    compared = []
    if condition.min is not None:
        compared.append((condition.min, value >= condition.min, ">=", "<"))
    if condition.max is not None:
        compared.append((condition.max, value <= condition.max, "<=", ">"))
    reasons = []
    for limit, holds, good, bad in compared:
        shown, bound = apart(value, limit)
        reasons.append(f"{name} {shown} {good if holds else bad} {bound}")
    passed = all(holds for _, holds, _, _ in compared)
    return Finding(condition, Verdict.PASS if passed else Verdict.FAIL, " and ".join(reasons), {name: value})


def _outcome(finding: Finding) -> Verdict:
    """Return what a finding means for the gate: `on_inconclusive` decides the undecided."""
    if finding.verdict is not Verdict.INCONCLUSIVE:
        return finding.verdict
    match finding.condition.on_inconclusive:
        case OnInconclusive.MANUAL:
            return Verdict.INCONCLUSIVE
        case OnInconclusive.REJECT:
            return Verdict.FAIL
        case OnInconclusive.PASS:
            return Verdict.PASS
        case _:
            assert_never(finding.condition.on_inconclusive)


def _check_pairs(candidate: Scored, baseline: Scored) -> None:
    """Make sure that both models scored the same rows in the same order, as far as labels can tell."""
    ours, theirs = candidate.scores, baseline.scores
    if candidate.metrics.problem is not baseline.metrics.problem or len(ours.columns) != len(theirs.columns):
        raise MeasurementError("candidate and baseline were not measured alike: another problem or number of scores")
    if ours.rows != theirs.rows:
        raise MeasurementError(f"the rows don't pair: {ours.rows} of the candidate, {theirs.rows} of the baseline")
    different = first_difference(ours.labels, theirs.labels)
    if different is not None:
        raise MeasurementError(f"the rows don't pair: row {different + 1} has different labels in the two outputs")
