"""Influence functions of the metrics that look at the order of the rows: ROC AUC and average precision."""

import math

from yardmaster.rules.columns import Column, engine
from yardmaster.rules.metrics.ranking import rank


def of_auc(labels: Column, scores: Column) -> Column:
    """Return DeLong's components: a row's share of pairs won, less the AUC, by the size of its class."""
    ranking = rank(labels, scores)
    positives, negatives = len(ranking.positives), len(ranking.negatives)
    # A positive wins against the negatives below it, a negative against the positives above it; ties count half.
    found = engine(len(labels)).places((ranking.negatives, ranking.positives), scores)
    negatives_below, positives_below = ((below + up_to) / 2 for below, up_to in found)
    of_positive, of_negative = negatives_below / negatives, 1 - positives_below / positives
    auc = (labels * of_positive).sum() / positives
    # The square roots make the variance DeLong's unbiased one of each class.
    rows = len(labels)
    scale = [rows / math.sqrt(size * max(size - 1, 1)) for size in (negatives, positives)]
    return labels * ((of_positive - auc) * scale[1]) + (1 - labels) * ((of_negative - auc) * scale[0])


def of_average_precision(labels: Column, scores: Column) -> Column:
    """Return the influences on average precision, the mean over the positives of precision(s) = A(s) / B(s).

    A counts the positives at or above s, B all rows. A row (y, s) moves E[y · A/B] by y · A(s)/B(s) + y · Σ 1/B −
    Σ A/B², the sums over the positives at or below s; dividing by the prevalence is the delta method.
    """
    compute = engine(len(labels))
    ranking = rank(labels, scores)
    count, others = len(ranking.positives), len(ranking.negatives)
    # Over the positives, ascending: A, B, and the two sums, which begin with none.
    hits = count - compute.firsts(ranking.positives, 0, count)
    rows = hits + (others - compute.places_in_order(ranking.negatives, ranking.positives)[0])
    first = compute.joined([compute.column([0.0]), (1 / rows).cumsum()])
    second = compute.joined([compute.column([0.0]), (hits / rows / rows).cumsum()])
    value, prevalence = (hits / rows).sum() / count, count / len(labels)
    # Over all rows, in their own order.
    (below, up_to), (below_of_others, _) = compute.places((ranking.positives, ranking.negatives), scores)
    hits = count - below
    rows = hits + (others - below_of_others)
    moved = labels * (hits / rows + compute.at(first, up_to)) - compute.at(second, up_to)
    # (moved − value · prevalence) − value · (label − prevalence) is moved − value · label.
    return (moved - value * labels) / prevalence
