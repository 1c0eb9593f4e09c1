"""What a model package is made of: containers, an algorithm with an artifact, or a model."""

from collections.abc import Callable
from typing import Any

from local_aws.sagemaker.algorithm import Algorithms
from local_aws.sagemaker.arns import name_in
from local_aws.sagemaker.errors import not_simulated, validation_error

_MODEL = ":model/"


class PackageSources:
    """Finds the containers of a package in what its request names."""

    def __init__(self, algorithms: Algorithms, containers_of: Callable[[str], list[dict[str, Any]]]) -> None:
        """Take the algorithms, and who knows the containers of a model by its name."""
        self._algorithms = algorithms
        self._containers_of = containers_of

    def inference(self, members: dict[str, Any]) -> dict[str, Any]:
        """Return the InferenceSpecification that follows from a request's source; nothing without a source.

        Raises:
            AwsError: There is no such source, it can't be used, or there are two.
        """
        source = members.get("SourceUri", "")
        if source and "InferenceSpecification" in members:
            raise validation_error("SourceUri and InferenceSpecification can't be given together.")
        if "SourceAlgorithmSpecification" in members:
            return self._of_algorithm(members)
        if _MODEL in source:
            return {"InferenceSpecification": {"Containers": self._containers_of(name_in(source, "model"))}}
        if source:
            raise not_simulated("CreateModelPackage with a SourceUri that is no model's ARN")
        return {}

    def _of_algorithm(self, members: dict[str, Any]) -> dict[str, Any]:
        if "ModelPackageGroupName" in members:
            raise not_simulated("CreateModelPackage with SourceAlgorithmSpecification in a group")
        if "InferenceSpecification" in members:
            raise validation_error("SourceAlgorithmSpecification and InferenceSpecification can't be given together.")
        sources = members["SourceAlgorithmSpecification"]["SourceAlgorithms"]
        if len(sources) != 1 or "ModelDataUrl" not in sources[0]:
            raise not_simulated("CreateModelPackage of other than one algorithm with a ModelDataUrl")
        algorithm = self._algorithms.usable(sources[0]["AlgorithmName"])
        if algorithm.inference is None:
            raise validation_error(f"Algorithm {algorithm.arn} has no InferenceSpecification.")
        product = {"ProductId": algorithm.product_id} if algorithm.product_id else {}
        artifact = {"ModelDataUrl": sources[0]["ModelDataUrl"], **product}
        containers = [container | artifact for container in algorithm.inference["Containers"]]
        return {"InferenceSpecification": algorithm.inference | {"Containers": containers}}


def check_unversioned(members: dict[str, Any]) -> None:
    """Refuse what a package without a group lacks, or can't have.

    Raises:
        AwsError: Says what.
    """
    if "ModelApprovalStatus" in members:
        raise validation_error("ModelApprovalStatus does not apply to model packages that are not versioned.")
    specification = members.get("InferenceSpecification")
    if specification is None:
        raise validation_error("InferenceSpecification or SourceAlgorithmSpecification must be given.")
    if any(container.get("Environment") for container in specification["Containers"]):
        raise validation_error(
            "1 validation errors detected:Environment variable map cannot be specified when using non-versioned "
            "ModelPackages"
        )
    needed = ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes")
    if missing := [name for name in needed if not specification.get(name)]:
        raise validation_error(f"InferenceSpecification of an unversioned model package needs {' and '.join(missing)}.")
