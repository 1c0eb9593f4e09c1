"""Algorithms: CreateAlgorithm, DescribeAlgorithm, ListAlgorithms, DeleteAlgorithm."""

from dataclasses import dataclass, field, replace
from typing import Any

from local_aws.sagemaker.algorithm_checks import check_specification
from local_aws.sagemaker.arns import name_in
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.inputs import check_image, refuse_unsimulated
from local_aws.sagemaker.marketplace import Marketplace
from local_aws.sagemaker.model_package_state import with_digests
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.validation import echo
from local_aws.sagemaker.world import Handler, Table, World


@dataclass(frozen=True)
class Algorithm:
    """An algorithm; it never changes. `product_id` is that of a seller's."""

    name: str
    arn: str
    created: float
    request: dict[str, Any] = field(hash=False)
    product_id: str | None = None

    @property
    def training(self) -> dict[str, Any]:
        """The TrainingSpecification."""
        specification: dict[str, Any] = self.request["TrainingSpecification"]
        return specification

    @property
    def inference(self) -> dict[str, Any] | None:
        """The InferenceSpecification; None for one whose models nobody serves."""
        return self.request.get("InferenceSpecification")


class Algorithms:
    """The algorithms of the account, and those of AWS Marketplace."""

    def __init__(self, world: World, marketplace: Marketplace) -> None:
        """Begin empty."""
        self._world = world
        self._marketplace = marketplace
        self._algorithms: Table[Algorithm] = Table(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on algorithms."""
        return {
            "CreateAlgorithm": self.create,
            "DescribeAlgorithm": self.describe,
            "ListAlgorithms": self.list_algorithms,
            "DeleteAlgorithm": self.delete,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Make an algorithm."""
        refuse_unsimulated("CreateAlgorithm", params, "ValidationSpecification")
        name, arn = params["AlgorithmName"], self._world.arns.of("algorithm", params["AlgorithmName"])
        if self._algorithms.taken(arn):
            raise validation_error(f"Algorithm already exists: {arn}")
        check_image(params["TrainingSpecification"]["TrainingImage"])
        check_specification(params["TrainingSpecification"])
        self._world.tags.check(params.get("Tags"))
        if "InferenceSpecification" in params:
            params = {**params, "InferenceSpecification": with_digests(params["InferenceSpecification"])}
        self._algorithms.put(arn, Algorithm(name, arn, self._world.timeline.now(), params))
        self._world.tags.born(arn, params.get("Tags"))
        return {"AlgorithmArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe an algorithm, also a seller's to which nobody has subscribed."""
        algorithm = self.require(params["AlgorithmName"])
        return {
            **echo("DescribeAlgorithm", algorithm.request),
            **self._summary(algorithm),
            "AlgorithmStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "ProductId": algorithm.product_id,
            "CertifyForMarketplace": algorithm.request.get("CertifyForMarketplace", False),
        }

    def list_algorithms(self, params: dict[str, Any]) -> dict[str, Any]:
        """List the account's own."""
        own = [algorithm for algorithm in self._algorithms.visible() if algorithm.product_id is None]
        items = [Listed(self._summary(algorithm), algorithm.name, algorithm.created) for algorithm in own]
        return list_page(items, params, "AlgorithmSummaryList", order="Ascending")

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Delete one of the account's own."""
        algorithm = self.require(params["AlgorithmName"])
        if algorithm.product_id is not None:
            raise validation_error(f"Algorithm {algorithm.arn} belongs to another account.")
        self._algorithms.remove(algorithm.arn)
        self._world.tags.died(algorithm.arn)
        return {}

    def offer(self, reference: str) -> str:
        """Let a seller offer a copy in AWS Marketplace; return its ARN."""
        algorithm = self.require(reference)
        arn = self._marketplace.offer(algorithm.arn)
        self._algorithms.put(arn, replace(algorithm, arn=arn, product_id=self._marketplace.product_id(arn)))
        return arn

    def require(self, reference: str) -> Algorithm:
        """Return an algorithm by name or ARN.

        Raises:
            AwsError: There is none (yet visible).
        """
        arn = reference.lower()
        if not arn.startswith("arn:"):
            arn = self._world.arns.of("algorithm", name_in(reference, "algorithm"))
        algorithm = self._algorithms.find(arn)
        if algorithm is None:
            raise validation_error(f"Algorithm {reference} does not exist.")
        return algorithm

    def usable(self, reference: str) -> Algorithm:
        """Return an algorithm that the account may use now.

        Raises:
            AwsError: There is none, nobody has subscribed to it, or SageMaker still looks at it.
        """
        algorithm = self.require(reference)
        self._marketplace.require_subscribed(algorithm.arn)
        if self._status(algorithm) != "Completed":
            raise validation_error(f"Algorithm {algorithm.arn} is {self._status(algorithm)}, not Completed.")
        return algorithm

    def _status(self, algorithm: Algorithm) -> str:
        age = self._world.timeline.now() - algorithm.created
        return "Completed" if age >= self._world.settings.model_package_seconds else "Pending"

    def _summary(self, algorithm: Algorithm) -> dict[str, Any]:
        return {
            "AlgorithmName": algorithm.name,
            "AlgorithmArn": algorithm.arn,
            "AlgorithmDescription": algorithm.request.get("AlgorithmDescription"),
            "CreationTime": algorithm.created,
            "AlgorithmStatus": self._status(algorithm),
        }
