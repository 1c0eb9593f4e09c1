"""Models: CreateModel, DescribeModel, DeleteModel, ListModels."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.access import ExecutionRole, Vpc
from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.inputs import check_image, check_model_data, check_role, refuse_unsimulated
from local_aws.sagemaker.model_package import ModelPackages
from local_aws.sagemaker.model_package_state import Deployable
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.validation import echo, required
from local_aws.sagemaker.world import Handler, Table, World


@dataclass(frozen=True)
class Container:
    """What runs: the image, its artifact and its environment, a model package already resolved.

    A package may say on which instance types its container runs; none means on any.
    """

    image: str
    model_data_url: str | None
    environment: dict[str, str] = field(hash=False)
    role_arn: str = ""
    vpc: Vpc = field(default_factory=dict, hash=False)
    realtime_types: tuple[str, ...] = ()
    transform_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model; it never changes."""

    name: str
    arn: str
    created: float
    request: dict[str, Any] = field(hash=False)
    container: Container


class Models:
    """The models of the account."""

    def __init__(self, world: World, packages: ModelPackages) -> None:
        """Begin empty; containers may name a model package."""
        self._world = world
        self._packages = packages
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
        """Create a model from one container."""
        name, arn = params["ModelName"], self._world.arns.of("model", params["ModelName"])
        refuse_unsimulated("CreateModel", params, "InferenceExecutionConfig")
        if self._models.taken(name):
            raise validation_error(f'Cannot create already existing model "{arn}".')
        required(params, "ExecutionRoleArn")
        self._world.tags.check(params.get("Tags"))
        model = Model(name, arn, self._world.timeline.now(), params, self._container(params))
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

    def _container(self, params: dict[str, Any]) -> Container:
        containers = [params["PrimaryContainer"]] if "PrimaryContainer" in params else params.get("Containers", [])
        if not containers:
            raise validation_error("Either PrimaryContainer or Containers must be given.")
        if len(containers) > 1:
            raise not_simulated("CreateModel with several containers (an inference pipeline)")
        deployable = self._deployable(containers[0], params)
        definition = self._resolved(containers[0], deployable)
        refuse_unsimulated(
            "CreateModel", definition, "MultiModelConfig", "ModelDataSource", "AdditionalModelDataSources"
        )
        if definition.get("Mode") == "MultiModel":
            raise not_simulated("CreateModel with Mode MultiModel")
        if "Image" not in definition:
            raise validation_error("A container must have an Image or a ModelPackageName.")
        check_image(definition["Image"])
        role = ExecutionRole(params["ExecutionRoleArn"], self._world.arns.of("model", params["ModelName"]))
        data = self._model_data(definition, role)
        return Container(
            definition["Image"],
            data,
            definition.get("Environment", {}),
            role.arn,
            params.get("VpcConfig", {}),
            deployable.realtime_types if deployable else (),
            deployable.transform_types if deployable else (),
        )

    def definitions(self, name: str) -> list[dict[str, Any]]:
        """Return the containers of a model as a model package lists them.

        Raises:
            AwsError: There is no such model.
        """
        container = self.require(name).container
        artifact = {"ModelDataUrl": container.model_data_url} if container.model_data_url else {}
        return [{"Image": container.image, **artifact, "Environment": container.environment}]

    def _deployable(self, definition: dict[str, Any], params: dict[str, Any]) -> Deployable | None:
        package = definition.get("ModelPackageName")
        if package is None:
            return None
        if "Image" in definition:
            raise validation_error("A container can have an Image or a ModelPackageName, not both.")
        deployable = self._packages.deployable(package)
        if deployable.is_product and definition.get("Environment"):
            raise validation_error(
                "Environment variable map cannot be specified when using a ModelPackage subscribed from AWS "
                "Marketplace."
            )
        if deployable.is_product and not params.get("EnableNetworkIsolation"):
            raise validation_error(
                "EnableNetworkIsolation must be true for models using SageMaker Marketplace model packages."
            )
        return deployable

    def _resolved(self, definition: dict[str, Any], deployable: Deployable | None) -> dict[str, Any]:
        if deployable is None:
            return definition
        deployed = deployable.container
        return deployed | {"Environment": deployed.get("Environment", {}) | definition.get("Environment", {})}

    def _model_data(self, definition: dict[str, Any], role: ExecutionRole) -> str | None:
        check_role(self._world, role)
        url = definition.get("ModelDataUrl")
        if url is None:
            return None
        check_model_data(self._world, role, url)
        if not self._world.store.exists(url):
            raise validation_error(f"Could not find model data at {url}.")
        return str(url)

    def _summary(self, model: Model) -> dict[str, Any]:
        return {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created}

    def _detail(self, model: Model) -> dict[str, Any]:
        return {
            **{name: value for name, value in model.request.items() if name != "Tags"},
            "CreationTime": milliseconds(model.created),
            "ModelArn": model.arn,
            "Tags": self._world.tags.as_object(model.arn),
        }
