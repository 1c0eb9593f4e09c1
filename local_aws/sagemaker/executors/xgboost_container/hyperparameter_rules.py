"""The container's hyperparameters: how each one is read from its string, and its range.

Source: algorithm_mode/hyperparameter_validation.py of aws/sagemaker-xgboost-container (1.7 and later).
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.xgboost_container import metric_names

Value = Any  # int, float, str, list[str], tuple[int, ...] or list[list[int]], by the hyperparameter's kind


@dataclass(frozen=True)
class Interval:
    """A range of numbers; open ends exclude their bound."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        """Say whether the number is inside; NaN never is."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below

    def __str__(self) -> str:
        """Write it as the container does: [0, 1], (0, 1], [1, +inf)."""
        low = "(-inf" if self.low is None else f"{'(' if self.low_open else '['}{self.low}"
        high = "+inf)" if self.high is None else f"{self.high}{')' if self.high_open else ']'}"
        return f"{low}, {high}"


@dataclass(frozen=True)
class Rule:
    """How one hyperparameter is read, and what may come of it."""

    parse: Callable[[str], Value]
    allowed: Callable[[Value], bool]
    range_text: str


def _number(parse: Callable[[str], float], interval: Interval) -> Rule:
    return Rule(parse, lambda value: value in interval, str(interval))


def _whole(low: int | None = None, high: int | None = None) -> Rule:
    return _number(int, Interval(low, high))


def _real(low: float | None = 0, high: float | None = None, *, low_open: bool = False, high_open: bool = False) -> Rule:
    return _number(float, Interval(low, high, low_open, high_open))


def _choice(*names: str) -> Rule:
    return Rule(str, lambda value: value in names, str(list(names)))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _list_of(allowed: Callable[[str], bool], range_text: str) -> Rule:
    return Rule(_names, lambda values: all(allowed(value) for value in values), range_text)


def _literal(text: str) -> Value:
    try:
        return ast.literal_eval(text)
    except SyntaxError as error:
        raise ValueError(text) from error


def _is_metric(name: str) -> bool:
    base, at, threshold = name.partition("@")
    if not at:
        return name in metric_names.ALL
    if base.strip() not in {"error", "ndcg", "map"}:
        raise UserError(
            f"Metric '{name}' is not supported. Parameter 'eval_metric' with customized threshold should "
            "be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError:
        raise UserError(f"Threshold value 't' in '{base.strip()}@t' expects float input.") from None
    return True


def _is_tuple_of_signs(value: Value) -> bool:
    return isinstance(value, tuple) and all(sign in (-1, 0, 1) for sign in value)


def _is_list_of_lists(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(g, list) and all(isinstance(i, int) for i in g) for g in value)


UPDATERS = (
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_local_histmaker",
    "grow_quantile_histmaker",
    "grow_skmaker",
    "sync",
    "refresh",
    "prune",
    "shotgun",
    "coord_descent",
)
OBJECTIVES = (
    "aft_loss_distribution",
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
SEED_LIMIT = 2**31
RULES: dict[str, Rule] = {
    "num_round": _whole(1),
    "csv_weights": _whole(0, 1),
    "early_stopping_rounds": _whole(1),
    "booster": _choice("gbtree", "gblinear", "dart"),
    "verbosity": _whole(0, 3),
    "nthread": _whole(1),
    "eta": _real(0, 1),
    "gamma": _real(),
    "max_depth": _whole(0),
    "min_child_weight": _real(),
    "max_delta_step": _real(),
    "subsample": _real(0, 1, low_open=True),
    "colsample_bytree": _real(0, 1, low_open=True),
    "colsample_bylevel": _real(0, 1, low_open=True),
    "colsample_bynode": _real(0, 1, low_open=True),
    "lambda": _real(),
    "alpha": _real(),
    "tree_method": _choice("auto", "exact", "approx", "hist", "gpu_hist"),
    "sketch_eps": _real(0, 1, low_open=True, high_open=True),
    "scale_pos_weight": _real(low_open=True),
    "updater": _list_of(lambda name: name in UPDATERS, str(list(UPDATERS))),
    "dsplit": _choice("row", "col"),
    "refresh_leaf": _whole(0, 1),
    "process_type": _choice("default", "update"),
    "grow_policy": _choice("depthwise", "lossguide"),
    "max_leaves": _whole(0),
    "max_bin": _whole(0),
    "predictor": _choice("auto", "cpu_predictor", "gpu_predictor"),
    "monotone_constraints": Rule(_literal, _is_tuple_of_signs, "[-1, 0, 1]"),
    "interaction_constraints": Rule(_literal, _is_list_of_lists, "[1, +inf)"),
    "sample_type": _choice("uniform", "weighted"),
    "normalize_type": _choice("tree", "forest"),
    "rate_drop": _real(0, 1),
    "one_drop": _whole(0, 1),
    "skip_drop": _real(0, 1),
    "lambda_bias": _real(0, 1),
    "tweedie_variance_power": _real(1, 2, low_open=True, high_open=True),
    "objective": _choice(*OBJECTIVES),
    "num_class": _whole(2),
    "base_score": _real(),
    "_kfold": _whole(2),
    "_num_cv_round": _whole(1),
    "_tuning_objective_metric": _choice(*(f"validation:{name}" for name in sorted(metric_names.ALL))),
    "eval_metric": _list_of(_is_metric, str(sorted(metric_names.ALL))),
    "seed": _number(int, Interval(-SEED_LIMIT, SEED_LIMIT - 1, low_open=True, high_open=True)),
    "num_parallel_tree": _whole(1),
    "save_model_on_termination": _choice("true", "false"),
    "aft_loss_distribution": _choice("normal", "logistic", "extreme"),
    "aft_loss_distribution_scale": _real(),
    "single_precision_histogram": _choice("true", "false"),
    "deterministic_histogram": _choice("true", "false"),
    "sampling_method": _choice("uniform", "gradient_based"),
    "prob_buffer_row": _number(int, Interval(1, low_open=True)),
    "use_dask_gpu_training": _choice("true", "false"),
}
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
