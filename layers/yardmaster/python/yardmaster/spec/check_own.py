"""What can't be of an algorithm of one's own: script, image, metrics from its log, what a tuning job improves.

Sources: the API reference of AlgorithmSpecification (MetricDefinitions, TrainingImage) and CreateTrainingJob
(Environment); the SageMaker SDK: an entry point lies at the root of `source_dir`.
"""

import difflib
import re
from collections.abc import Iterator

from yardmaster.errors import RefusedError
from yardmaster.spec import frameworks
from yardmaster.spec.findings import Finding
from yardmaster.spec.own import OwnAlgorithm, ScriptSpec
from yardmaster.spec.own_hyperparameters import own_hyperparameters
from yardmaster.spec.problems import words
from yardmaster.spec.schema import Spec
from yardmaster.spec.train import MetricDefinition
from yardmaster.spec.tune import TuneSpec

WAYS = ("script", "image", "algorithm_arn", "model_package")
RESERVED = ("artifacts", "captured", "code", "data", "predict", "predictions", "releases")
"""Folders of a model that mean something else."""
MOST_METRICS = 40
"""Metric definitions of one job."""
LONGEST = 2500
"""Characters of a hyperparameter's value."""
OURS = "sagemaker_"
"""How the names of hyperparameters begin that the containers keep for themselves."""
_ROOT = ("algorithm",)
_SCRIPT = (*_ROOT, "script")
_METRICS = ("train", "metric_definitions")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*/?")
_IMAGE = re.compile(
    r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.-]+/[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})"
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_own(spec: Spec, algorithm: OwnAlgorithm) -> Iterator[Finding]:
    """Yield what can't be: the algorithm itself, its hyperparameters, its metrics, the objective."""
    given = [way for way in WAYS if getattr(algorithm, way) is not None]
    if len(given) != 1:
        fault = f"names {words(given, 'and')}" if given else "names no algorithm"
        yield Finding(_ROOT, "a mapping", fault, f"one of {words(WAYS)}")
    if algorithm.script is not None:
        yield from _script(algorithm.script)
        yield from _kept_names(spec)
    for name, text in own_hyperparameters(spec, algorithm).items():
        if len(text) > LONGEST:
            fault = f"has {len(text):,} characters as JSON"
            yield Finding(("train", "hyperparameters", name), "a value", fault, f"at most {LONGEST:,}")
    if algorithm.image is not None and not _IMAGE.fullmatch(algorithm.image):
        allowed = "an image in ECR with its tag, like 123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
        yield Finding((*_ROOT, "image"), algorithm.image, "is not allowed", allowed)
    yield from _environment(algorithm)
    yield from _metrics(spec.train.metric_definitions)


def _script(script: ScriptSpec) -> Iterator[Finding]:
    """The script and its container exist, as far as a spec can tell."""
    try:
        frameworks.version(script)
    except RefusedError as error:
        yield Finding((*_SCRIPT, "framework_version"), script.framework_version, str(error))
    if "/" in script.entry_point:
        fault = "lies in a folder below source_dir, where the serving container does not find it"
        yield Finding((*_SCRIPT, "entry_point"), script.entry_point, fault, "a file right in source_dir")
    first = script.source_dir.partition("/")[0]
    if first in RESERVED:
        fault = f"is not for code: <model>/{first}/ means something else"
        yield Finding((*_SCRIPT, "source_dir"), script.source_dir, fault, "another folder, such as source/")
    elif not _FOLDER.fullmatch(script.source_dir):
        allowed = "a folder below the model's, like source/ (letters, digits, ., _ and -)"
        yield Finding((*_SCRIPT, "source_dir"), script.source_dir, "is not allowed", allowed)
    if script.requirements is not None and not _FOLDER.fullmatch(script.requirements):
        allowed = "a file below source_dir, like requirements.txt"
        yield Finding((*_SCRIPT, "requirements"), script.requirements, "is not allowed", allowed)


def _kept_names(spec: Spec) -> Iterator[Finding]:
    """The containers' own hyperparameters are written by Yardmaster."""
    searched = spec.tune.hyperparameter_ranges if spec.tune else {}
    for root, names in ((("train", "hyperparameters"), spec.train.hyperparameters), (_RANGES, searched)):
        for name in names:
            if name.startswith(OURS):
                fault = f"begins with {OURS}, which the container keeps for itself"
                yield Finding((*root, name), None, fault, "another name")


def _environment(algorithm: OwnAlgorithm) -> Iterator[Finding]:
    """Variables are named as a shell takes them, and none is one that Yardmaster sets."""
    for name in algorithm.environment:
        if not _VARIABLE.fullmatch(name):
            yield Finding((*_ROOT, "environment", name), None, "is no name of a variable", "letters, digits and _")
        elif algorithm.script is not None and name in MODEL_VARIABLES:
            fault = "is set from script"
            yield Finding((*_ROOT, "environment", name), None, fault, "leave it out")


MODEL_VARIABLES = (
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
    "SAGEMAKER_CONTAINER_LOG_LEVEL",
    "SAGEMAKER_REGION",
)
"""What tells a serving container of its script."""


def _metrics(definitions: tuple[MetricDefinition, ...]) -> Iterator[Finding]:
    """Each metric has a name of its own, and an expression with one group: its value."""
    if len(definitions) > MOST_METRICS:
        yield Finding(_METRICS, f"{len(definitions)} metrics", "are too many", f"at most {MOST_METRICS}")
    for index, definition in enumerate(definitions):
        path = (*_METRICS, index)
        if definition.name in [one.name for one in definitions[:index]]:
            yield Finding((*path, "name"), definition.name, "is given twice", "each metric once")
        if fault := regex_fault(definition.regex):
            yield Finding((*path, "regex"), definition.regex, fault, r"one group that is the value: auc=([0-9.]+)")


def regex_fault(regex: str) -> str | None:
    """Say what is wrong with a metric's expression; None if nothing is."""
    try:
        groups = re.compile(regex).groups
    except re.error as error:
        return f"is no regular expression: {error}"
    if groups != 1:
        return "has no group" if groups == 0 else f"has {groups} groups (write (?:…) for those that are not the value)"
    return None


_RANGES = ("tune", "hyperparameter_ranges")


def check_own_objective(spec: Spec, tune: TuneSpec) -> Iterator[Finding]:
    """The objective is none of the training rows, and of a log one of the metrics that are read from it."""
    path, metric = ("tune", "objective_metric_name"), tune.objective_metric_name
    names = [definition.name for definition in spec.train.metric_definitions]
    if metric.lower().startswith("train"):
        fault = "is measured on the rows that the model learns by heart: the search would reward overfitting"
        yield Finding(path, metric, fault, "a metric of the validation rows")
    elif isinstance(spec.algorithm, OwnAlgorithm) and spec.algorithm.algorithm_arn is not None:
        return  # Which metrics it brings is looked up when a job is to begin.
    elif not names:
        yield Finding(path, metric, "is read from the log by train.metric_definitions, and there are none")
    elif metric not in names:
        near = difflib.get_close_matches(metric, names, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield Finding(path, metric, f"is none of train.metric_definitions{hint}", words(names))
