"""Linear learner: classes and numbers by linear models.

Source: the developer guide's pages linear-learner, ll_hyperparameters, linear-learner-tuning and LL-in-formats; where
its table gives no bound, the SageMaker SDK's check (`sagemaker/amazon/linear_learner.py`).
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, word
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim, mini_batch

_PREDICTORS = {
    Problem.BINARY: ("binary_classifier",),
    Problem.MULTICLASS: ("multiclass_classifier",),
    Problem.REGRESSION: ("regressor",),
}
_LOSSES = {
    Problem.BINARY: ("auto", "logistic"),
    Problem.MULTICLASS: ("auto", "softmax_loss"),
    Problem.REGRESSION: (
        "auto",
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
}
_METRICS_OF = {
    Problem.BINARY: {
        "validation:binary_classification_accuracy": "Maximize",
        "validation:binary_f_beta": "Maximize",
        "validation:objective_loss": "Minimize",
        "validation:precision": "Maximize",
        "validation:recall": "Maximize",
        "validation:roc_auc_score": "Maximize",
    },
    Problem.MULTICLASS: {
        "validation:dcg": "Maximize",
        "validation:macro_f_beta": "Maximize",
        "validation:macro_precision": "Maximize",
        "validation:macro_recall": "Maximize",
        "validation:multiclass_accuracy": "Maximize",
        "validation:multiclass_top_k_accuracy": "Maximize",
        "validation:objective_loss": "Minimize",
    },
    Problem.REGRESSION: {
        "validation:absolute_loss": "Minimize",
        "validation:mse": "Minimize",
        "validation:objective_loss": "Minimize",
    },
}
"""The metrics of the validation channel; those of its test channel are left to the gate."""
_BATCH = 1000
_SWITCH = ("true", "false")
_AUTO_SWITCH = ("auto", "true", "false")


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return the predictor and what it needs to know of the rows."""
    if rows.problem not in _PREDICTORS:
        return {}
    classes = {"num_classes": str(rows.classes)} if rows.problem is Problem.MULTICLASS else {}
    return {
        "predictor_type": _PREDICTORS[rows.problem][0],
        **classes,
        **feature_dim(rows),
        **mini_batch(rows, _BATCH),
    }


PROFILE = Profile(
    name="linear-learner",
    problems=tuple(_PREDICTORS),
    hyperparameters=table(
        word("predictor_type", *(name for names in _PREDICTORS.values() for name in names)),
        integer("num_classes", 3, 1_000_000),
        integer("feature_dim", 1, None, "auto"),
        integer("accuracy_top_k", 1, 1_000_000),
        word("balance_multiclass_weights", *_SWITCH),
        number("beta_1", 0, 1, "auto", edges="[)"),
        number("beta_2", 0, 1, "auto", edges="[)"),
        number("bias_lr_mult", 0, None, "auto", edges="(]"),
        number("bias_wd_mult", 0, None, "auto"),
        word(
            "binary_classifier_model_selection_criteria",
            "accuracy",
            "f1",
            "f_beta",
            "precision_at_target_recall",
            "recall_at_target_precision",
            "cross_entropy_loss",
            "loss_function",
        ),
        integer("early_stopping_patience"),
        number("early_stopping_tolerance", 0, edges="(]"),
        integer("epochs"),
        number("f_beta", 0, edges="(]"),
        number("huber_delta", 0),
        number("init_bias"),
        word("init_method", "uniform", "normal"),
        number("init_scale", 0, edges="(]"),
        number("init_sigma", 0, edges="(]"),
        number("l1", 0, None, "auto", tune=True),
        number("learning_rate", 0, None, "auto", edges="(]", tune=True),
        word("loss", *dict.fromkeys(name for names in _LOSSES.values() for name in names)),
        number("loss_insensitivity", 0, edges="(]"),
        number("lr_scheduler_factor", 0, 1, "auto", edges="()"),
        number("lr_scheduler_minimum_lr", 0, None, "auto", edges="(]"),
        integer("lr_scheduler_step", 1, None, "auto"),
        number("margin", 0),
        integer("mini_batch_size", tune=True),
        number("momentum", 0, 1, "auto", edges="[)"),
        word("normalize_data", *_AUTO_SWITCH),
        word("normalize_label", *_AUTO_SWITCH),
        integer("num_calibration_samples", 1, None, "auto"),
        integer("num_models", 1, None, "auto"),
        integer("num_point_for_scaler"),
        word("optimizer", "auto", "sgd", "adam", "rmsprop"),
        number("positive_example_weight_mult", 0, None, "balanced", "auto", edges="(]", tune=True),
        number("quantile", 0, 1, edges="()"),
        number("target_precision", 0, 1, edges="()"),
        number("target_recall", 0, 1, edges="()"),
        word("unbias_data", *_AUTO_SWITCH),
        word("unbias_label", *_AUTO_SWITCH),
        word("use_bias", *_SWITCH, tune=True),
        word("use_lr_scheduler", *_SWITCH),
        number("wd", 0, None, "auto", tune=True),
    ),
    required_as_is=("predictor_type",),
    elsewhere={"num_class": "num_classes", "max_iter": "epochs", "alpha": "wd", "l2": "wd", "eta": "learning_rate"},
    instead={"loss": {"hinge_loss": "gives no probabilities, which the metrics need; write logistic"}},
    fitting={"predictor_type": _PREDICTORS, "loss": _LOSSES},
    decides="predictor_type",
    counts="num_classes",
    at_most={"mini_batch_size": "train"},
    defaults=_defaults,
    metrics={name: way for metrics in _METRICS_OF.values() for name, way in metrics.items()},
    metrics_of={problem: tuple(metrics) for problem, metrics in _METRICS_OF.items()},
    rounds="epochs",
    per_round=("validation:objective_loss",),
    content_types=("text/csv", "application/x-recordio-protobuf"),
    extra_channels=("test",),
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores=dict.fromkeys(_PREDICTORS, ("score",)),
)
