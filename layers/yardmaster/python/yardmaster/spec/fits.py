"""Whether a spec fits a problem; checked at upload if the spec states it, else when the label's values decide it."""

from collections.abc import Iterator, Sequence

from yardmaster.records import Problem
from yardmaster.spec.check_tune import tuning_misfits
from yardmaster.spec.evaluate import PER_CLASS
from yardmaster.spec.findings import Finding
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.problem import METRICS
from yardmaster.spec.problems import SpecError, words
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.xgboost import EVAL_METRICS, OBJECTIVES, XGBOOST

_ROOT = ("train", "hyperparameters")


def require_fit(spec: Spec, problem: Problem, classes: Sequence[str]) -> None:
    """Check a spec against what the label's values showed: the problem, and its classes (empty for regression).

    Raises:
        SpecError: The spec asks for what this data does not have.
    """
    found = [*misfits(spec, problem), *_classes(spec, problem, classes)]
    if found:
        raise SpecError([finding.problem(None) for finding in found])


def _classes(spec: Spec, problem: Problem, classes: Sequence[str]) -> Iterator[Finding]:
    """The number of classes, and those that the gate names, must be the label's."""
    if problem is not Problem.MULTICLASS:
        return
    own = isinstance(spec.algorithm, OwnAlgorithm)
    given = None if own else spec.train.hyperparameters.get("num_class")
    if given is not None and int(as_text(given)) != len(classes):
        fault = f"is not the {len(classes)} classes of the label"
        yield Finding((*_ROOT, "num_class"), given, fault, "leave it out, and they are counted")
    for index, condition in enumerate(spec.evaluate.gate or ()):
        one = PER_CLASS.fullmatch(condition.metric)
        if one and one.group(2) not in classes:
            path = ("evaluate", "gate", index, "metric")
            yield Finding(path, condition.metric, "names no class of the label", "a class as it stands in the file")


def misfits(spec: Spec, problem: Problem) -> Iterator[Finding]:
    """Yield what a spec asks for that this problem does not have."""
    yield from _binary_only(spec, problem)
    if not isinstance(spec.algorithm, OwnAlgorithm):
        yield from _hyperparameters(spec, problem)
    yield from tuning_misfits(spec, problem)
    for index, condition in enumerate(spec.evaluate.gate or ()):
        of_class = problem is Problem.MULTICLASS and PER_CLASS.fullmatch(condition.metric)
        if condition.metric not in METRICS[problem] and not of_class:
            path = ("evaluate", "gate", index, "metric")
            yield Finding(path, condition.metric, _not_of(problem), words(sorted(METRICS[problem])))


def _not_of(problem: Problem) -> str:
    return f"does not fit a {problem} problem"


def _binary_only(spec: Spec, problem: Problem) -> Iterator[Finding]:
    """A positive class and a threshold need two classes."""
    if problem is Problem.BINARY:
        return
    if spec.data.positive is not None:
        yield Finding(("data", "positive"), spec.data.positive, _not_of(problem), "leave it out")
    if "threshold" in spec.evaluate.model_fields_set:
        value = spec.evaluate.threshold if isinstance(spec.evaluate.threshold, float | int) else "a recall"
        yield Finding(("evaluate", "threshold"), value, _not_of(problem), "leave it out")


def _hyperparameters(spec: Spec, problem: Problem) -> Iterator[Finding]:
    """Objective, metrics and number of classes must be the problem's."""
    given = spec.train.hyperparameters
    objective = given.get("objective")
    if isinstance(objective, str) and OBJECTIVES.get(objective, problem) != problem:
        allowed = words([name for name, kind in OBJECTIVES.items() if kind == problem])
        yield Finding((*_ROOT, "objective"), objective, _not_of(problem), allowed)
    if problem is not Problem.MULTICLASS and "num_class" in given:
        yield Finding((*_ROOT, "num_class"), given["num_class"], _not_of(problem), "leave it out")
    metrics = given.get("eval_metric")
    if metrics is not None and XGBOOST["eval_metric"].accepts(metrics):
        for metric in as_text(metrics).split(","):
            if metric.strip().partition("@")[0] not in EVAL_METRICS[problem]:
                yield Finding((*_ROOT, "eval_metric"), metric.strip(), _not_of(problem), words(EVAL_METRICS[problem]))
