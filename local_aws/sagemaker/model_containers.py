"""A model's containers: what CreateModel accepts, and what of it runs.

Pipelines: https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html. Multi-model containers:
https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html.
"""

from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.access import ExecutionRole
from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.executors.base import ServedContainer
from local_aws.sagemaker.inputs import (
    check_image,
    check_model_data,
    check_model_prefix,
    check_role,
    refuse_unsimulated,
)
from local_aws.sagemaker.model_package import ModelPackages
from local_aws.sagemaker.model_package_state import Deployable
from local_aws.sagemaker.world import World

_UNSIMULATED = ("ModelDataSource", "AdditionalModelDataSources")


@dataclass(frozen=True)
class RunsOn:
    """The instance types that a model's packages name, for an endpoint and for batch transform; none means any."""

    realtime_types: tuple[str, ...] = ()
    transform_types: tuple[str, ...] = ()


class Containers:
    """Reads the containers of CreateModel's requests."""

    def __init__(self, world: World, packages: ModelPackages) -> None:
        """Take the surroundings; containers may name a model package."""
        self._world = world
        self._packages = packages

    def of(self, params: dict[str, Any], role: ExecutionRole) -> tuple[tuple[ServedContainer, ...], RunsOn]:
        """Return the containers of a request, in the order in which requests go through them, and where they run.

        Raises:
            AwsError: They can't be a model, or the role may not read their artifacts.
        """
        given = [(each, self._deployable(each, params)) for each in _given(params)]
        definitions = [resolved for each, package in given for resolved in _resolved(each, package)]
        _check_together(params, definitions)
        check_role(self._world, role)
        containers = tuple(self._container(each, at, role) for at, each in enumerate(definitions, 1))
        return containers, _runs_on([package for _, package in given if package is not None])

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

    def _container(self, definition: dict[str, Any], at: int, role: ExecutionRole) -> ServedContainer:
        refuse_unsimulated("CreateModel", definition, *_UNSIMULATED)
        if "Image" not in definition:
            raise validation_error("A container must have an Image or a ModelPackageName.")
        check_image(definition["Image"])
        multi_model = definition.get("Mode") == "MultiModel"
        return ServedContainer(
            image=definition["Image"],
            model_data_url=self._model_data(definition, role, multi_model=multi_model),
            environment=definition.get("Environment", {}),
            name=definition.get("ContainerHostname", f"container-{at}"),
            multi_model=multi_model,
        )

    def _model_data(self, definition: dict[str, Any], role: ExecutionRole, *, multi_model: bool) -> str | None:
        url = definition.get("ModelDataUrl")
        if multi_model:
            if url is None:
                raise validation_error("A container in MultiModel mode must have a ModelDataUrl: the models' prefix.")
            check_model_prefix(self._world, role, url)
        elif url is not None:
            check_model_data(self._world, role, url)
            if not self._world.store.exists(url):
                raise validation_error(f"Could not find model data at {url}.")
        return url


def _resolved(definition: dict[str, Any], package: Deployable | None) -> list[dict[str, Any]]:
    """Return a definition, or those of the model package that it names."""
    if package is None:
        return [definition]
    changed = definition.get("Environment", {})
    named = {"ContainerHostname": definition["ContainerHostname"]} if "ContainerHostname" in definition else {}
    alone = named if len(package.containers) == 1 else {}
    return [{**each, "Environment": each.get("Environment", {}) | changed, **alone} for each in package.containers]


def _runs_on(packages: list[Deployable]) -> RunsOn:
    """Return the instance types that all packages name."""
    return RunsOn(
        _common([package.realtime_types for package in packages]),
        _common([package.transform_types for package in packages]),
    )


def _common(named: list[tuple[str, ...]]) -> tuple[str, ...]:
    limited = [types for types in named if types]
    return tuple(kind for kind in limited[0] if all(kind in types for types in limited)) if limited else ()


def _given(params: dict[str, Any]) -> list[dict[str, Any]]:
    if "PrimaryContainer" in params and params.get("Containers"):
        raise validation_error("Either PrimaryContainer or Containers can be given, not both.")
    containers = [params["PrimaryContainer"]] if "PrimaryContainer" in params else params.get("Containers", [])
    if not containers:
        raise validation_error("Either PrimaryContainer or Containers must be given.")
    return list(containers)


def _check_together(params: dict[str, Any], definitions: list[dict[str, Any]]) -> None:
    """Refuse containers that can't be in one model."""
    if params.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
        raise not_simulated("CreateModel with InferenceExecutionConfig Mode Direct (a multi-container endpoint)")
    names = [each["ContainerHostname"] for each in definitions if "ContainerHostname" in each]
    if len(set(names)) < len(names):
        raise validation_error("Each ContainerHostname must be unique in a model.")
    multi_model = [each for each in definitions if each.get("Mode") == "MultiModel"]
    if len(multi_model) > 1:
        raise validation_error("More than one container in MultiModel mode is not supported with inference pipeline.")
    if multi_model and len(definitions) > 1:
        raise not_simulated("CreateModel with a container in MultiModel mode in an inference pipeline")
    if len(definitions) > _MOST:
        raise validation_error(f"A model can have at most {_MOST} containers, not {len(definitions)}.")


_MOST = 15
