"""XGBoost's hyperparameters: names, types, ranges, and which can be tuned; objectives and metrics by problem.

Source: the list by which SageMaker's own container checks them (aws/sagemaker-xgboost-container,
algorithm_mode/hyperparameter_validation.py), and the developer guide's table of XGBoost hyperparameters.
"""

from yardmaster.spec.hyperparameters import Hyperparameter, Kind


def _integer(name: str, low: float | None = None, high: float | None = None, tunable: bool = False) -> Hyperparameter:
    return Hyperparameter(name, Kind.INTEGER, low, high, tunable=tunable)


def _number(
    name: str, low: float | None, high: float | None = None, edges: str = "[]", tunable: bool = False
) -> Hyperparameter:
    """Return a number's row; `edges` are those of the interval: `(]` is open below."""
    return Hyperparameter(name, Kind.NUMBER, low, high, edges[0] == "(", edges[1] == ")", tunable=tunable)


def _word(name: str, *options: str) -> Hyperparameter:
    return Hyperparameter(name, Kind.WORD, options=options)


_SWITCH = ("true", "false")
_CLASSES: tuple[str, ...] = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "precision_macro", "precision_micro")
_CLASSES += ("recall_macro", "recall_micro")
_LIKELIHOODS = ("gamma-deviance", "gamma-nloglik", "poisson-nloglik", "tweedie-nloglik")
EVAL_METRICS = {
    "binary": ("auc", "aucpr", "error", "logloss", "f1_binary", "precision", "recall", "rmse", "mae", *_CLASSES),
    "multiclass": ("merror", "mlogloss", *_CLASSES),
    "regression": ("rmse", "rmsle", "mae", "mape", "mphe", "mse", "r2", *_LIKELIHOODS),
}
"""The metrics that XGBoost can watch, by problem (the container refuses auc for other than binary labels)."""
OBJECTIVES = {
    "binary:logistic": "binary",
    "multi:softprob": "multiclass",
    "reg:squarederror": "regression",
    "reg:squaredlogerror": "regression",
    "reg:logistic": "regression",
    "reg:pseudohubererror": "regression",
    "reg:gamma": "regression",
    "reg:tweedie": "regression",
    "count:poisson": "regression",
}
"""The objectives that can be evaluated, and the problem of each."""
INSTEAD = {
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
"""XGBoost's other objectives, and what to do."""
_ALL_METRICS = tuple(dict.fromkeys(metric for metrics in EVAL_METRICS.values() for metric in metrics))

XGBOOST = {
    row.name: row
    for row in (
        _integer("num_round", 1, tunable=True),
        _integer("num_class", 2),
        _word("objective", *OBJECTIVES),
        Hyperparameter("eval_metric", Kind.WORDS, options=_ALL_METRICS),
        _number("alpha", 0, tunable=True),
        _number("base_score", 0),
        _word("booster", "gbtree", "gblinear", "dart"),
        _number("colsample_bylevel", 0, 1, "(]", tunable=True),
        _number("colsample_bynode", 0, 1, "(]", tunable=True),
        _number("colsample_bytree", 0, 1, "(]", tunable=True),
        _integer("csv_weights", 0, 0),
        _word("deterministic_histogram", *_SWITCH),
        _word("dsplit", "row", "col"),
        _integer("early_stopping_rounds", 1),
        _number("eta", 0, 1, tunable=True),
        _number("gamma", 0, tunable=True),
        _word("grow_policy", "depthwise", "lossguide"),
        Hyperparameter("interaction_constraints", Kind.TEXT),
        _number("lambda", 0, tunable=True),
        _number("lambda_bias", 0, 1),
        _integer("max_bin", 0),
        _number("max_delta_step", 0, tunable=True),
        _integer("max_depth", 0, tunable=True),
        _integer("max_leaves", 0),
        _number("min_child_weight", 0, tunable=True),
        Hyperparameter("monotone_constraints", Kind.TEXT),
        _word("normalize_type", "tree", "forest"),
        _integer("nthread", 1),
        _integer("num_parallel_tree", 1),
        _integer("one_drop", 0, 1),
        _word("predictor", "auto", "cpu_predictor", "gpu_predictor"),
        _word("process_type", "default", "update"),
        _number("rate_drop", 0, 1),
        _integer("refresh_leaf", 0, 1),
        _word("sample_type", "uniform", "weighted"),
        _word("sampling_method", "uniform", "gradient_based"),
        _word("save_model_on_termination", *_SWITCH),
        _number("scale_pos_weight", 0, edges="(]"),
        _integer("seed", -(2**31) + 1, 2**31 - 2),
        _word("single_precision_histogram", *_SWITCH),
        _number("sketch_eps", 0, 1, "()"),
        _number("skip_drop", 0, 1),
        _number("subsample", 0, 1, "(]", tunable=True),
        _word("tree_method", "auto", "exact", "approx", "hist", "gpu_hist"),
        _number("tweedie_variance_power", 1, 2, "()"),
        Hyperparameter("updater", Kind.TEXT),
        _word("use_dask_gpu_training", *_SWITCH),
        _integer("verbosity", 0, 3),
    )
}
"""All hyperparameters by name."""
ELSEWHERE = {
    "n_estimators": "num_round",
    "num_boost_round": "num_round",
    "nrounds": "num_round",
    "random_state": "seed",
    "n_jobs": "nthread",
}
"""Names of XGBoost's Python and R interfaces that the container refuses, and the name that each stands for."""
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
"""Other names that the container takes, and the name that each stands for."""
TUNABLE_METRICS = {
    **{f"validation:{name}": "Maximize" for name in ("accuracy", "auc", "f1", "map", "ndcg")},
    **{f"validation:{name}": "Minimize" for name in ("error", "logloss", "mae", "merror", "mlogloss", "mse", "rmse")},
}
"""The metrics that a tuning job can improve, and which way is better (the developer guide on tuning XGBoost)."""
