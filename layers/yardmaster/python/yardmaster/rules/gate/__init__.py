"""The gate: is the candidate good enough, and not worse than the model in service?

A comparison `versus: baseline` is paired: both models scored the same test rows. The difference of the two metrics
gets a standard error from the row-wise differences of their influence functions (`influence`: DeLong for AUC, the
delta method elsewhere), and a one-sided bound to each side at `confidence` with Student's quantile, whose degrees of
freedom count the rows that carry the difference (`paired`). *Not worse* if the lower bound is at or above −margin,
*worse* if the upper bound is below it, else *inconclusive*, with how many rows would settle it.

Where there are earlier drops, the comparison is made once more on their test rows alone, and can only reject: measured
on flights with labels shifted by one row, the candidate of the broken drop looks as good as the baseline on all rows
(AUC -0.001), since it is far better on its own broken ones, and 0.05 worse on those of the months before.

Measured at confidence 0.95 (benchmarks/gate.py, 480 to 1,600 repetitions a setting, the truth exactly on the border,
so that each error may come in 5 %): 1,500 binary rows 4.0 to 6.0 %; 400 multiclass rows 4.3 to 6.2 %;
200 regression rows 3.9 to 5.1 %; 20 positives of 400 rows 0.3 to 4.4 %; nearly the same model, or at a recall,
on 600 rows 0.1 to 6.2 %, with log loss up to 7.4 % (it is skewed). Power with margin 0.005, for a candidate whose AUC
is truly 0.041 lower: with 2,000 rows (400 positive) 97.5 % are called worse, with 8,000 rows all; none is passed.
"""

from yardmaster.rules.gate.conditions import Condition, Finding, GateDecision, OnInconclusive, Verdict
from yardmaster.rules.gate.decide import Earlier, evaluate_gate, gate_record

__all__ = [
    "Condition",
    "Earlier",
    "Finding",
    "GateDecision",
    "OnInconclusive",
    "Verdict",
    "evaluate_gate",
    "gate_record",
]
