"""How a model is asked for its answers on the test rows, and how what it answers is read."""

from dataclasses import dataclass

from yardmaster.records import Problem
from yardmaster.spec.profile import Answers, Profile

CSV = "text/csv"
LIBSVM = "text/libsvm"
_MEMBERS = ("score", "scores", "probabilities", "predicted_label", "prediction", "predictions")
"""Where the numbers are in a line of JSON, if the algorithm's profile does not say."""


@dataclass(frozen=True)
class Scoring:
    """How one model scores test rows in a batch transform.

    Attributes:
        content_type: What the test rows are.
        accept: What the answers shall be.
        labelled: Whether the label stands first in each row, and must be kept from the model.
        joined: Whether SageMaker writes the label beside each answer; else label and answer are paired by their order,
            which a transform keeps: joining is for answers in the same format as the rows.
        answers: How an answer is read.
        members: Where the numbers are in a line of JSON; the first that is there.
    """

    content_type: str
    accept: str
    labelled: bool
    joined: bool
    answers: Answers
    members: tuple[str, ...] = ()


def scoring_of(profile: Profile, problem: Problem, content_type: str = CSV) -> Scoring | None:
    """Return how a model of an algorithm is asked; None if nobody can ask it for a row's answer.

    Args:
        profile: The algorithm's.
        problem: What it predicts.
        content_type: What its channels hold.
    """
    if content_type == CSV and not profile.tabular:
        return None
    if content_type not in {CSV, LIBSVM}:
        return None
    members = profile.scores.get(problem, _MEMBERS) if profile.answers is Answers.JSON_LINES else ()
    # Rows of libsvm keep their label: the container passes over it.
    labelled = content_type == CSV and problem not in {Problem.CLUSTERING, Problem.NONE}
    joined = labelled and profile.answers is Answers.CSV
    return Scoring(content_type, profile.accept, labelled, joined, profile.answers, members)


def output_filter(features: int) -> str:
    """Return the columns of a joined output that are kept: the label, and what the model answered."""
    return f"$[0,{features + 1}:]"


def width_of(problem: Problem, classes: int) -> int:
    """Return how many numbers an answer has."""
    match problem:
        case Problem.MULTICLASS:
            return classes
        case Problem.NONE:
            return 0
        case Problem.BINARY | Problem.REGRESSION | Problem.CLUSTERING:
            return 1
