"""What CreateTrainingJob and CreateHyperParameterTuningJob check of spot capacity and of checkpoints."""

from pathlib import PurePosixPath
from typing import Any

from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.inputs import check_output
from local_aws.sagemaker.training_state import CHECKPOINTS, DEFAULT_MAX_RUNTIME
from local_aws.sagemaker.world import World

OPT_ML = PurePosixPath("/opt/ml")
MAX_WAIT_WITHOUT_CHECKPOINTS = 3600
BEGIN_ANEW = frozenset(
    {
        "blazingtext",
        "factorization-machines",
        "forecasting-deepar",
        "ipinsights",
        "kmeans",
        "knn",
        "lda",
        "linear-learner",
        "ntm",
        "object2vec",
        "pca",
        "randomcutforest",
        "seq2seq",
    }
)
"""The repositories of AWS's algorithms that keep no checkpoints."""


def check(world: World, params: dict[str, Any]) -> None:
    """Refuse a wait without spot capacity, one that is too short or too long, and checkpoints that can't be kept.

    Raises:
        AwsError: Says what is wrong.
    """
    _check_wait(world, params)
    config = params.get("CheckpointConfig")
    if not config:
        return
    check_output(world, config["S3Uri"])
    path = PurePosixPath(config.get("LocalPath", CHECKPOINTS))
    if not path.is_relative_to(OPT_ML) or path == OPT_ML or ".." in path.parts:
        raise not_simulated("CheckpointConfig with a LocalPath that is not below /opt/ml")


def _check_wait(world: World, params: dict[str, Any]) -> None:
    stopping = params.get("StoppingCondition", {})
    wait = stopping.get("MaxWaitTimeInSeconds")
    if not params.get("EnableManagedSpotTraining", False):
        if wait is not None:
            raise validation_error(
                "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
            )
        return
    if wait is None or wait < stopping.get("MaxRuntimeInSeconds", DEFAULT_MAX_RUNTIME):
        raise validation_error(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
    if wait > MAX_WAIT_WITHOUT_CHECKPOINTS and _begins_anew(world, params):
        raise validation_error(
            f"Invalid MaxWaitTimeInSeconds. It can be at most {MAX_WAIT_WITHOUT_CHECKPOINTS} for algorithms that keep "
            "no checkpoints"
        )


def _begins_anew(world: World, params: dict[str, Any]) -> bool:
    """Say whether an interruption costs all: of AWS's own without checkpoints, and products that are given none."""
    algorithm, account = params["AlgorithmSpecification"], world.arns.account
    if reference := algorithm.get("AlgorithmName"):
        is_product = reference.startswith("arn:") and f":{account}:" not in reference
        return is_product and "CheckpointConfig" not in params
    registry, _, rest = algorithm["TrainingImage"].partition("/")
    return rest.partition("@")[0].partition(":")[0] in BEGIN_ANEW and not registry.startswith(account)
