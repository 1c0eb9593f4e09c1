"""The combinations that can't be, of all sections: one list, each with key, value, what is allowed, and line."""

from collections.abc import Iterator

from yardmaster.errors import RefusedError
from yardmaster.records import Problem
from yardmaster.spec.algorithms import find
from yardmaster.spec.check_data import check_data
from yardmaster.spec.check_deploy import check_deploy
from yardmaster.spec.check_evaluate import check_evaluate
from yardmaster.spec.check_marketplace import check_marketplace
from yardmaster.spec.check_train import check_train
from yardmaster.spec.check_tune import check_tune
from yardmaster.spec.findings import Finding
from yardmaster.spec.fits import misfits
from yardmaster.spec.problem import problem_of
from yardmaster.spec.problems import SpecProblem
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.source import Document


def check(spec: Spec, document: Document) -> list[SpecProblem]:
    """Return every combination that can't be; empty if the spec is right."""
    return [finding.problem(document) for finding in _findings(spec)]


def _findings(spec: Spec) -> Iterator[Finding]:
    """Go through the sections, then through what must fit the problem."""
    yield from _algorithm(spec)
    yield from check_data(spec.data)
    yield from check_train(spec.train, own=isinstance(spec.algorithm, OwnAlgorithm))
    yield from check_tune(spec)
    yield from check_evaluate(spec.evaluate)
    yield from check_deploy(spec.deploy)
    yield from _fits(spec)


def _algorithm(spec: Spec) -> Iterator[Finding]:
    """The algorithm must be one that we know, or a right one of one's own."""
    if isinstance(spec.algorithm, OwnAlgorithm):
        yield from check_marketplace(spec, spec.algorithm)
        return
    try:
        find(spec.algorithm)
    except RefusedError as error:
        yield Finding(("algorithm",), spec.algorithm, str(error))


def _fits(spec: Spec) -> Iterator[Finding]:
    """Everything must fit the problem, or, as long as the data must decide it, one and the same problem."""
    stated = problem_of(spec)
    problems = [stated] if stated else [Problem.BINARY, Problem.MULTICLASS, Problem.REGRESSION]
    yield from min((list(misfits(spec, problem)) for problem in problems), key=len)
