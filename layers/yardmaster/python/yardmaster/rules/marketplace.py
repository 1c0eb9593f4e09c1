"""What an algorithm or a model package that is named by its ARN allows a spec to ask for: said before a job is paid."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Protocol

from yardmaster.spec.of_algorithm import content_type_of
from yardmaster.spec.problems import words
from yardmaster.spec.schema import Spec

CALLED: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "eval", "evaluation"),
}
"""What algorithms call our channels, the usual name first."""


class Channel(Protocol):
    """A channel that an algorithm takes."""

    @property
    def is_required(self) -> bool:
        """Whether a job without it is refused."""

    @property
    def content_types(self) -> tuple[str, ...]:
        """What it may hold."""

    @property
    def input_modes(self) -> tuple[str, ...]:
        """How it may get there."""


class Hyperparameter(Protocol):
    """A hyperparameter that an algorithm takes."""

    @property
    def is_required(self) -> bool:
        """Whether a job without it is refused."""

    @property
    def is_tunable(self) -> bool:
        """Whether it can be searched."""


class Served(Protocol):
    """What is served: it says on which instance types, none meaning any."""

    @property
    def realtime_types(self) -> tuple[str, ...]:
        """Of an endpoint."""

    @property
    def transform_types(self) -> tuple[str, ...]:
        """Of a batch transform."""


class Algorithm(Served, Protocol):
    """An algorithm as SageMaker describes it."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def status(self) -> str:
        """`Completed` if it can be used."""

    @property
    def channels(self) -> Mapping[str, Channel]:
        """By name."""

    @property
    def hyperparameters(self) -> Mapping[str, Hyperparameter]:
        """By name; none means any."""

    @property
    def objectives(self) -> Mapping[str, str]:
        """The metrics that can be improved, and which way."""

    @property
    def training_types(self) -> tuple[str, ...]:
        """The instance types that it trains on."""

    @property
    def is_distributed(self) -> bool:
        """Whether it trains on several instances."""

    @property
    def is_served(self) -> bool:
        """Whether its models can be served."""


def region_refusal(key: str, arn: str, region: str) -> str | None:
    """Say what is wrong with an ARN of another region; None if nothing is."""
    theirs = arn.split(":")[3]
    if theirs == region:
        return None
    return f"algorithm.{key}: {arn} is in {theirs}, and jobs run in {region}: products have an ARN for each region"


def training_refusal(spec: Spec, algorithm: Algorithm, given: Collection[str]) -> str | None:
    """Say what of a spec the algorithm does not allow, and what it does; None if it allows all.

    Args:
        spec: The spec.
        algorithm: What it names.
        given: The names of the channels that the drop has.
    """
    checks = (_state, _machines, _hyperparameters, _tuning, _serving)
    found = (wrong for check in checks for wrong in check(spec, algorithm))
    return next(chain(found, _channels(spec, algorithm, given)), None)


def serving_refusal(spec: Spec, package: Served) -> str | None:
    """Say which instance type of a spec a model package does not run on; None if it runs on all."""
    return next(_serving(spec, package), None)


def channels_of(algorithm: Algorithm, given: Collection[str]) -> dict[str, str]:
    """Return what the algorithm calls each of our channels; those that it does not take are left out."""
    found = {}
    for ours in given:
        theirs = next((name for name in CALLED.get(ours, (ours,)) if name in algorithm.channels), None)
        if theirs is not None:
            found[ours] = theirs
    return found


def _state(spec: Spec, algorithm: Algorithm) -> Iterator[str]:
    del spec
    if algorithm.status != "Completed":
        yield f"algorithm.algorithm_arn: {algorithm.arn} is {algorithm.status}: it can't be used"
    elif not algorithm.is_served:
        yield f"algorithm.algorithm_arn: {algorithm.arn} has no InferenceSpecification: its models can't be served"


def _machines(spec: Spec, algorithm: Algorithm) -> Iterator[str]:
    kind, count = spec.train.instance_type, spec.train.instance_count
    if kind not in algorithm.training_types:
        yield f"train.instance_type: {kind} is none that the algorithm trains on: {words(algorithm.training_types)}"
    if count > 1 and not algorithm.is_distributed:
        yield f"train.instance_count: {count} is too many: the algorithm trains on one instance"


def _hyperparameters(spec: Spec, algorithm: Algorithm) -> Iterator[str]:
    if not (known := algorithm.hyperparameters):
        return
    searched = spec.tune.hyperparameter_ranges if spec.tune else {}
    for name in spec.train.hyperparameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]}?" if near else ";"
            yield f"train.hyperparameters.{name}: the algorithm has none of this name{hint} allowed: {words([*known])}"
    given = {*spec.train.hyperparameters, *searched}
    if missing := [name for name, one in known.items() if one.is_required and name not in given]:
        yield f"train.hyperparameters: the algorithm needs {words(missing, 'and')}"


def _tuning(spec: Spec, algorithm: Algorithm) -> Iterator[str]:
    if (tune := spec.tune) is None:
        return
    if not algorithm.objectives:
        yield "tune: the algorithm names no metric that a tuning job can improve: leave the section out"
    elif algorithm.objectives.get(tune.objective_metric_name) != tune.objective_type:
        asked = f"{tune.objective_metric_name} ({tune.objective_type})"
        allowed = words([f"{name} ({way})" for name, way in algorithm.objectives.items()])
        yield f"tune.objective_metric_name: {asked} is none that the algorithm can improve; allowed: {allowed}"
    tunable = [name for name, one in algorithm.hyperparameters.items() if one.is_tunable]
    for name in tune.hyperparameter_ranges:
        if name not in tunable:
            allowed = words(tunable) if tunable else "none"
            yield f"tune.hyperparameter_ranges.{name}: the algorithm can't be tuned by it; allowed: {allowed}"


def _channels(spec: Spec, algorithm: Algorithm, given: Collection[str]) -> Iterator[str]:
    held = content_type_of(spec)
    named = channels_of(algorithm, given)
    missing = [name for name, one in algorithm.channels.items() if one.is_required and name not in named.values()]
    if missing:
        yield (
            f"the algorithm needs the channel {words(missing, 'and')}, and a drop has {words([*given], 'and')} (also "
            f"taken for train: {CALLED['train'][1]})"
        )
    for theirs in named.values():
        channel = algorithm.channels[theirs]
        if held not in channel.content_types:
            yield f"the algorithm's channel {theirs} takes {words(channel.content_types)}, and the job's is {held}"
        if (mode := spec.train.input_mode) not in channel.input_modes:
            taken = words(channel.input_modes)
            yield f"train.input_mode: the algorithm's channel {theirs} takes {taken}, and not {mode}"


def _serving(spec: Spec, served: Served) -> Iterator[str]:
    scored = spec.train.instance_type
    if served.transform_types and scored not in served.transform_types:
        allowed = words(served.transform_types)
        yield f"train.instance_type: {scored} is none that the model is scored on by batch transform: {allowed}"
    kind = spec.deploy.instance_type if spec.deploy else None
    if kind is not None and served.realtime_types and kind not in served.realtime_types:
        yield f"deploy.instance_type: {kind} is none that the model is served on: {words(served.realtime_types)}"
