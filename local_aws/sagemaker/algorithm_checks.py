"""What an algorithm's specification may say, and what a job that names the algorithm may ask for."""

from collections.abc import Mapping
from typing import Any

from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.tuner.space import Categorical, Space

Specification = Mapping[str, Any]


def check_specification(training: Specification) -> None:
    """Refuse a TrainingSpecification that contradicts itself.

    Raises:
        AwsError: Says where.
    """
    names = [one["Name"] for one in training.get("SupportedHyperParameters", [])]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise validation_error(f"Duplicate hyperparameter names: [{', '.join(repeated)}].")
    for one in training.get("SupportedHyperParameters", []):
        if one.get("IsRequired") and "DefaultValue" in one:
            raise validation_error(f"The hyperparameter [{one['Name']}] can't be required and have a default value.")
    metrics = {one["Name"] for one in training.get("MetricDefinitions", [])}
    for objective in training.get("SupportedTuningJobObjectiveMetrics", []):
        if objective["MetricName"] not in metrics:
            raise validation_error(f"The objective metric [{objective['MetricName']}] isn't in the metric definitions.")


def check_resources(training: Specification, params: Mapping[str, Any], *, is_product: bool) -> None:
    """Refuse instances, channels and a network with which the algorithm does not run.

    Args:
        training: The algorithm's TrainingSpecification.
        params: Of CreateTrainingJob, or of a tuning job's definition.
        is_product: Whether it comes from AWS Marketplace.

    Raises:
        AwsError: Says what is wrong.
    """
    if params["AlgorithmSpecification"].get("MetricDefinitions"):
        raise validation_error(
            "You can't override the metric definitions of an algorithm resource. Please retry the request without "
            "specifying metric definitions."
        )
    if is_product and not params.get("EnableNetworkIsolation"):
        raise validation_error("EnableNetworkIsolation must be true for jobs using SageMaker Marketplace algorithms.")
    resources = params["ResourceConfig"]
    supported = training["SupportedTrainingInstanceTypes"]
    if resources["InstanceType"] not in supported:
        raise validation_error(
            f"The instance type [{resources['InstanceType']}] isn't supported by the algorithm: use one of "
            f"[{', '.join(supported)}]."
        )
    if resources["InstanceCount"] > 1 and not training.get("SupportsDistributedTraining", False):
        raise validation_error("The algorithm doesn't support distributed training: InstanceCount must be 1.")
    _check_channels(training, params)


def _check_channels(training: Specification, params: Mapping[str, Any]) -> None:
    known = {one["Name"]: one for one in training["TrainingChannels"]}
    mode = params["AlgorithmSpecification"]["TrainingInputMode"]
    for channel in params.get("InputDataConfig", []):
        name, kind = channel["ChannelName"], channel.get("ContentType")
        if name not in known:
            raise validation_error(f"The channel [{name}] isn't one of the algorithm's: [{', '.join(known)}].")
        content_types, modes = known[name]["SupportedContentTypes"], known[name]["SupportedInputModes"]
        if kind is not None and kind not in content_types:
            raise validation_error(f"The channel [{name}] takes [{', '.join(content_types)}], not [{kind}].")
        if (asked := channel.get("InputMode", mode)) not in modes:
            raise validation_error(f"The channel [{name}] takes the input modes [{', '.join(modes)}], not [{asked}].")
    given = {channel["ChannelName"] for channel in params.get("InputDataConfig", [])}
    if missing := [name for name, one in known.items() if one.get("IsRequired") and name not in given]:
        raise validation_error(f"The algorithm needs the channels [{', '.join(missing)}].")


def check_hyperparameters(training: Specification, given: Mapping[str, str], searched: frozenset[str]) -> None:
    """Refuse hyperparameters that the algorithm does not have, or not with these values.

    An algorithm that lists none takes any.

    Raises:
        AwsError: Names the hyperparameter.
    """
    known = {one["Name"]: one for one in training.get("SupportedHyperParameters", [])}
    if not known:
        return
    for name, value in given.items():
        if name not in known:
            raise validation_error(f"The hyperparameter [{name}] isn't one of the algorithm's: [{', '.join(known)}].")
        if not _allows(known[name], value):
            raise validation_error(f"The value [{value}] of the hyperparameter [{name}] isn't in its range.")
    needed = [name for name, one in known.items() if one.get("IsRequired") and name not in {*given, *searched}]
    if needed:
        raise validation_error(f"The algorithm needs the hyperparameters [{', '.join(needed)}].")


def check_tuning(training: Specification, space: Space, objective: Mapping[str, str]) -> None:
    """Refuse ranges and an objective that the algorithm does not have.

    Raises:
        AwsError: Names the hyperparameter or the metric.
    """
    objectives = training.get("SupportedTuningJobObjectiveMetrics", [])
    wanted = {"Type": objective["Type"], "MetricName": objective["MetricName"]}
    if wanted not in objectives:
        raise validation_error(
            f"The objective metric for the hyperparameter tuning job, [{objective['MetricName']}], isn't valid for the "
            "algorithm. Choose a valid objective metric."
        )
    known = {one["Name"]: one for one in training.get("SupportedHyperParameters", [])}
    for each in space.ranges:
        if each.name not in known or not known[each.name].get("IsTunable"):
            raise validation_error(f"The hyperparameter [{each.name}] of the algorithm isn't tunable.")
        ends = each.values if isinstance(each, Categorical) else (str(each.low), str(each.high))
        for end in ends:
            if not _allows(known[each.name], end):
                raise validation_error(f"The value [{end}] in the range of [{each.name}] isn't in its allowed range.")


def defaults(training: Specification) -> dict[str, str]:
    """Return the hyperparameters that the algorithm sets where a job does not."""
    known = training.get("SupportedHyperParameters", [])
    return {one["Name"]: one["DefaultValue"] for one in known if "DefaultValue" in one}


def _allows(hyperparameter: Specification, value: str) -> bool:
    allowed = hyperparameter.get("Range", {})
    match hyperparameter["Type"]:
        case "Integer":
            return _is_between(allowed.get("IntegerParameterRangeSpecification"), value, whole=True)
        case "Continuous":
            return _is_between(allowed.get("ContinuousParameterRangeSpecification"), value, whole=False)
        case "Categorical":
            options = allowed.get("CategoricalParameterRangeSpecification", {}).get("Values")
            return options is None or value in options
        case _:
            return True


def _is_between(limits: Specification | None, value: str, *, whole: bool) -> bool:
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        return False
    return limits is None or float(limits["MinValue"]) <= number <= float(limits["MaxValue"])
