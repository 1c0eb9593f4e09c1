"""The combinations that can't be, of all sections: one list, each with key, value, what is allowed, and line."""

from collections.abc import Iterator

from yardmaster.errors import RefusedError
from yardmaster.records import Problem
from yardmaster.spec.algorithms import find
from yardmaster.spec.check_batch import check_batches
from yardmaster.spec.check_data import check_data
from yardmaster.spec.check_deploy import check_deploy
from yardmaster.spec.check_evaluate import check_evaluate
from yardmaster.spec.check_marketplace import check_marketplace
from yardmaster.spec.check_own import check_own
from yardmaster.spec.check_train import check_train
from yardmaster.spec.check_tune import check_tune
from yardmaster.spec.findings import Finding
from yardmaster.spec.fits import misfits
from yardmaster.spec.of_algorithm import content_type_of, is_encoded, known_profile
from yardmaster.spec.problem import problem_of
from yardmaster.spec.problems import SpecProblem
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.source import Document


def check(spec: Spec, document: Document) -> list[SpecProblem]:
    """Return every combination that can't be; empty if the spec is right."""
    return [finding.problem(document) for finding in _findings(spec)]


def _findings(spec: Spec) -> Iterator[Finding]:
    """Go through the sections, then through what must fit the problem."""
    profile = known_profile(spec.algorithm)
    yield from _algorithm(spec)
    yield from check_data(spec, profile)
    yield from check_train(spec, profile)
    yield from check_tune(spec, profile)
    yield from check_evaluate(spec.evaluate)
    yield from check_deploy(spec.deploy)
    yield from check_batches(spec)
    yield from _raw_rows(spec)
    yield from _fits(spec, profile)


def _algorithm(spec: Spec) -> Iterator[Finding]:
    """One that is built in must be one that we know, one's own a right one."""
    if isinstance(spec.algorithm, OwnAlgorithm):
        yield from check_own(spec, spec.algorithm)
        yield from check_marketplace(spec, spec.algorithm)
        return
    try:
        find(spec.algorithm)
    except RefusedError as error:
        yield Finding(("algorithm",), spec.algorithm, str(error))


def _raw_rows(spec: Spec) -> Iterator[Finding]:
    """Only rows of CSV that we encoded can be encoded in service."""
    if spec.deploy and spec.deploy.rows == "raw" and not is_encoded(spec):
        fault = f"can't be with {content_type_of(spec)}, which goes to the model as it is"
        yield Finding(("deploy", "rows"), "raw", fault, "encoded")


def _fits(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """Everything must fit the problem, or, as long as the data must decide it, one and the same problem."""
    stated = problem_of(spec)
    problems = [stated] if stated else profile.problems or (Problem.BINARY, Problem.MULTICLASS, Problem.REGRESSION)
    yield from min((list(misfits(spec, problem)) for problem in problems), key=len)
