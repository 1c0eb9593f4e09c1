"""Metrics of a model that puts rows into groups, without labels: how near each row is to the middle of its group.

The "label" of a row is its distance to the middle of all rows, what one single group would reach; so two releases are
compared on the same rows by a figure without a unit, `explained`: the share of the rows' spread that the groups explain
(in k-means' literature, between-group over total sum of squares).
"""

import math

from yardmaster.rules.columns import pieces
from yardmaster.rules.metrics.figures import Figures, Metrics, Problem
from yardmaster.rules.metrics.scores import Scores


def measure_clustering(scores: Scores) -> Metrics:
    """Measure distances: explained, msd (their mean square, as k-means' own metric) and mean_distance."""
    squares, distances, spreads = [], [], []
    for whole, own in pieces(scores.rows, scores.labels, scores.columns[0]):
        squares.append((own * own).sum())
        distances.append(abs(own).sum())
        spreads.append((whole * whole).sum())
    found = Figures()
    found.ratio("explained", math.fsum(spreads) - math.fsum(squares), math.fsum(spreads), "all rows are equal")
    found.put("msd", math.fsum(squares) / scores.rows)
    found.put("mean_distance", math.fsum(distances) / scores.rows)
    return Metrics(Problem.CLUSTERING, scores.rows, found.values, found.notes)
