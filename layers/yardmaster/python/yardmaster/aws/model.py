"""Models (SageMaker): one container, or several in a row, under a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endings, protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class ContainerRequest:
    """One container of a model: its image, its artifact if it has one, its environment.

    `name` is what errors and logs call it where a model has several. A `multi_model` one loads what requests name, from
    below `artifact_uri`. With `package`, the name or ARN of a model package, image and artifact are the package's own.
    """

    image: str
    artifact_uri: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    multi_model: bool = False
    package: str | None = None

    @classmethod
    def of_package(cls, package: str) -> "ContainerRequest":
        """Return the container of a model package, by its name or ARN."""
        return cls("", None, package=package)

    def definition(self) -> dict[str, Any]:
        """Return it as CreateModel and CreateModelPackage take it."""
        name = {"ContainerHostname": self.name} if self.name else {}
        if self.package is not None:
            environment = {"Environment": dict(self.environment)} if self.environment else {}
            return {"ModelPackageName": self.package, **environment, **name}
        artifact = {"ModelDataUrl": self.artifact_uri} if self.artifact_uri else {}
        mode = {"Mode": "MultiModel"} if self.multi_model else {}
        return {"Image": self.image, **artifact, "Environment": dict(self.environment), **name, **mode}


@dataclass(frozen=True)
class ModelRequest:
    """A model as we ask for it; several containers are an inference pipeline, in the order of the requests' way.

    Of `protection` only the network is the model's; `isolated` cuts it off from every network.
    """

    name: str
    containers: tuple[ContainerRequest, ...]
    role_arn: str
    tags: dict[str, str]
    protection: Protection = protection.NONE
    isolated: bool = False


def create(client: "SageMakerClient", request: ModelRequest) -> None:
    """Make a model; a repeat of the same request is fine.

    Raises:
        NameTakenError: Another model has the name.
    """
    definitions = [container.definition() for container in request.containers]
    containers: Any = {"PrimaryContainer": definitions[0]} if len(definitions) == 1 else {"Containers": definitions}
    network: Any = {"EnableNetworkIsolation": True} if request.isolated else {}
    try:
        client.create_model(
            ModelName=request.name,
            ExecutionRoleArn=request.role_arn,
            Tags=tags.as_list(request.tags),
            **containers,
            **request.protection.for_network(),
            **network,
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        wanted = [container.package or container.artifact_uri for container in request.containers]
        if _contents(client, request.name) != wanted:
            raise sagemaker_errors.NameTakenError(f"model {request.name} exists, with another artifact") from error


def delete(client: "SageMakerClient", name: str) -> None:
    """Delete a model; one that is gone already is fine.

    It is looked at first: the right to delete asks for a tag, which what isn't there doesn't have.
    """
    endings.deleted(lambda: client.describe_model(ModelName=name), lambda: client.delete_model(ModelName=name))


def artifact_of(client: "SageMakerClient", name: str) -> str | None:
    """Return where the artifact of a model's first container is, or its model package; None without either.

    Raises:
        NotYetError: There is no such model (yet).
    """
    try:
        return _contents(client, name)[0]
    except ClientError as error:
        raise sagemaker_errors.translate(error) from error


def _contents(client: "SageMakerClient", name: str) -> list[str | None]:
    there = client.describe_model(ModelName=name)
    containers = there.get("Containers") or [there["PrimaryContainer"]]
    return [container.get("ModelPackageName") or container.get("ModelDataUrl") for container in containers]
