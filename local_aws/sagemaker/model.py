"""Models: CreateModel, DescribeModel, DeleteModel, ListModels."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.access import ExecutionRole, Vpc
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.executors.base import ServedContainer
from local_aws.sagemaker.model_containers import Containers, RunsOn
from local_aws.sagemaker.model_package import ModelPackages
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.validation import echo, required
from local_aws.sagemaker.world import Handler, Table, World


@dataclass(frozen=True)
class Model:
    """A model; it never changes. Its containers are those of a package, if it names one.

    `vpc` is its VpcConfig, empty without one; an isolated model's containers reach no network.
    """

    name: str
    arn: str
    created: float
    request: dict[str, Any] = field(hash=False)
    containers: tuple[ServedContainer, ...]
    role_arn: str
    runs_on: RunsOn
    vpc: Vpc = field(default_factory=dict, hash=False)

    @property
    def is_pipeline(self) -> bool:
        """Whether requests go through several containers."""
        return len(self.containers) > 1

    @property
    def is_multi_model(self) -> bool:
        """Whether requests must say which model of a prefix they are for."""
        return self.containers[0].multi_model


class Models:
    """The models of the account."""

    def __init__(self, world: World, packages: ModelPackages) -> None:
        """Begin empty; containers may name a model package."""
        self._world = world
        self._containers = Containers(world, packages)
        self._models: Table[Model] = Table(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on models."""
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "DeleteModel": self.delete,
            "ListModels": self.list_models,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Create a model from one container, or from several that make an inference pipeline."""
        name, arn = params["ModelName"], self._world.arns.of("model", params["ModelName"])
        if self._models.taken(name):
            raise validation_error(f'Cannot create already existing model "{arn}".')
        required(params, "ExecutionRoleArn")
        self._world.tags.check(params.get("Tags"))
        role = ExecutionRole(params["ExecutionRoleArn"], arn)
        containers, runs_on = self._containers.of(params, role)
        now = self._world.timeline.now()
        model = Model(name, arn, now, params, containers, role.arn, runs_on, params.get("VpcConfig", {}))
        self._models.put(name, model)
        self._world.tags.born(arn, params.get("Tags"))
        self._world.events.send("Model", arn, self._detail(model))
        return {"ModelArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a model."""
        model = self.require(params["ModelName"])
        return {**echo("DescribeModel", model.request), "ModelArn": model.arn, "CreationTime": model.created}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Delete a model, also while an endpoint serves it: AWS does not look."""
        model = self.require(params["ModelName"])
        self._models.remove(model.name)
        self._world.tags.died(model.arn)
        return {}

    def list_models(self, params: dict[str, Any]) -> dict[str, Any]:
        """List models."""
        items = [Listed(self._summary(model), model.name, model.created) for model in self._models.visible()]
        return list_page(items, params, "Models")

    def require(self, name: str) -> Model:
        """Return a model.

        Raises:
            AwsError: There is none (yet visible).
        """
        model = self._models.find(name)
        if model is None:
            raise validation_error(f'Could not find model "{self._world.arns.of("model", name)}".')
        return model

    def definitions(self, name: str) -> list[dict[str, Any]]:
        """Return the containers of a model as a model package lists them.

        Raises:
            AwsError: There is no such model.
        """
        return [_definition(container) for container in self.require(name).containers]

    def _summary(self, model: Model) -> dict[str, Any]:
        return {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created}

    def _detail(self, model: Model) -> dict[str, Any]:
        return {
            **{name: value for name, value in model.request.items() if name != "Tags"},
            "CreationTime": milliseconds(model.created),
            "ModelArn": model.arn,
            "Tags": self._world.tags.as_object(model.arn),
        }


def _definition(container: ServedContainer) -> dict[str, Any]:
    artifact = {"ModelDataUrl": container.model_data_url} if container.model_data_url else {}
    named = {"ContainerHostname": container.name, "Image": container.image, "Environment": container.environment}
    return {**named, **artifact}
