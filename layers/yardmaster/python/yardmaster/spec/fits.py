"""Whether a spec fits a problem; checked at upload if the spec states it, else when the label's values decide it."""

from collections.abc import Iterator, Sequence

from yardmaster.records import Problem
from yardmaster.spec.check_tune import tuning_misfits
from yardmaster.spec.evaluate import PER_CLASS
from yardmaster.spec.findings import Finding
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.of_algorithm import content_type_of, is_encoded, is_measured, known_profile
from yardmaster.spec.problem import METRICS
from yardmaster.spec.problems import SpecError, words
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec

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
    profile, count = known_profile(spec.algorithm), len(classes)
    given = spec.train.hyperparameters.get(profile.counts)
    row = profile.rows_of.get(profile.counts)
    if given is not None and int(as_text(given)) != count:
        fault = f"is not the {count} classes of the label"
        yield Finding((*_ROOT, profile.counts), given, fault, "leave it out, and they are counted")
    elif row is not None and not row.accepts(count):
        fault = f"does not fit: the label has {count} classes, and {profile.name} calls for {row.allowed}"
        yield Finding(("evaluate", "problem"), problem, fault, str(Problem.BINARY) if count == 2 else "")
    for index, condition in enumerate(spec.evaluate.gate or ()):
        one = PER_CLASS.fullmatch(condition.metric)
        if one and one.group(2) not in classes:
            path = ("evaluate", "gate", index, "metric")
            yield Finding(path, condition.metric, "names no class of the label", "a class as it stands in the file")


def misfits(spec: Spec, problem: Problem) -> Iterator[Finding]:
    """Yield what a spec asks for that this problem does not have, or its algorithm does not do."""
    profile = known_profile(spec.algorithm)
    yield from _possible(spec, profile, problem)
    yield from _binary_only(spec, profile, problem)
    yield from _hyperparameters(spec, profile, problem)
    yield from tuning_misfits(spec, profile, problem)
    yield from _gate(spec, profile, problem)


def _not_of(problem: Problem) -> str:
    return f"does not fit a {problem} problem"


def _possible(spec: Spec, profile: Profile, problem: Problem) -> Iterator[Finding]:
    """The algorithm does this, and of data that goes to it as it is nothing is measured."""
    path = ("evaluate", "problem")
    if not is_measured(spec):
        if problem is not Problem.NONE:
            fault = f"can't be measured: {content_type_of(spec)} goes to {profile.name} as it is"
            yield Finding(path, problem, fault, "leave it out, or none")
    elif profile.problems and problem not in profile.problems:
        allowed = "leave it out" if len(profile.problems) == 1 else words(profile.problems)
        yield Finding(path, problem, f"is nothing that {profile.name} does", allowed)


def _binary_only(spec: Spec, profile: Profile, problem: Problem) -> Iterator[Finding]:
    """A positive class and a threshold need two classes."""
    if problem is Problem.BINARY:
        return
    if spec.data.positive is not None and is_encoded(spec) and profile.labelled:
        yield Finding(("data", "positive"), spec.data.positive, _not_of(problem), "leave it out")
    if "threshold" in spec.evaluate.model_fields_set:
        value = spec.evaluate.threshold if isinstance(spec.evaluate.threshold, float | int) else "a recall"
        yield Finding(("evaluate", "threshold"), value, _not_of(problem), "leave it out")


def _hyperparameters(spec: Spec, profile: Profile, problem: Problem) -> Iterator[Finding]:
    """Objective, metrics and number of classes must be the problem's."""
    given = spec.train.hyperparameters
    if is_encoded(spec) and problem is not Problem.MULTICLASS and profile.counts in given:
        yield Finding((*_ROOT, profile.counts), given[profile.counts], _not_of(problem), "leave it out")
    for name, options in profile.fitting.items():
        row = profile.rows_of[name]
        if name not in given or problem not in options or not row.accepts(given[name]):
            continue
        for asked in row.each(given[name]):
            if asked not in options[problem]:
                yield Finding((*_ROOT, name), asked, _not_of(problem), words(options[problem]))


def _gate(spec: Spec, profile: Profile, problem: Problem) -> Iterator[Finding]:
    """Each condition's metric is measured for this problem."""
    if problem is Problem.NONE and spec.evaluate.gate:
        fault = f"can't be: of what {profile.name} answers nothing is measured"
        yield Finding(("evaluate", "gate"), "a list", fault, "leave it out; register.approval_status asks a person")
        return
    for index, condition in enumerate(spec.evaluate.gate or ()):
        of_class = problem is Problem.MULTICLASS and PER_CLASS.fullmatch(condition.metric)
        if condition.metric not in METRICS[problem] and not of_class:
            path = ("evaluate", "gate", index, "metric")
            yield Finding(path, condition.metric, _not_of(problem), words(sorted(METRICS[problem])))
