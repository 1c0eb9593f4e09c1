"""Which image is run by what: AWS's own containers by their stand-ins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)(?::(?P<tag>[^:@]+))?"
)
# Source: image_uri_config/xgboost.json of the sagemaker SDK 2.257; the 0.x ones behave differently.
XGBOOST_VERSIONS = ("1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5")
SKLEARN_VERSIONS = ("0.20.0", "0.23-1", "1.0-1", "1.2-1")
# Source: image_uri_config/sklearn.json of the same.
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
CODE_FOLDER = "/opt/ml/model/code"
"""Where script mode finds the code that lies in an artifact's folder `code/`."""
VERSIONS = {"sagemaker-scikit-learn": ("sklearn", SKLEARN_VERSIONS), XGBOOST: ("xgboost", XGBOOST_VERSIONS)}
"""The stand-in of each repository, and the versions that it stands for."""
NOT_HERE = "not available on local AWS"


@dataclass(frozen=True)
class Container:
    """What runs an image: the stand-in's name, and the version that the image asked for."""

    name: str
    version: str


class UnavailableImageError(ValueError):
    """An image that local AWS can't run; the message says what it can."""


def find(image: str, environment: Mapping[str, str] | None = None) -> Container:
    """Find what runs an image, such as `683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1`.

    Raises:
        UnavailableImageError: the image, its version or a mode that the environment asks for is not available.
    """
    match = IMAGE.fullmatch(image)
    if not match:
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: it is not an ECR image; {_what_is()}")
    repository = match["repository"]
    if repository in ON_AWS_ONLY:
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: {repository} runs on AWS; {_what_is()}")
    if repository in FIRST_PARTY:
        return _first_party(repository, match["tag"] or "latest")
    if repository not in VERSIONS:
        raise UnavailableImageError(f"image {image} is {NOT_HERE}: {_what_is()}")
    version = (match["tag"] or "latest").removesuffix("-cpu-py3")
    name, versions = VERSIONS[repository]
    if version not in versions:
        raise UnavailableImageError(f"{repository}:{version} is {NOT_HERE}: use one of {', '.join(versions)}")
    if "SAGEMAKER_INFERENCE_OUTPUT" in (environment or {}):
        raise UnavailableImageError(f"SAGEMAKER_INFERENCE_OUTPUT (selectable inference) is {NOT_HERE}: leave it out")
    if (code := (environment or {}).get("SAGEMAKER_SUBMIT_DIRECTORY", CODE_FOLDER)) != CODE_FOLDER:
        raise UnavailableImageError(f"code from {code} is {NOT_HERE}: pack it into the artifact's {CODE_FOLDER}")
    return Container(name, version)


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


def _first_party(repository: str, tag: str) -> Container:
    if tag != FIRST_PARTY_VERSION:
        raise UnavailableImageError(f"{repository}:{tag} is {NOT_HERE}: use {repository}:{FIRST_PARTY_VERSION}")
    return Container(repository, tag)


def _what_is() -> str:
    others = ", ".join(f"{repository}:{FIRST_PARTY_VERSION}" for repository in FIRST_PARTY)
    return f"local AWS has sagemaker-xgboost:{XGBOOST_VERSIONS[-2]}, {others}"
