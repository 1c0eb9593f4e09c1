"""What a release's model runs in: the containers that are tested, registered and deployed."""

from dataclasses import dataclass

from yardmaster.aws import model as sagemaker_model
from yardmaster.aws.model import ContainerRequest, ModelRequest
from yardmaster.aws.training_job import TrainingJob
from yardmaster.errors import YardmasterError
from yardmaster.flows import own_code, take_artifact
from yardmaster.flows.protection import protection
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release
from yardmaster.rules.names import job_name
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
    return Serving((core,), (core,))


def _core(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None) -> ContainerRequest:
    if release.source.kind is DropKind.ARTIFACT:
        return take_artifact.container(yard, release, spec)
    if job is None:
        raise YardmasterError(f"training job {release.training_job} is gone: its artifact can't be used")
    if job.artifact_uri is None:
        raise YardmasterError(f"training job {release.training_job} completed without an artifact")
    if isinstance(spec.algorithm, OwnAlgorithm):
        return own_code.container(spec, spec.algorithm, job, job.artifact_uri, yard.settings.region)
    return ContainerRequest(job.image, job.artifact_uri)


def make_model(yard: Yard, release: Release, spec: Spec, job: TrainingJob | None) -> str:
    """Make the SageMaker model that is tested; return its name.

    Raises:
        NotYetError: SageMaker does not see the artifact (yet).
        YardmasterError: As `serving`.
    """
    # A tuning job's name is one of ours; those of its training jobs are SageMaker's. A model from elsewhere has none.
    trained = release.tuning_job or (job.name if job else None)
    name = trained or job_name(yard.settings.prefix, release.model, release.id, release.attempt)
    _create(yard, release, name, serving(yard, release, spec, job).tested)
    return name


def _create(yard: Yard, release: Release, name: str, containers: tuple[ContainerRequest, ...]) -> None:
    request = ModelRequest(
        name=name,
        containers=containers,
        role_arn=yard.settings.execution_role_arn,
        tags=yard.settings.tags(release.model, release.id),
        protection=protection(yard.settings),
    )
    sagemaker_model.create(yard.sagemaker, request)
