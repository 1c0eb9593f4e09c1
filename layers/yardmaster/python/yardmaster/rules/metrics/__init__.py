"""Exact metrics from labels and scores, as scikit-learn computes them, to ten digits.

The way through: `parse_scores` reads what a transform job wrote, `measure` turns it into `Metrics`, and
`evaluation_report` writes those in Model Monitor's format. All scores of the test rows are held in memory (8 bytes for
each, and one for a class label); `rules/columns` computes them, with numpy if they are many and it is there.
"""

from yardmaster.rules.metrics.figures import AtRecall, Curves, Metrics, Problem, Threshold
from yardmaster.rules.metrics.measure import Scored, measure, metric_names
from yardmaster.rules.metrics.overfit import Overfit, overfit_note
from yardmaster.rules.metrics.report import evaluation_report
from yardmaster.rules.metrics.scores import Scores, join_scores, parse_scores

__all__ = [
    "AtRecall",
    "Curves",
    "Metrics",
    "Overfit",
    "Problem",
    "Scored",
    "Scores",
    "Threshold",
    "evaluation_report",
    "join_scores",
    "measure",
    "metric_names",
    "overfit_note",
    "parse_scores",
]
