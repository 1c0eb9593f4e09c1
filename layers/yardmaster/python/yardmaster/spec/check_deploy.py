"""The combinations of the `deploy` section that can't be."""

from collections.abc import Iterator
from itertools import pairwise

from yardmaster.errors import RefusedError
from yardmaster.spec.deploy import (
    SCALING_TARGETS,
    AutoscalingSpec,
    CanarySpec,
    CaptureSpec,
    DeploySpec,
    IdleSpec,
    PipelineSpec,
    ServerlessSpec,
)
from yardmaster.spec.durations import format_duration
from yardmaster.spec.findings import Finding
from yardmaster.spec.hours import ALLOWED as HOURS
from yardmaster.spec.hours import parse_hours

_ROOT = ("deploy", "canary")
_SCALING = ("deploy", "autoscaling")
_CONTAINERS = 15
"""https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html"""
_BURSTABLE = ("ml.t2.", "ml.t3.")
"""https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html"""


def check_deploy(deploy: DeploySpec | None) -> Iterator[Finding]:
    """Yield what can't be in the endpoint's canary, its containers and its automatic scaling."""
    if deploy and deploy.serverless:
        yield from _serverless(deploy, deploy.serverless)
    elif deploy and deploy.multi_model:
        yield from _multi_model(deploy)
    elif deploy and deploy.canary:
        yield from _steps(deploy.canary)
        yield from _deadline(deploy.canary)
    if deploy and deploy.rows == "raw":
        yield from _alone(deploy)
    if deploy and deploy.pipeline:
        yield from _containers(deploy.pipeline, encoded=deploy.rows == "encoded")
    if deploy and deploy.autoscaling and not deploy.serverless:
        yield from _target(deploy.autoscaling)
        yield from _capacity(deploy, deploy.autoscaling)
    if deploy and deploy.idle:
        yield from _idle(deploy, deploy.idle)


def _idle(deploy: DeploySpec, idle: IdleSpec) -> Iterator[Finding]:
    """What is stopped must cost something, belong to one model, and have a time at which it is stopped."""
    path = ("deploy", "idle")
    if deploy.serverless is not None:
        fault = "is nothing that a serverless endpoint needs: it costs nothing while nobody asks"
        yield Finding(path, None, fault, "leave idle out, or serverless")
    if deploy.multi_model:
        fault = "can't be said by one model of a multi-model endpoint: the others serve there, too"
        yield Finding(path, None, fault, "leave idle out, or multi_model")
    if idle.stop_after is None and not idle.hours:
        yield Finding(path, None, "never stops anything", "stop_after, hours, or both")
    if idle.hours:
        try:
            parse_hours(idle.hours)
        except RefusedError as error:
            yield Finding((*path, "hours"), ", ".join(idle.hours), f"can't be: {error}", HOURS)


def _serverless(deploy: DeploySpec, serverless: ServerlessSpec) -> Iterator[Finding]:
    """What serverless endpoints exclude: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html."""
    if deploy.canary is not None:
        fault = (
            "a serverless endpoint has one variant, so no canary can share its traffic: a model that passes its gate "
            "replaces the one before it at once, and `yardmaster rollback` brings that back"
        )
        yield Finding(("deploy", "canary"), None, fault, "none")
    excluded = {
        "autoscaling": deploy.autoscaling is not None,
        "data_capture": isinstance(deploy.data_capture, CaptureSpec),
        "pipeline": deploy.pipeline is not None,
        "multi_model": deploy.multi_model,
    }
    for key in (name for name, given in excluded.items() if given):
        fault = "is nothing that a serverless endpoint can have"
        yield Finding(("deploy", key), None, fault, f"leave {key} out, or serverless")
    for key in sorted({"instance_type", "initial_instance_count"} & deploy.model_fields_set):
        fault = "is given for an endpoint without instances"
        yield Finding(("deploy", key), getattr(deploy, key), fault, f"leave {key} out, or serverless")
    provisioned, most = serverless.provisioned_concurrency, serverless.max_concurrency
    if provisioned is not None and provisioned > most:
        path = ("deploy", "serverless", "provisioned_concurrency")
        yield Finding(path, provisioned, f"is above max_concurrency {most}", f"1 to {most}")


