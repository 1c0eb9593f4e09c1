"""Whether a canary answers as it did on its test channel: a warning, never a verdict.

Scores and values by the two-sample Kolmogorov-Smirnov distance, classes by the total variation and the chi-squared test
of homogeneity. A difference is strong if it is large *and* more than chance makes with so many answers. Only the
distribution is looked at: right answers to the wrong questions are not seen.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yardmaster.records import Problem
from yardmaster.rules.answers import Answers
from yardmaster.rules.metrics.scores import Scores

STRONG = 0.25
"""From which distance on a difference is large: a quarter of the answers would have to change."""
CHANCE = 0.001
"""How rarely chance may make such a difference."""
FEWEST = 30
"""So many answers are needed to compare at all: the tests' approximations hold from there on."""
UNREADABLE = 0.1
"""The share of answers that are not the numbers they should be, beyond the baseline's, that is strong by itself."""
POINTS = 200
"""How many scores a sketch keeps."""
SAMPLE = 20_000
"""How many rows a sketch is made of."""
DIGITS = 6
"""Transform jobs and endpoints don't write as many digits."""


@dataclass(frozen=True)
class Sketch:
    """The distribution of a model's answers on its test channel, in little space.

    Attributes:
        rows: How many answers it is made of.
        points: Scores or values in order, each for as many answers; none for classes.
        shares: The share of answers in which each class is the likeliest; none for scores.
    """

    rows: int
    points: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """How many numbers an answer has."""
        return len(self.shares) or 1

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for evaluation.json."""
        return {"rows": self.rows, "points": list(self.points), "shares": list(self.shares)}

    @classmethod
    def from_dict(cls, data: Any) -> "Sketch | None":
        """Return what `to_dict` wrote; None for anything else: an older release has none."""
        try:
            found = cls(int(data["rows"]), tuple(map(float, data["points"])), tuple(map(float, data["shares"])))
        except (LookupError, TypeError, ValueError):
            return None
        return found if found.rows > 0 and (found.points or found.shares) else None


@dataclass(frozen=True)
class Difference:
    """How far live answers are from a sketch: a distance between 0 and 1, and how often chance makes it so large."""

    measure: str
    size: float
    chance: float
    answers: int
    rows: int

    @property
    def strong(self) -> bool:
        """Whether it is large, and not by chance."""
        return self.size >= STRONG and self.chance < CHANCE

    def __str__(self) -> str:
        """Tell it with its numbers."""
        return (
            f"{self.measure} {self.size:.2f} (strong from {STRONG:g}), by chance {_chance(self.chance)} (strong below "
            f"{CHANCE:g}), {self.answers:,} captured answers beside {self.rows:,} on the test channel"
        )


@dataclass(frozen=True)
class Different:
    """A person should look: the canary answers otherwise than on its test channel."""

    reason: str


@dataclass(frozen=True)
class Alike:
    """Nothing strong was seen."""

    reason: str


@dataclass(frozen=True)
class NotCompared:
    """There is nothing to compare, or it can't be read."""

    reason: str


Finding = Different | Alike | NotCompared


@dataclass(frozen=True)
class Live:
    """What is known of one variant: what it promised, what it answered, and why one of them is missing."""

    promised: Sketch | None
    answers: Answers
    missing: str = ""


