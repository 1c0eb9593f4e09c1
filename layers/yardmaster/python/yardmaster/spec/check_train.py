"""The combinations of the `train` section that can't be, and the algorithm's hyperparameters."""

import difflib
from collections.abc import Iterator

from yardmaster.spec.durations import format_duration
from yardmaster.spec.findings import Finding
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.instances import has_gpu, has_local_storage
from yardmaster.spec.of_algorithm import content_type_of, is_encoded
from yardmaster.spec.problems import words
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec
from yardmaster.spec.spot import keeps_checkpoints
from yardmaster.spec.train import MAX_WAIT_WITHOUT_CHECKPOINTS, HyperparameterValue, TrainSpec

_ROOT = ("train", "hyperparameters")
_SAGEMAKERS = frozenset({"input", "model", "output", "code"})
"""Folders below /opt/ml that SageMaker itself fills or empties."""


def check_train(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """Yield what can't be: waiting without spot, the wrong machines, hyperparameters unknown, wrong or missing."""
    train = spec.train
    yield from _waiting(train)
    yield from _anew(train, profile)
    yield from _checkpoints(train, profile)
    yield from _machines(train, profile)
    yield from _piped(spec, profile)
    if train.metric_definitions and profile.hyperparameters is not None:
        fault = f"is for algorithms of your own; {profile.name} brings its metrics"
        yield Finding(("train", "metric_definitions"), "a list", fault, "leave it out")
    if profile.hyperparameters is not None:
        for name, value in train.hyperparameters.items():
            yield from _hyperparameter(train, profile, name, value)
        yield from _missing(spec, profile)


def _waiting(train: TrainSpec) -> Iterator[Finding]:
    """Waiting is for spot capacity, and includes the training."""
    if train.max_wait is None:
        return
    path, value = ("train", "max_wait"), format_duration(train.max_wait)
    if not train.use_spot_instances:
        yield Finding(path, value, "is for spot instances only", "leave it out, or write use_spot_instances: true")
    elif train.max_wait < train.max_run:
        limit = format_duration(train.max_run)
        yield Finding(path, value, f"is shorter than max_run, {limit}, which it includes", f"at least {limit}")


def _anew(train: TrainSpec, profile: Profile) -> Iterator[Finding]:
    """What an algorithm loses by an interruption that keeps no checkpoints is bounded by SageMaker."""
    if not train.use_spot_instances or keeps_checkpoints(train, profile):
        return
    own = profile.hyperparameters is None
    say = ", or say where it keeps checkpoints (checkpoint_local_path)" if own else ""
    for name, seconds in (("max_run", train.max_run), ("max_wait", train.max_wait)):
        if seconds is not None and seconds > MAX_WAIT_WITHOUT_CHECKPOINTS:
            fault = f"is too long on spot instances: {profile.name} keeps no checkpoints"
            yield Finding(("train", name), format_duration(seconds), fault, f"at most 1h, or no spot instances{say}")


def _checkpoints(train: TrainSpec, profile: Profile) -> Iterator[Finding]:
    """Checkpoints are for spot capacity, for algorithms that keep some, and in a folder of their own."""
    path, value = ("train", "checkpoint_local_path"), train.checkpoint_local_path
    if value is None:
        return
    if not train.use_spot_instances:
        yield Finding(path, value, "is for spot instances only", "leave it out, or write use_spot_instances: true")
    elif not keeps_checkpoints(train, profile):
        yield Finding(
            path, value, f"is for algorithms that keep checkpoints, and {profile.name} keeps none", "leave it out"
        )
    elif value.split("/")[3] in _SAGEMAKERS:
        yield Finding(path, value, "is a folder of SageMaker's own", "another folder below /opt/ml")


def _machines(train: TrainSpec, profile: Profile) -> Iterator[Finding]:
    """The algorithm can be trained on these instances, and the disk is asked for where one is not brought."""
    if train.volume_size != "auto" and has_local_storage(train.instance_type):
        fault = f"is too much to ask: {train.instance_type} brings its own disk"
        yield Finding(("train", "volume_size"), train.volume_size, fault, "auto")
    if profile.hardware == "gpu" and not has_gpu(train.instance_type):
        fault = f"has no GPU, and {profile.name} is trained on GPUs only"
        yield Finding(("train", "instance_type"), train.instance_type, fault, "a type such as ml.p3.2xlarge")
    if profile.hardware == "cpu" and has_gpu(train.instance_type):
        fault = f"has a GPU, and {profile.name} is trained on CPUs only"
        yield Finding(("train", "instance_type"), train.instance_type, fault, "a type such as ml.c5.2xlarge")
    if profile.single_instance and train.instance_count > 1:
        fault = f"is too many: {profile.name} is trained on one instance"
        yield Finding(("train", "instance_count"), train.instance_count, fault, "1, of a larger type")


def _piped(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """A pipe is for algorithms that read their data from one.

    https://docs.aws.amazon.com/sagemaker/latest/dg/common-info-all-im-models.html
    """
    held = content_type_of(spec)
    if spec.train.input_mode == "Pipe" and held in profile.file_only:
        fault = f"can't be: {profile.name} reads {held} from files only"
        yield Finding(("train", "input_mode"), "Pipe", fault, "FastFile, which streams too, or File")


def _hyperparameter(train: TrainSpec, profile: Profile, name: str, value: HyperparameterValue) -> Iterator[Finding]:
    """A hyperparameter is one of the algorithm's list, given once, and in its range."""
    path, rows, aliases = (*_ROOT, name), profile.rows_of, profile.aliases
    row = rows.get(aliases.get(name, name))
    if row is None:
        near = difflib.get_close_matches(name, [*rows, *aliases], n=1, cutoff=0.6)
        meant = profile.elsewhere.get(name) or next(iter(near), None)
        hint = f"; did you mean {meant}?" if meant else ""
        yield Finding(path, None, f"unknown hyperparameter of {profile.name}{hint}", words(sorted(rows)))
    elif name in aliases and aliases[name] in train.hyperparameters:
        yield Finding(path, _shown(value), f"is another name of {aliases[name]}, which is given too", "one of the two")
    elif _shown(value) in profile.instead.get(name, {}):
        yield Finding(path, _shown(value), profile.instead[name][_shown(value)], row.allowed)
    elif not row.accepts(value):
        yield Finding(path, _shown(value), "is not allowed", row.allowed)


def _missing(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """What the algorithm can't do without is given, or searched; of rows that are encoded much can be derived."""
    searched = spec.tune.hyperparameter_ranges if spec.tune else ()
    given = {*(profile.aliases.get(name, name) for name in spec.train.hyperparameters), *searched}
    unseen = not is_encoded(spec) and content_type_of(spec) in profile.content_types
    for name in (*profile.required, *(profile.required_as_is if unseen else ())):
        if name not in given:
            fault = f"missing, and {profile.name} needs it"
            yield Finding((*_ROOT, name), None, fault, profile.rows_of[name].allowed)
    for name, other in profile.together.items():
        if name in given and other not in given:
            fault = f"missing, and {profile.name} needs it with {name}"
            yield Finding((*_ROOT, other), None, fault, profile.rows_of[other].allowed)


def _shown(value: HyperparameterValue) -> str:
    """Write a value for a message."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else as_text(value)
