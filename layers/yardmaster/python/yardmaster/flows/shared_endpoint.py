"""Registered → deploying on an endpoint that several models share; and back, by the pointer alone."""

from dataclasses import replace

from yardmaster.aws import endpoint as aws_endpoint
from yardmaster.aws import model as sagemaker_model
from yardmaster.aws.endpoint import EndpointState, VariantRequest
from yardmaster.aws.model import ContainerRequest
from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.flows import finish
from yardmaster.flows.advance import commit
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules import scaling, shared_endpoint, stages
from yardmaster.rules.commands import Command
from yardmaster.rules.names import job_name
from yardmaster.rules.shift import FULL_WEIGHT, Phase, Shift
from yardmaster.spec.schema import DeploySpec


def container(yard: Yard, endpoint: str, core: ContainerRequest) -> tuple[str, ContainerRequest]:
    """Return the name of the SageMaker model for all that share an endpoint and this container, and what it runs."""
    name = shared_endpoint.model_name(yard.settings.prefix, endpoint, core.image, core.environment)
    prefix = yard.bucket.uri(shared_endpoint.folder(endpoint))
    return name, replace(core, artifact_uri=prefix, multi_model=True)


def deploy(
    yard: Yard, release: Release, spec: DeploySpec, row: Endpoint, state: EndpointState | None, now: float
) -> Release:
    """Put a release's model below the endpoint's prefix, and make the endpoint if there is none.

    Args:
        yard: Settings and adapters.
        release: The release, approved, and it is its turn.
        spec: Its spec.
        row: The endpoint's row.
        state: The endpoint as it is; None if there is none that serves.
        now: The time.
    """
    config = f"{job_name(yard.settings.prefix, release.model, release.id, release.attempt)}-alone"
    if state is not None:
        config = state.config
        found = aws_endpoint.describe_config(yard.sagemaker, config)
        present = ", ".join(variant.model_name for variant in found.variants) if found else "nothing that is known"
        if wrong := shared_endpoint.container_refusal(row.name, present, release.deployed_model):
            return finish.reject(yard, release, wrong, now)
    else:
        _make_config(yard, release, spec, config)
    target = shared_endpoint.target_model(release)
    artifact = sagemaker_model.artifact_of(yard.sagemaker, release.model_name or "")
    if artifact is None:
        raise YardmasterError(f"{release.title}: model {release.model_name} has no artifact")
    yard.bucket.copy_once(yard.bucket.key_of(artifact), f"{shared_endpoint.folder(row.name)}{target}")
    wanted = scaling.of_spec(spec.autoscaling, row.name, shared_endpoint.VARIANT)
    shift = Shift(
        row.name,
        shared_endpoint.VARIANT,
        None,
        {"alone": config},
        (FULL_WEIGHT,),
        Phase.FIRST,
        scaling=wanted,
        target_model=target,
    )
    made = "it is made for this release" if state is None else "it serves already"
    reason = f"endpoint {row.name}, which models share: {made}; this one is {target}"
    reason = f"approved{release.approved_by}; {reason}" if release.approved_by else reason
    moved = stages.move(replace(release, deploy=shift.to_dict()), Stage.DEPLOYING, reason, now, due=now)
    return commit(yard, release, moved, now, replace(row, holder=release.id, shared=True))


def _make_config(yard: Yard, release: Release, spec: DeploySpec, name: str) -> None:
    kind, count = spec.instance_type, spec.initial_instance_count
    variant = VariantRequest(shared_endpoint.VARIANT, release.deployed_model, kind, count, FULL_WEIGHT)
    tags = yard.settings.tags(release.model, release.id)
    aws_endpoint.create_config(yard.sagemaker, name, (variant,), tags, protection(yard.settings, kind))


def begin_return(
    yard: Yard, release: Release, earlier: Release, row: Endpoint, asked: Command, now: float
) -> tuple[Release, Endpoint]:
    """Return the live release on its way out, and its endpoint's row: what serves isn't changed, only the pointer is.

    Raises:
        RefusedError: The earlier release was never on this endpoint, or the endpoint is not in service.
    """
    if (earlier.deploy.get("endpoint"), bool(earlier.deploy.get("target_model"))) != (row.name, True):
        raise RefusedError(
            f"{earlier.title} was never among the models of endpoint {row.name}: it can't come back there"
        )
    state = aws_endpoint.describe(yard.sagemaker, row.name)
    if state is None or state.status != "InService":
        raise RefusedError(
            f"endpoint {row.name} is {state.status if state else 'gone'}: try again when it is InService"
        )
    shift = Shift(
        endpoint=row.name,
        variant=shared_endpoint.VARIANT,
        baseline_variant=None,
        configs={"alone": state.config, "before": state.config},
        step_weights=(FULL_WEIGHT,),
        phase=Phase.BACK,
        returns_to=earlier.id,
        back_at=now,
        target_model=release.deploy.get("target_model"),
    )
    reason = f"{asked.said}; back to {earlier.title}"
    moved = stages.move(replace(release, deploy=shift.to_dict()), Stage.ROLLING_BACK, reason, now, due=now)
    return moved, replace(row, holder=release.id)
