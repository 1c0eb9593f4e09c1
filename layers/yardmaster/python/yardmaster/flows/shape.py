"""What a release's rows are: what is predicted from them, how many features and classes there are."""

from dataclasses import dataclass

from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.yard import Yard
from yardmaster.records import Problem, Release
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec


@dataclass(frozen=True)
class Shape:
    """The rows of a release.

    Attributes:
        problem: What is predicted.
        classes: The names of the label's classes; empty where there are none.
        features: How many numbers a row has besides the label; 0 if nobody looked at the rows.
    """

    problem: Problem
    classes: tuple[str, ...] = ()
    features: int = 0


def shape_of(yard: Yard, release: Release, spec: Spec) -> Shape:
    """Return what a release's rows are: its columns say it, and of channels that went as they are the spec does."""
    if release.columns_uri is not None:
        columns = read_columns(yard, release)
        return Shape(columns.problem, columns.classes, len(columns.features))
    problem = problem_of(spec) or Problem.NONE
    return Shape(problem, _numbered(spec, problem))


def _numbered(spec: Spec, problem: Problem) -> tuple[str, ...]:
    """Return the classes of labels that nobody looked at: the numbers that the algorithm knows them by."""
    if problem is Problem.BINARY:
        return ("0", "1")
    if problem is Problem.MULTICLASS:
        return tuple(str(code) for code in range(int(as_text(spec.train.hyperparameters.get("num_class", 0)))))
    return ()
