"""The online judge of a canary: one pure function from observed minutes to a verdict.

`records` has the words, `evidence` the likelihood ratios, `measures` what is counted and which limits it has, `decide`
the verdict.
"""

from yardmaster.records import Counts, Minute
from yardmaster.rules.judge.decide import judge, next_look
from yardmaster.rules.judge.records import (
    Action,
    CanaryPolicy,
    LatencyLimit,
    MeasureEvidence,
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
    "judge",
    "next_look",
]
