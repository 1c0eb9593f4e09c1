"""Both models' scores of the test rows, read from what their transform jobs wrote."""

from dataclasses import dataclass
from functools import cached_property, partial

from yardmaster.flows import test_manifest
from yardmaster.flows.shape import Shape
from yardmaster.flows.yard import Yard
from yardmaster.records import Problem, Release
from yardmaster.rules.metrics.json_lines import parse_json_lines
from yardmaster.rules.metrics.scores import Scores, parse_scores
from yardmaster.rules.metrics.test_rows import answers_alone, distances_to_the_middle, labels_of, with_labels
from yardmaster.rules.scoring import LIBSVM, Scoring, width_of
from yardmaster.spec.profile import Answers


@dataclass(frozen=True)
class TestRows:
    """The test rows of a release's attempt, of one content type, and what both models answered."""

    __test__ = False  # pytest takes its name for a test's

    yard: Yard
    release: Release
    shape: Shape
    content_type: str

    def scores(self, role: str, scoring: Scoring) -> list[Scores]:
        """Return one model's scores, a part for each drop whose rows are tested on, in the order of the manifest.

        Raises:
            MeasurementError: An output is missing, can't be read, or does not pair with its rows.
        """
        keys = test_manifest.score_keys(self.yard, self.release, role)
        width = width_of(self.shape.problem, len(self.shape.classes))
        if scoring.joined:
            return [parse_scores(self.yard.bucket.stream(key), width) for key in keys]
        answers = [self._answers(key, scoring, width) for key in keys]
        return [with_labels(found, labels) for found, labels in zip(answers, self._labels, strict=True)]

    def _answers(self, key: str, scoring: Scoring, width: int) -> Scores:
        chunks = self.yard.bucket.stream(key)
        if scoring.answers is Answers.CSV:
            found = answers_alone(chunks, max(width, 1))
            return found if width else Scores(found.labels, ())
        return parse_json_lines(chunks, self.shape.problem, len(self.shape.classes), scoring.members)

    @cached_property
    def _labels(self) -> list[list[float]]:
        """The label of each test row, by file; both models are compared with the same."""
        keys = test_manifest.input_keys(self.yard, self.release)
        match self.shape.problem:
            case Problem.CLUSTERING:
                files = [partial(self.yard.bucket.stream, key) for key in keys]
                return [list(found) for found in distances_to_the_middle(files)]
            case Problem.NONE:
                return [[0.0] * self._count(key) for key in keys]
            case _:
                separator = b" " if self.content_type == LIBSVM else b","
                return [list(labels_of(self.yard.bucket.stream(key), separator)) for key in keys]

    def _count(self, key: str) -> int:
        ends = last = 0
        for chunk in self.yard.bucket.stream(key):
            ends += chunk.count(b"\n")
            last = chunk[-1]
        return ends + (last not in (0, ord("\n")))