def _alone(deploy: DeploySpec) -> Iterator[Finding]:
    """Raw rows take a second container, which not every endpoint can have.

    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, and …/multi-model-endpoints.html.
    """
    kinds = {"serverless": deploy.serverless is not None, "multi_model": deploy.multi_model}
    for key, wanted in kinds.items():
        if wanted:
            fault = f"can't be together with deploy.{key}, which takes one container"
            yield Finding(("deploy", "rows"), deploy.rows, fault, "encoded")


def _multi_model(deploy: DeploySpec) -> Iterator[Finding]:
    """Several models share one variant, which must be as each of them needs it."""
    if deploy.endpoint is None:
        fault = "must be said with multi_model: the endpoint belongs to several models, and not to this one alone"
        yield Finding(("deploy", "endpoint"), None, fault, "the name of the endpoint that they share")
    if deploy.canary is not None:
        fault = (
            "a multi-model endpoint has one variant with all models, so no canary can share the traffic of one: a "
            "model that passes its gate is named in live.json at once, and `yardmaster rollback` names the one before "
            "it again"
        )
        yield Finding(("deploy", "canary"), None, fault, "none")
    excluded = {
        "data_capture": isinstance(deploy.data_capture, CaptureSpec),
        "pipeline": deploy.pipeline is not None,
    }
    for key in (name for name, given in excluded.items() if given):
        fault = "is nothing that one model of a multi-model endpoint can have"
        yield Finding(("deploy", key), None, fault, f"leave {key} out, or multi_model")


def _containers(pipeline: PipelineSpec, *, encoded: bool) -> Iterator[Finding]:
    """SageMaker's inference pipelines have 2 to 15 containers; the model's own is one, and so is one that encodes."""
    count, most = len(pipeline.placed()), _CONTAINERS - 1 - (not encoded)
    allowed = f"1 to {most} containers in before and after together"
    if count == 0:
        yield Finding(("deploy", "pipeline"), None, "names no container", allowed)
    elif count > most:
        yield Finding(("deploy", "pipeline"), None, f"names {count} containers", allowed)


def _steps(canary: CanarySpec) -> Iterator[Finding]:
    """The steps rise to 100; one step alone is no canary."""
    steps, path = canary.step_weights, (*_ROOT, "step_weights")
    shown, allowed = str(list(steps)), "weights that rise to 100, such as [5, 95, 100]"
    if any(after <= before for before, after in pairwise(steps)):
        yield Finding(path, shown, "does not rise", allowed)
    elif steps[-1:] != (100,):
        yield Finding(path, shown, "does not end in 100", allowed)
    elif len(steps) == 1:
        yield Finding(path, shown, "has no step before 100", f"{allowed}, or canary: none")


def _deadline(canary: CanarySpec) -> Iterator[Finding]:
    """There must be time for a verdict."""
    if canary.progress_deadline <= canary.interval:
        limit = format_duration(canary.interval)
        value = format_duration(canary.progress_deadline)
        yield Finding((*_ROOT, "progress_deadline"), value, f"ends before the first look, after {limit}", "more time")


def _target(scaling: AutoscalingSpec) -> Iterator[Finding]:
    """Two targets would pull in two directions."""
    given = list(scaling.targets())
    allowed = f"exactly one of {', '.join(SCALING_TARGETS[:-1])} and {SCALING_TARGETS[-1]}"
    if not given:
        yield Finding(_SCALING, None, "has no target", allowed)
    for extra in given[1:]:
        value = f"{scaling.targets()[extra]:g}"
        yield Finding((*_SCALING, extra), value, f"is a second target beside {given[0]}", allowed)


def _capacity(deploy: DeploySpec, scaling: AutoscalingSpec) -> Iterator[Finding]:
    """The range must be one, and hold what an endpoint begins with."""
    low, high, count = scaling.min_capacity, scaling.max_capacity, deploy.initial_instance_count
    if low > high:
        yield Finding((*_SCALING, "min_capacity"), low, f"is above max_capacity {high}", f"1 to {high}")
    elif low > count:
        allowed = f"at most {count}, or as many in deploy.initial_instance_count"
        yield Finding((*_SCALING, "min_capacity"), low, f"is above initial_instance_count {count}", allowed)
    elif count > high:
        fault = f"is above autoscaling's max_capacity {high}"
        yield Finding(("deploy", "initial_instance_count"), count, fault, f"{low} to {high}")
    if deploy.instance_type.startswith(_BURSTABLE):
        fault = "is burstable, and can't be scaled automatically"
        yield Finding(("deploy", "instance_type"), deploy.instance_type, fault, "a type such as ml.m5.large")
