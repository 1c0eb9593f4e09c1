"""XGBoost: names, types, ranges, and which can be tuned; objectives and metrics by problem.

Source: the list by which SageMaker's own container checks them (aws/sagemaker-xgboost-container,
algorithm_mode/hyperparameter_validation.py), and the developer guide's pages xgboost_hyperparameters and
xgboost-tuning.
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, several, table, text, word
from yardmaster.spec.profile import Profile, Rows

_SWITCH = ("true", "false")
_CLASSES: tuple[str, ...] = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "precision_macro", "precision_micro")
_CLASSES += ("recall_macro", "recall_micro")
_LIKELIHOODS = ("gamma-deviance", "gamma-nloglik", "poisson-nloglik", "tweedie-nloglik")
_EVAL_METRICS = {
    Problem.BINARY: ("auc", "aucpr", "error", "logloss", "f1_binary", "precision", "recall", "rmse", "mae", *_CLASSES),
    Problem.MULTICLASS: ("merror", "mlogloss", *_CLASSES),
    Problem.REGRESSION: ("rmse", "rmsle", "mae", "mape", "mphe", "mse", "r2", *_LIKELIHOODS),
}
"""The metrics that XGBoost can watch, by problem (the container refuses auc for other than binary labels)."""
_OBJECTIVES = {
    Problem.BINARY: ("binary:logistic",),
    Problem.MULTICLASS: ("multi:softprob",),
    Problem.REGRESSION: (
        "reg:squarederror",
        "reg:squaredlogerror",
        "reg:logistic",
        "reg:pseudohubererror",
        "reg:gamma",
        "reg:tweedie",
        "count:poisson",
    ),
}
"""The objectives that can be evaluated, by problem; the first is the default."""
_WATCHED = {Problem.BINARY: "auc", Problem.MULTICLASS: "mlogloss", Problem.REGRESSION: "rmse"}
_OTHER_OBJECTIVES = {
    "binary:logitraw": "gives no probabilities, which the metrics need; write binary:logistic",
    "binary:hinge": "gives no probabilities, which the metrics need; write binary:logistic",
    "multi:softmax": "gives no probabilities, which the metrics need; write multi:softprob",
    "reg:linear": "is the old name of reg:squarederror",
    "rank:pairwise": "is not supported yet",
    "rank:ndcg": "is not supported yet",
    "rank:map": "is not supported yet",
    "survival:aft": "is not supported yet",
    "survival:cox": "is not supported yet",
}
_METRICS = {
    **{f"validation:{name}": "Maximize" for name in ("accuracy", "auc", "f1", "map", "ndcg")},
    **{f"validation:{name}": "Minimize" for name in ("error", "logloss", "mae", "merror", "mlogloss", "mse", "rmse")},
}
_ROUNDS = "100"


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return a number of rounds, and what follows from the problem."""
    found = {"num_round": _ROUNDS}
    if rows.problem in _OBJECTIVES:
        found |= {"objective": _OBJECTIVES[rows.problem][0], "eval_metric": _WATCHED[rows.problem]}
    if rows.problem is Problem.MULTICLASS:
        found["num_class"] = str(rows.classes)
    return found


PROFILE = Profile(
    name="xgboost",
    problems=(Problem.BINARY, Problem.MULTICLASS, Problem.REGRESSION),
    hyperparameters=table(
        integer("num_round", tune=True),
        integer("num_class", 2),
        word("objective", *(name for names in _OBJECTIVES.values() for name in names)),
        several("eval_metric", *dict.fromkeys(name for names in _EVAL_METRICS.values() for name in names)),
        number("alpha", 0, tune=True),
        number("base_score", 0),
        word("booster", "gbtree", "gblinear", "dart"),
        number("colsample_bylevel", 0, 1, edges="(]", tune=True),
        number("colsample_bynode", 0, 1, edges="(]", tune=True),
        number("colsample_bytree", 0, 1, edges="(]", tune=True),
        word("csv_weights", "0"),
        word("deterministic_histogram", *_SWITCH),
        word("dsplit", "row", "col"),
        integer("early_stopping_rounds"),
        number("eta", 0, 1, tune=True),
        number("gamma", 0, tune=True),
        word("grow_policy", "depthwise", "lossguide"),
        text("interaction_constraints"),
        number("lambda", 0, tune=True),
        number("lambda_bias", 0, 1),
        integer("max_bin", 0),
        number("max_delta_step", 0, tune=True),
        integer("max_depth", 0, tune=True),
        integer("max_leaves", 0),
        number("min_child_weight", 0, tune=True),
        text("monotone_constraints"),
        word("normalize_type", "tree", "forest"),
        integer("nthread"),
        integer("num_parallel_tree"),
        integer("one_drop", 0, 1),
        word("predictor", "auto", "cpu_predictor", "gpu_predictor"),
        word("process_type", "default", "update"),
        number("rate_drop", 0, 1),
        integer("refresh_leaf", 0, 1),
        word("sample_type", "uniform", "weighted"),
        word("sampling_method", "uniform", "gradient_based"),
        word("save_model_on_termination", *_SWITCH),
        number("scale_pos_weight", 0, edges="(]"),
        integer("seed", -(2**31) + 1, 2**31 - 2),
        word("single_precision_histogram", *_SWITCH),
        number("sketch_eps", 0, 1, edges="()"),
        number("skip_drop", 0, 1),
        number("subsample", 0, 1, edges="(]", tune=True),
        word("tree_method", "auto", "exact", "approx", "hist", "gpu_hist"),
        number("tweedie_variance_power", 1, 2, edges="()"),
        text("updater"),
        word("use_dask_gpu_training", *_SWITCH),
        integer("verbosity", 0, 3),
    ),
    required_as_is=("objective",),
    aliases={"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"},
    # Names of XGBoost's Python and R interfaces that the container refuses.
    elsewhere={
        "n_estimators": "num_round",
        "num_boost_round": "num_round",
        "nrounds": "num_round",
        "random_state": "seed",
        "n_jobs": "nthread",
    },
    instead={"objective": _OTHER_OBJECTIVES, "csv_weights": {"1": "is not supported yet"}},
    fitting={"objective": _OBJECTIVES, "eval_metric": _EVAL_METRICS},
    decides="objective",
    counts="num_class",
    defaults=_defaults,
    metrics=_METRICS,
    metrics_of={
        problem: tuple(metric for metric in _METRICS if metric.partition(":")[2] in watched)
        for problem, watched in _EVAL_METRICS.items()
    },
    rounds="num_round",
    content_types=("text/csv", "text/libsvm", "application/x-parquet", "application/x-recordio-protobuf"),
    file_only=("text/libsvm",),
    takes_missing=True,
    checkpoints=True,
)
