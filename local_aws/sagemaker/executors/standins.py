"""The stand-ins for containers' images, each a package with a module `entry` of its own.

They are imported by name, in the container's process: local AWS itself needs none of their libraries.
"""

import importlib
from pathlib import Path
from typing import Protocol, cast

from local_aws.sagemaker.executors.answering import Responder

PACKAGES = {
    "xgboost": "xgboost_container",
    "linear-learner": "linear_learner_container",
    "kmeans": "kmeans_container",
    "pca": "pca_container",
    "knn": "knn_container",
    "script": "script_container",
    "own": "own_container",
}
"""The package of each stand-in, by the name that `registry.find` gives."""


OF_USERS = frozenset({"script", "own"})
"""Those in which a user's own code learns, and reads pipes itself."""


class StandIn(Protocol):
    """What a stand-in's module `entry` has."""

    def train(self, base_dir: Path) -> int:
        """Train in a directory laid out like /opt/ml; return the exit code, with the reason in output/failure."""

    def load(self, model_dir: Path, *, batch: bool) -> Responder:
        """Load a model to be served, or for a batch transform (`batch`: what SAGEMAKER_BATCH tells the container).

        Raises:
            Exception: It can't be loaded; whatever the artifact's code raises.
        """


def find(container: str) -> StandIn:
    """Import a stand-in.

    Raises:
        ValueError: There is none of this name.
    """
    if container not in PACKAGES:
        raise ValueError(f"unknown container: {container}")
    return cast(StandIn, importlib.import_module(f"{__package__}.{PACKAGES[container]}.entry"))