def sketch(problem: Problem, scores: Scores) -> Sketch:
    """Return the sketch of a model's scores on its test channel; of many rows an even sample."""
    stride = max(1, -(-scores.rows // SAMPLE))
    columns = [column[::stride] for column in scores.columns]
    if problem is Problem.MULTICLASS:
        return Sketch(len(columns[0]), shares=tuple(_shares(list(zip(*columns, strict=True)), len(columns))))
    ordered = sorted(_rounded(value) for value in columns[0])
    count = min(len(ordered), POINTS)
    points = tuple(ordered[(2 * at + 1) * len(ordered) // (2 * count)] for at in range(count))
    return Sketch(len(ordered), points=points)


def compare(canary: Live, baseline: Live) -> Finding:
    """Compare a canary's captured answers with what it promised.

    Args:
        canary: The new variant.
        baseline: The old one: if it differs from its own promise too, the traffic may be what differs.
    """
    if canary.missing or canary.promised is None:
        return NotCompared(f"the canary's answers are not compared: {canary.missing or 'nothing was promised'}")
    beside = f"; the baseline's own: {_figure(baseline)}"
    if strange := _unreadable(canary.answers, baseline.answers):
        return Different(strange)
    if few := _too_few(canary.answers):
        return NotCompared(f"the canary's answers are not compared: {few}")
    found = difference(canary.promised, canary.answers)
    if found.strong:
        return Different(f"the canary's answers differ strongly from those on its test channel: {found}{beside}")
    return Alike(f"the canary's answers are like those on its test channel: {found}{beside}")


def difference(promised: Sketch, answers: Answers) -> Difference:
    """Return how far answers, at least one, are from a sketch of the same width."""
    if promised.shares:
        return _of_classes(promised, answers.rows)
    return _of_scores(promised, sorted(_rounded(row[0]) for row in answers.rows))


def _unreadable(canary: Answers, baseline: Answers) -> str | None:
    """Return what is wrong if answers are no numbers, and the baseline's are."""
    looked = canary.requests + canary.unreadable
    others = baseline.requests + baseline.unreadable
    share = canary.unreadable / looked if looked else 0.0
    usual = baseline.unreadable / others if others else 0.0
    if looked < FEWEST or share - usual < UNREADABLE:
        return None
    return (
        f"{canary.unreadable:,} of the canary's {looked:,} captured answers are not the numbers that they should be "
        f"(strong from {UNREADABLE:.0%} more than the baseline's); on its test channel all were; the baseline's own: "
        f"{baseline.unreadable:,} of {others:,}"
    )


def _too_few(answers: Answers) -> str | None:
    if len(answers.rows) >= FEWEST:
        return None
    others = [
        *([f"{answers.foreign:,} in another format than CSV or JSON"] if answers.foreign else []),
        *([f"{answers.unreadable:,} that are not numbers"] if answers.unreadable else []),
    ]
    beside = f", beside {' and '.join(others)}" if others else ""
    return f"{len(answers.rows):,} were captured{beside}, and {FEWEST} are needed"


def _figure(live: Live) -> str:
    """Return the baseline's own difference in words, or why there is none."""
    why = live.missing or ("it has no sketch" if live.promised is None else _too_few(live.answers))
    if why or live.promised is None:
        return f"not known ({why})"
    found = difference(live.promised, live.answers)
    return f"{found.size:.2f}, by chance {_chance(found.chance)}, {found.answers:,} answers"


def _of_scores(promised: Sketch, live: Sequence[float]) -> Difference:
    points, size = promised.points, 0.0
    for at in {*points, *live}:
        size = max(
            size,
            abs(bisect_right(points, at) / len(points) - bisect_right(live, at) / len(live)),
            abs(bisect_left(points, at) / len(points) - bisect_left(live, at) / len(live)),
        )
    if promised.rows > len(points):
        # Each point stands for several answers: its place is known to half of its share.
        size = max(0.0, size - 0.5 / len(points))
    chance = _kolmogorov(size, len(live), promised.rows)
    return Difference("Kolmogorov-Smirnov distance", size, chance, len(live), promised.rows)


def _kolmogorov(size: float, one: int, other: int) -> float:
    """Return how often two samples of one distribution are so far apart (asymptotic, with Stephens' correction)."""
    root = math.sqrt(one * other / (one + other))
    scaled = (root + 0.12 + 0.11 / root) * size
    if scaled < 0.2:
        return 1.0
    terms = ((-1.0) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def _of_classes(promised: Sketch, live: Sequence[Sequence[float]]) -> Difference:
    shares, count = _shares(live, promised.width), len(live)
    size = sum(abs(one - other) for one, other in zip(promised.shares, shares, strict=True)) / 2
    statistic, kinds = 0.0, 0
    for was, now in zip(promised.shares, shares, strict=True):
        expected = (was * promised.rows + now * count) / (promised.rows + count)
        if expected > 0:
            kinds += 1
            statistic += (promised.rows * (was - expected) ** 2 + count * (now - expected) ** 2) / expected
    chance = _chi_squared(statistic, kinds - 1)
    return Difference("total variation distance of classes", size, chance, count, promised.rows)


def _chi_squared(statistic: float, freedom: int) -> float:
    """Return the upper tail of the chi-squared distribution; closed forms for whole degrees of freedom."""
    if freedom < 1:
        return 1.0
    half = statistic / 2
    if freedom % 2:
        tail, term, place = math.erfc(math.sqrt(half)), math.sqrt(half) * math.exp(-half) / math.gamma(1.5), 1.5
    else:
        tail, term, place = 0.0, math.exp(-half), 1.0
    while place <= freedom / 2 + 0.25:
        tail += term
        term *= half / place
        place += 1
    return min(1.0, tail)


def _shares(rows: Sequence[Sequence[float]], classes: int) -> list[float]:
    counts = [0] * classes
    for row in rows:
        counts[max(range(classes), key=row.__getitem__)] += 1
    return [count / len(rows) for count in counts]


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _chance(chance: float) -> str:
    return f"{chance:.1g}" if chance >= 1e-9 else "< 1e-9"


def lines_of(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the warnings among what was found at each step."""
    return [str(one["reason"]) for one in told if one["verdict"] == "different"]
