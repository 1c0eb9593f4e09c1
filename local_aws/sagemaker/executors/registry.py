"""Which image is run by what: AWS's own by stand-ins, one's own by the program that is registered for it."""

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.executors import own_images
from local_aws.sagemaker.executors.own_images import OwnImages
from local_aws.sagemaker.executors.user_code import IN_THE_ARTIFACT, SUBMIT_DIRECTORY

IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)(?::(?P<tag>[^:@]+))?"
)
# Source: image_uri_config/xgboost.json of the sagemaker SDK 2.257; the 0.x ones behave differently.
XGBOOST_VERSIONS = ("1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5")
SCRIPTS = {
    "sagemaker-scikit-learn": "sklearn",
    "pytorch-training": "pytorch",
    "pytorch-inference": "pytorch",
    "tensorflow-training": "tensorflow",
    "tensorflow-inference": "tensorflow",
}
"""The repositories of AWS's images that only run scripts, and the framework of each."""
LIBRARIES = {"sklearn": "sklearn", "pytorch": "torch", "tensorflow": "tensorflow"}
"""What each framework's scripts import."""
NOT_HERE = "not available on local AWS"


@dataclass(frozen=True)
class Container:
    """What runs an image: the stand-in's name, the version that the image asked for, and what it must know besides."""

    name: str
    version: str
    details: Mapping[str, Any] = field(default_factory=dict)


class UnavailableImageError(ValueError):
    """An image that local AWS can't run; the message says what it can."""


def find(
    image: str,
    environment: Mapping[str, str] | None = None,
    own: OwnImages = own_images.NO_IMAGES,
    *,
    pretended: bool = False,
) -> Container:
    """Find what runs an image, such as `683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1`.

    A program that is registered goes before everything: it may stand for an image of AWS's, too. Where containers are
    only `pretended`, nothing must be installed for them.

    Raises:
        UnavailableImageError: the image, its version or a mode that the environment asks for is not available.
    """
    match = IMAGE.fullmatch(image)
    if match and match["repository"] in SCRIPTS and not own.is_registered(image):
        _check_code(environment or {})
        if not pretended:
            _check_library(image, match["repository"])
        return Container("script", match["tag"] or "latest", {"framework": SCRIPTS[match["repository"]]})
    if (not match or match["repository"] != "sagemaker-xgboost" or own.is_registered(image)) and (
        details := own.details(image)
    ):
        return Container("own", image.rpartition(":")[2], details)
    if not match:
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: it is not an ECR image; {_what_is()}")
    if match["repository"] != "sagemaker-xgboost":
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: {_what_is()}. {REGISTER}")
    version = (match["tag"] or "latest").removesuffix("-cpu-py3")
    if version not in XGBOOST_VERSIONS:
        raise UnavailableImageError(
            f"sagemaker-xgboost:{version} is {NOT_HERE}: use one of {', '.join(XGBOOST_VERSIONS)}"
        )
    if "SAGEMAKER_INFERENCE_OUTPUT" in (environment or {}):
        raise UnavailableImageError(f"SAGEMAKER_INFERENCE_OUTPUT (selectable inference) is {NOT_HERE}: leave it out")
    _check_code(environment or {})
    return Container("xgboost", version)


REGISTER = (
    "For an image of your own, write a program that stands for it into .local/images.yaml (or --images FILE), as in "
    "examples/own_container/images.yaml, or pull it into a Docker that runs here"
)


def _check_library(image: str, repository: str) -> None:
    """A script needs its framework; TensorFlow's models are served by a program that isn't Python at all."""
    library = LIBRARIES[SCRIPTS[repository]]
    if repository == "tensorflow-inference":
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: TensorFlow Serving can't be run. {REGISTER}")
    if importlib.util.find_spec(library) is None:
        raise UnavailableImageError(
            f"image {image} is {NOT_HERE}: its scripts need {library}, which is not installed in local AWS's "
            f"environment. Install it there, or use a framework that is: sklearn or xgboost"
        )


def _check_code(environment: Mapping[str, str]) -> None:
    """Code comes from S3, or lies in the artifact; nothing else is there to run."""
    code = environment.get(SUBMIT_DIRECTORY, IN_THE_ARTIFACT)
    if code != IN_THE_ARTIFACT and not code.startswith("s3://"):
        raise UnavailableImageError(f"code from {code} is {NOT_HERE}: pack it into the artifact's {IN_THE_ARTIFACT}")


def _what_is() -> str:
    return f"sagemaker-xgboost:{XGBOOST_VERSIONS[-2]} is"
