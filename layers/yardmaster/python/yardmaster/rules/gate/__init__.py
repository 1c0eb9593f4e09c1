"""The gate: is the candidate good enough, and not worse than the model in service?

A comparison `versus: baseline` is paired: both models scored the same test rows. The difference of the two metrics
gets a standard error from the row-wise differences of their influence functions (`influence`: DeLong for AUC, the
delta method elsewhere), and a one-sided bound to each side at `confidence` with Student's quantile, whose degrees of
freedom count the rows that carry the difference (`paired`). *Not worse* if the lower bound is at or above −margin,
*worse* if the upper bound is below it, else *inconclusive*, with how many rows would settle it.

MEASURED
"""

from yardmaster.rules.gate.conditions import Condition, Finding, GateDecision, OnInconclusive, Verdict
from yardmaster.rules.gate.decide import evaluate_gate, gate_record

__all__ = [
    "Condition",
    "Finding",
    "GateDecision",
    "OnInconclusive",
    "Verdict",
    "evaluate_gate",
    "gate_record",
]
