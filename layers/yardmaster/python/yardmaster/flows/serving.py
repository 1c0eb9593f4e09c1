"""What a release's model runs in: the containers that are tested, registered and deployed."""

from dataclasses import dataclass

from yardmaster.aws import model as sagemaker_model
from yardmaster.aws import model_package
from yardmaster.aws.model import ContainerRequest, ModelRequest
from yardmaster.aws.training_job import TrainingJob
from yardmaster.errors import YardmasterError
from yardmaster.flows import marketplace, packaged, take_artifact
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release
from yardmaster.rules.names import job_name
from yardmaster.spec.schema import Spec


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
    return Serving((core,), (core,))


def _core(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None) -> ContainerRequest:
    if release.source.kind is DropKind.PACKAGE:
        return ContainerRequest.of_package(release.source.key)
    if (package := marketplace.package_arn(spec)) is not None:
        return ContainerRequest.of_package(package)
    if marketplace.algorithm_arn(spec) is not None:
        return ContainerRequest.of_package(_name(yard, release, job))
    if release.source.kind is DropKind.ARTIFACT:
        return take_artifact.container(yard, release, spec)
    return ContainerRequest(*_trained(release, job))


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


def make_model(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None, now: float) -> str:
    """Make the SageMaker model that is tested; return its name.

    Raises:
        NotYetError: SageMaker does not see the artifact (yet).
        NotReadyError, UnusableError: The model package that it is made of can't be used yet, or never.
        YardmasterError: As `serving`.
    """
    name = _name(yard, release, job)
    if (algorithm := marketplace.algorithm_arn(spec)) and release.source.kind is not DropKind.PACKAGE:
        elsewhere = release.source.kind is DropKind.ARTIFACT
        artifact = take_artifact.uri(yard, release) if elsewhere else _trained(release, job)[1]
        tags = yard.settings.tags(release.model, release.id)
        model_package.create_of_algorithm(yard.sagemaker, name, algorithm, artifact, tags)
    containers = serving(yard, release, spec, job).tested
    packages = [
        packaged.require(yard, one.package, now, just_made=one.package == name)
        for one in containers
        if one.package is not None
    ]
    _create(yard, release, name, containers, isolated=any(package.is_product for package in packages))
    return name


def _create(
    yard: Yard, release: Release, name: str, containers: tuple[ContainerRequest, ...], *, isolated: bool
) -> None:
    request = ModelRequest(
        name=name,
        containers=containers,
        role_arn=yard.settings.execution_role_arn,
        tags=yard.settings.tags(release.model, release.id),
        protection=protection(yard.settings),
        # What comes from the Marketplace gets no network, and SageMaker insists on that.
        isolated=isolated,
    )
    sagemaker_model.create(yard.sagemaker, request)
