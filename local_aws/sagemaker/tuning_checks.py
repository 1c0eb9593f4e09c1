"""What CreateHyperParameterTuningJob refuses, beyond what the service model says."""

import math
import re
from typing import Any

from local_aws.sagemaker.errors import AwsError, validation_error
from local_aws.sagemaker.executors import registry
from local_aws.sagemaker.executors.built_in import BUILT_IN, BuiltIn
from local_aws.sagemaker.inputs import refuse_unsimulated
from local_aws.sagemaker.tuner.space import Categorical, Space
from local_aws.sagemaker.tuning_ranges import check_for, read_space
from local_aws.sagemaker.validation import required

MAX_RESOURCE = 20_000
EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""The hyperparameters from which Hyperband infers its MaxResource."""
_CONFIG = "hyperParameterTuningJobConfig."
_OBJECTIVE = "_tuning_objective_metric"
_SCRIPT = "sagemaker_program"


def check_request(params: dict[str, Any]) -> Space:
    """Return the space that a tuning job searches.

    Raises:
        AwsError: Says what is wrong with the request.
    """
    refuse_unsimulated("CreateHyperParameterTuningJob", params, "TrainingJobDefinitions", "Autotune")
    required(params, "TrainingJobDefinition")
    config, definition = params["HyperParameterTuningJobConfig"], params["TrainingJobDefinition"]
    refuse_unsimulated("CreateHyperParameterTuningJob", definition, "TuningObjective", "HyperParameterRanges")
    refuse_unsimulated("CreateHyperParameterTuningJob", definition, "HyperParameterTuningResourceConfig")
    required(config, "HyperParameterTuningJobObjective", "ParameterRanges", within=_CONFIG)
    required(definition, "ResourceConfig", "InputDataConfig", within="trainingJobDefinition.")
    refuse_unsimulated("CreateHyperParameterTuningJob", config["ParameterRanges"], "AutoParameters")
    space = read_space(config["ParameterRanges"])
    _check_names(space, definition)
    _check_objective(config["HyperParameterTuningJobObjective"]["MetricName"], definition)
    if built_in := built_in_of(definition):
        check_for(built_in, space)
    _check_strategy(config, definition, space)
    _check_limits(config, space)
    return space


def built_in_of(definition: dict[str, Any]) -> BuiltIn | None:
    """Return the built-in algorithm that the training jobs run, None if they run code of the user's.

    Raises:
        AwsError: It is one that runs on AWS only.
    """
    try:
        name = registry.built_in(definition["AlgorithmSpecification"].get("TrainingImage", ""))
    except registry.UnavailableImageError as error:
        raise validation_error(str(error)) from None
    if name is None or _SCRIPT in definition.get("StaticHyperParameters", {}):
        return None
    return BUILT_IN[name]


def with_objective(params: dict[str, Any]) -> dict[str, Any]:
    """Return a request in which a built-in algorithm, or an algorithm resource, is told the objective metric."""
    definition = params["TrainingJobDefinition"]
    if built_in_of(definition) is None and "AlgorithmName" not in definition["AlgorithmSpecification"]:
        return params
    metric = params["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    static = {**definition.get("StaticHyperParameters", {}), _OBJECTIVE: metric}
    return {**params, "TrainingJobDefinition": {**definition, "StaticHyperParameters": static}}


def limit_of(config: dict[str, Any], space: Space) -> int:
    """Return how many training jobs a tuning job may launch; without a limit as many as AWS allows at most."""
    most: int = config["ResourceLimits"].get("MaxNumberOfTrainingJobs", 0)
    if most:
        return most
    if config["Strategy"] == "Grid":
        return int(space.count)
    return 10_000 if config["Strategy"] == "Random" else 750


def resources_of(config: dict[str, Any], definition: dict[str, Any]) -> tuple[int, int]:
    """Return the least and the most epochs of Hyperband.

    Raises:
        AwsError: The most can't be inferred, or they are no range.
    """
    given = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    static = definition.get("StaticHyperParameters", {})
    inferred = [int(static[name]) for name in EPOCHS if static.get(name, "").isdigit()]
    most = given.get("MaxResource") or next(iter(inferred), None)
    if most is None:
        raise validation_error(
            "MaxResource of HyperbandStrategyConfig can't be inferred: provide it, or one of the hyperparameters "
            f"[{', '.join(EPOCHS)}]."
        )
    least: int = given.get("MinResource", 1)
    if not least < most <= MAX_RESOURCE:
        raise validation_error(
            f"MinResource [{least}] must be less than MaxResource [{most}], which can be at most {MAX_RESOURCE}."
        )
    return least, most


def _check_names(space: Space, definition: dict[str, Any]) -> None:
    static = definition.get("StaticHyperParameters", {})
    if both := sorted(each.name for each in space.ranges if each.name in static):
        raise validation_error(
            f"The hyperparameters [{', '.join(both)}] can't be both static and in the parameter ranges."
        )
    if _OBJECTIVE in static:
        raise validation_error(f"The hyperparameter [{_OBJECTIVE}] is set by hyperparameter tuning itself.")


def _check_objective(metric: str, definition: dict[str, Any]) -> None:
    if "AlgorithmName" in definition["AlgorithmSpecification"]:
        return  # It knows its metrics itself: `algorithm_checks.check_tuning`.
    image = definition["AlgorithmSpecification"].get("TrainingImage", "")
    defined = definition["AlgorithmSpecification"].get("MetricDefinitions", [])
    if built_in := built_in_of(definition):
        if defined:
            raise validation_error(
                "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
                "without specifying metric definitions."
            )
        if metric not in built_in.objectives:
            raise validation_error(
                f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the [{image}] "
                "algorithm. Choose a valid objective metric."
            )
        return
    if metric not in [each["Name"] for each in defined]:
        raise validation_error(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            "definitions."
        )
    for each in defined:
        _check_pattern(each["Name"], each["Regex"])


def _check_pattern(name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise validation_error(f"The regular expression of the metric [{name}] is invalid: {error}.") from None


def _check_strategy(config: dict[str, Any], definition: dict[str, Any], space: Space) -> None:
    strategy, early = config["Strategy"], config.get("TrainingJobEarlyStoppingType", "Off")
    if strategy == "Hyperband":
        if early != "Off":
            raise validation_error("TrainingJobEarlyStoppingType must be Off when Strategy is Hyperband.")
        resources_of(config, definition)
    elif config.get("StrategyConfig", {}).get("HyperbandStrategyConfig"):
        raise validation_error("HyperbandStrategyConfig can only be provided when Strategy is Hyperband.")
    if strategy == "Grid" and not all(isinstance(each, Categorical) for each in space.ranges):
        raise validation_error("Only categorical parameter ranges are supported when Strategy is Grid.")


def _check_limits(config: dict[str, Any], space: Space) -> None:
    limits = config["ResourceLimits"]
    parallel, most = limits["MaxParallelTrainingJobs"], limits.get("MaxNumberOfTrainingJobs")
    if most is None:
        _check_has_an_end(config)
        return
    if parallel > most:
        raise validation_error(
            f"MaxParallelTrainingJobs [{parallel}] can't be greater than MaxNumberOfTrainingJobs [{most}]."
        )
    if config["Strategy"] == "Grid" and most != space.count:
        raise validation_error(
            f"MaxNumberOfTrainingJobs [{most}] must be equal to the number of combinations [{int(space.count)}] when "
            "Strategy is Grid; it can be left out."
        )
    if math.isfinite(space.count) and space.count < most:
        raise _too_few(space, most)


def _check_has_an_end(config: dict[str, Any]) -> None:
    criteria = config.get("TuningJobCompletionCriteria")
    if config["Strategy"] != "Grid" and "MaxRuntimeInSeconds" not in config["ResourceLimits"] and not criteria:
        raise validation_error(
            "MaxNumberOfTrainingJobs is required unless MaxRuntimeInSeconds or TuningJobCompletionCriteria is provided."
        )


def _too_few(space: Space, most: int) -> AwsError:
    return validation_error(
        "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter combinations "
        f"for the provided ranges [{float(space.count)}] must be equal or greater than the value of MaxNumberOfJobs, "
        f"[{most}]. Provide additional ranges."
    )
