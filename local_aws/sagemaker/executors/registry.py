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
XGBOOST = "sagemaker-xgboost"
FIRST_PARTY = ("linear-learner", "kmeans", "pca", "knn")
"""Repositories of AWS's first-party algorithms that have a stand-in of the same name, and the tag 1 only.

Source: image_uri_config/*.json of the sagemaker SDK 2.257; the ones below, too.
"""
ON_AWS_ONLY = frozenset(
    {
        "blazingtext",
        "factorization-machines",
        "forecasting-deepar",
        "image-classification",
        "ipinsights",
        "lda",
        "ntm",
        "object-detection",
        "object2vec",
        "randomcutforest",
        "semantic-segmentation",
        "seq2seq",
    }
)
FIRST_PARTY_VERSION = "1"
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
OF_AWS = frozenset({XGBOOST, *FIRST_PARTY, *ON_AWS_ONLY, *SCRIPTS})
NOT_HERE = "not available on local AWS"
REGISTER = (
    "For an image of your own, write a program that stands for it into .local/images.yaml (or --images FILE), as in "
    "examples/own_container/images.yaml, or pull it into a Docker that runs here"
)


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
    repository, tag = (match["repository"], match["tag"] or "latest") if match else ("", "")
    if repository not in OF_AWS or own.is_registered(image):
        return _own(image, own)
    if repository in ON_AWS_ONLY:
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: {repository} runs on AWS; {_what_is()}")
    if repository in FIRST_PARTY:
        return _first_party(repository, tag)
    _check_code(environment or {})
    if repository in SCRIPTS:
        if not pretended:
            _check_library(image, repository)
        return Container("script", tag, {"framework": SCRIPTS[repository]})
    return _xgboost(tag.removesuffix("-cpu-py3"), environment or {})


def built_in(image: str) -> str | None:
    """Return the name of the built-in algorithm that an image is, whatever its version; None if it is another image.

    Raises:
        UnavailableImageError: It is an algorithm that runs on AWS only.
    """
    match = IMAGE.fullmatch(image)
    repository = match["repository"] if match else ""
    if repository in ON_AWS_ONLY:
        find(image)
    if repository in FIRST_PARTY:
        return repository
    return "xgboost" if repository == XGBOOST else None


def _own(image: str, own: OwnImages) -> Container:
    details = own.details(image)
    if details:
        return Container("own", image.rpartition(":")[2], details)
    if not IMAGE.fullmatch(image):
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: it is not an ECR image; {_what_is()}")
    raise UnavailableImageError(f"image {image} is {NOT_HERE}: {_what_is()}. {REGISTER}")


def _xgboost(version: str, environment: Mapping[str, str]) -> Container:
    if version not in XGBOOST_VERSIONS:
        raise UnavailableImageError(f"{XGBOOST}:{version} is {NOT_HERE}: use one of {', '.join(XGBOOST_VERSIONS)}")
    if "SAGEMAKER_INFERENCE_OUTPUT" in environment:
        raise UnavailableImageError(f"SAGEMAKER_INFERENCE_OUTPUT (selectable inference) is {NOT_HERE}: leave it out")
    return Container("xgboost", version)


def _first_party(repository: str, tag: str) -> Container:
    if tag != FIRST_PARTY_VERSION:
        raise UnavailableImageError(f"{repository}:{tag} is {NOT_HERE}: use {repository}:{FIRST_PARTY_VERSION}")
    return Container(repository, tag)


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
    others = ", ".join(f"{repository}:{FIRST_PARTY_VERSION}" for repository in FIRST_PARTY)
    return f"local AWS has sagemaker-xgboost:{XGBOOST_VERSIONS[-2]}, {others}"
