"""The image that trains, and the one that serves: for most algorithms the same."""

from yardmaster.errors import RefusedError
from yardmaster.spec import algorithms, frameworks
from yardmaster.spec.schema import OwnAlgorithm, Spec


def training_image(spec: Spec, region: str) -> str:
    """Return the image of the training job.

    Raises:
        RefusedError: There is none in this region, or for this instance type.
    """
    algorithm = spec.algorithm
    if not isinstance(algorithm, OwnAlgorithm):
        return algorithms.image_uri(algorithm, region)
    if algorithm.script is not None:
        return frameworks.image_uri(algorithm.script, region, spec.train.instance_type, "training")
    return _own(algorithm)


def serving_image(spec: Spec, region: str) -> str:
    """Return the image that the model is tested and deployed in; a script's may be another than its training image.

    Raises:
        RefusedError: There is none in this region, or for this instance type.
    """
    algorithm = spec.algorithm
    if not isinstance(algorithm, OwnAlgorithm):
        return algorithms.image_uri(algorithm, region)
    if algorithm.script is not None:
        instance_type = spec.deploy.instance_type if spec.deploy else spec.train.instance_type
        return frameworks.image_uri(algorithm.script, region, instance_type, "inference")
    return _own(algorithm)


def _own(algorithm: OwnAlgorithm) -> str:
    if algorithm.image is None:
        raise RefusedError("algorithm: has no image")
    return algorithm.image
