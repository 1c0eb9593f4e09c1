"""The online judge of a canary: one pure function from observed minutes to a verdict.

`records` has the words, `evidence` the likelihood ratios, `measures` what is counted and which limits it has, `decide`
the verdict.
"""

from yardmaster.rules.judge.decide import first_look, judge
from yardmaster.rules.judge.records import (
    Action,
    CanaryPolicy,
    Counts,
    LatencyLimit,
    MeasureEvidence,
    Minute,
    MinuteEvidence,
    OnInconclusive,
    Verdict,
)

__all__ = [
    "Action",
    "CanaryPolicy",
    "Counts",
    "LatencyLimit",
    "MeasureEvidence",
    "Minute",
    "MinuteEvidence",
    "OnInconclusive",
    "Verdict",
    "first_look",
    "judge",
]
