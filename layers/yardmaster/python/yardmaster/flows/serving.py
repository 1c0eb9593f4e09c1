"""What a release's model runs in: the containers that are tested, registered and deployed.

What few models need is imported where they do: to the others, loading it would be part of their cold start.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from yardmaster.aws import model as sagemaker_model
from yardmaster.aws.model import ContainerRequest, ModelRequest
from yardmaster.aws.training_job import TrainingJob
from yardmaster.errors import YardmasterError
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release
from yardmaster.rules import containers
from yardmaster.rules.names import job_name
from yardmaster.spec.of_algorithm import algorithm_arn, package_arn
from yardmaster.spec.schema import OwnAlgorithm, Spec


@dataclass(frozen=True)
class Serving:
    """The containers of a release's model.

    Attributes:
        tested: What is scored on the test channels, which hold encoded rows.
        deployed: What is registered and serves: the same, or an inference pipeline around it.
    """

    tested: tuple[ContainerRequest, ...]
    deployed: tuple[ContainerRequest, ...]


def serving(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None) -> Serving:
    """Return what a release's model runs in.

    Args:
        yard: Settings and adapters.
        release: The release.
        spec: Its spec.
        job: Its training job; None if its model was trained elsewhere, or the job is gone.

    Raises:
        YardmasterError: The training job is gone, or left no artifact.
    """
    core = _core(yard, release, spec, job)
    before, after = _before(yard, release, spec), _after(yard, release, spec)
    if not before and not after:
        return Serving((core,), (core,))
    # What the Marketplace sells takes no environment.
    told = containers.CSV_BETWEEN if after and core.package is None else {}
    inner = replace(core, name=containers.MODEL, environment={**told, **core.environment})
    return Serving((core,), (*before, inner, *after))


def _before(yard: Yard, release: Release, spec: Spec) -> tuple[ContainerRequest, ...]:
    """Return what a request goes through before it reaches the model: at last what encodes raw rows."""
    own = tuple(_own(yard, release, spec, "before-"))
    if spec.deploy is None or spec.deploy.rows == "encoded":
        return own
    from yardmaster.flows.encoder import encoder

    return (*own, encoder(yard, release, spec))


def _after(yard: Yard, release: Release, spec: Spec) -> tuple[ContainerRequest, ...]:
    """Return what the model's answer goes through."""
    return tuple(_own(yard, release, spec, "after-"))


def _own(yard: Yard, release: Release, spec: Spec, group: str) -> Iterator[ContainerRequest]:
    """Yield the containers that the spec names in one group, with the release's copies of their artifacts."""
    pipeline = spec.deploy.pipeline if spec.deploy else None
    placed = pipeline.placed() if pipeline else {}
    last = next(reversed(placed), "")
    for place, container in placed.items():
        if place.startswith(group):
            copy = yard.bucket.uri(containers.copy_key(release, place)) if container.model_data_url else None
            told = containers.environment(container, is_last=place == last and group == "after-")
            yield ContainerRequest(container.image, copy, told, place)


def _core(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None) -> ContainerRequest:
    if release.source.kind is DropKind.PACKAGE:
        return ContainerRequest.of_package(release.source.key)
    if (package := package_arn(spec)) is not None:
        return ContainerRequest.of_package(package)
    if algorithm_arn(spec) is not None:
        return ContainerRequest.of_package(_name(yard, release, job))
    if release.source.kind is DropKind.ARTIFACT:
        from yardmaster.flows import take_artifact

        return take_artifact.container(yard, release, spec)
    image, artifact = _trained(release, job)
    if isinstance(spec.algorithm, OwnAlgorithm) and job is not None:
        from yardmaster.flows import own_code

        return own_code.container(spec, spec.algorithm, job, artifact, yard.settings.region)
    return ContainerRequest(image, artifact)


def _trained(release: Release, job: TrainingJob | None) -> tuple[str, str]:
    """Return the image and the artifact of a release's training job."""
    if job is None:
        raise YardmasterError(f"training job {release.training_job} is gone: its artifact can't be used")
    if job.artifact_uri is None:
        raise YardmasterError(f"training job {release.training_job} completed without an artifact")
    return job.image, job.artifact_uri


def _name(yard: Yard, release: Release, job: TrainingJob | None) -> str:
    """Return the name of a release's model, and of the package that it is made of."""
    # A tuning job's name is one of ours; those of its training jobs are SageMaker's. A model from elsewhere has none.
    trained = release.tuning_job or (job.name if job else None)
    return trained or job_name(yard.settings.prefix, release.model, release.id, release.attempt)


def make_models(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None, now: float) -> Release:
    """Make the SageMaker model that is tested, and the one that is deployed if it is another.

    That is a pipeline, or what loads the models of a shared endpoint.

    Returns:
        The release with their names.

    Raises:
        NotYetError: SageMaker does not see the artifact (yet).
        NotReadyError, UnusableError: The model package that it is made of can't be used yet, or never.
        YardmasterError: As `serving`.
    """
    name = _name(yard, release, job)
    if (algorithm := algorithm_arn(spec)) and release.source.kind is not DropKind.PACKAGE:
        _package(yard, release, algorithm, name, job)
    made = serving(yard, release, spec, job)
    isolated = _is_product(yard, made.tested[0].package, name, now)
    _create(yard, release, name, made.tested, isolated=isolated)
    with_names = replace(
        release, model_name=name, served_model=None, rows=spec.deploy.rows if spec.deploy else "encoded"
    )
    if spec.deploy is not None and spec.deploy.multi_model:
        from yardmaster.flows import shared_endpoint

        shared, loads = shared_endpoint.container(yard, spec.deploy.endpoint or release.model, made.tested[0])
        _create(yard, release, shared, (loads,), isolated=isolated)
        return replace(with_names, served_model=shared)
    if made.deployed == made.tested:
        return with_names
    _create(yard, release, f"{name}-served", made.deployed, isolated=isolated)
    return replace(with_names, served_model=f"{name}-served")


def _package(yard: Yard, release: Release, algorithm: str, name: str, job: TrainingJob | None) -> None:
    """Make the model package of what an algorithm of its own ARN trained: SageMaker serves it only so."""
    from yardmaster.aws import model_package
    from yardmaster.flows import take_artifact

    elsewhere = release.source.kind is DropKind.ARTIFACT
    artifact = take_artifact.uri(yard, release) if elsewhere else _trained(release, job)[1]
    tags = yard.settings.tags(release.model, release.id)
    model_package.create_of_algorithm(yard.sagemaker, name, algorithm, artifact, tags)


def _is_product(yard: Yard, package: str | None, name: str, now: float) -> bool:
    """Tell whether a model is made of what AWS Marketplace sells; its package must be ready."""
    if package is None:
        return False
    from yardmaster.flows import packaged

    return packaged.require(yard, package, now, just_made=package == name).is_product


def _create(yard: Yard, release: Release, name: str, requests: tuple[ContainerRequest, ...], *, isolated: bool) -> None:
    request = ModelRequest(
        name=name,
        containers=requests,
        role_arn=yard.settings.execution_role_arn,
        tags=yard.settings.tags(release.model, release.id),
        protection=protection(yard.settings),
        # What comes from the Marketplace gets no network, and SageMaker insists on that.
        isolated=isolated,
    )
    sagemaker_model.create(yard.sagemaker, request)
