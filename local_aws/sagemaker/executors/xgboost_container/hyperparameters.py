"""Checks hyperparameters as the container does, with its messages: all of them come as strings.

Source: algorithm_mode/hyperparameter_validation.py of aws/sagemaker-xgboost-container (1.7 and later).
"""

from collections.abc import Mapping

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.xgboost_container.hyperparameter_rules import ALIASES, RULES, Value

NOT_HERE = {
    "tree_method": ("gpu_hist",),
    "predictor": ("gpu_predictor",),
    "use_dask_gpu_training": ("true",),
}


def validate(given: Mapping[str, str]) -> dict[str, Value]:
    """Check and convert hyperparameters.

    Args:
        given: name to string, as in hyperparameters.json.

    Returns:
        Name to number, string, list of names, tuple or nested list.

    Raises:
        UserError: the first fault found, in the container's words.
    """
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    values = {ALIASES.get(name, name): _parsed(ALIASES.get(name, name), text) for name, text in given.items()}
    for name, value in values.items():
        _check_range(name, value)
    _check_objective(values)
    _check_metrics(values)
    _check_constraints(values)
    _check_available(values)
    return values


def _parsed(name: str, text: str) -> Value:
    if name not in RULES:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    try:
        return RULES[name].parse(text)
    except ValueError as error:
        raise UserError(f"Hyperparameter {name}: could not parse value (caused by {type(error).__name__})") from None


def _check_range(name: str, value: Value) -> None:
    rule = RULES[name]
    if not rule.allowed(value):
        what = f"value {value} not in range" if isinstance(value, list | tuple) else f"{value} is not in"
        raise UserError(f"Hyperparameter {name}: {what} {rule.range_text}")


def _check_objective(values: Mapping[str, Value]) -> None:
    multiclass = values.get("objective") in ("multi:softmax", "multi:softprob")
    if multiclass and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if not multiclass and "num_class" in values:
        raise UserError("Do not need to setup parameter 'num_class' for learning task other than multi-classification.")


def _check_metrics(values: Mapping[str, Value]) -> None:
    metrics = values.get("eval_metric", [])
    objective = values.get("objective", "reg:squarederror")
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_constraints(values: Mapping[str, Value]) -> None:
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in values and method not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


def _check_available(values: Mapping[str, Value]) -> None:
    for name, refused in NOT_HERE.items():
        if values.get(name) in refused:
            raise UserError(f"Hyperparameter {name}: {values[name]} is not available on local AWS, which has no GPU")
    if "_kfold" in values:
        raise UserError("Hyperparameter _kfold: cross validation is not available on local AWS")
