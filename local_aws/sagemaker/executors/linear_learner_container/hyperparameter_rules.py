"""The linear learner's hyperparameters.

Source: docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html; the tunable ones: linear-learner-tuning.html.
"""

from local_aws.sagemaker.executors.first_party.rules import AUTO, Rule, Rules, Value, choice, flag, real, whole

BINARY, MULTICLASS, REGRESSOR = "binary_classifier", "multiclass_classifier", "regressor"
BALANCED = "balanced"
LOSSES = {
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss",),
    REGRESSOR: (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
}
"""The losses of each predictor type; the first is what `auto` means."""
CRITERIA = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
)


def _weight(text: str) -> Value:
    """Read a weight above 0, or one of the words that stand for one."""
    if text in (AUTO, BALANCED):
        return text
    return real(above=True).read(text)


RULES: Rules = {
    "accuracy_top_k": whole(default="3"),
    "balance_multiclass_weights": flag(default="false"),
    "beta_1": real(0, 1, default=AUTO),
    "beta_2": real(0, 1, default=AUTO),
    "bias_lr_mult": real(above=True, default=AUTO),
    "bias_wd_mult": real(default=AUTO),
    "binary_classifier_model_selection_criteria": choice(*CRITERIA, default="accuracy"),
    "early_stopping_patience": whole(default="3"),
    "early_stopping_tolerance": real(above=True, default="0.001"),
    "epochs": whole(default="15"),
    "f_beta": real(above=True, default="1.0"),
    "feature_dim": whole(default=AUTO),
    "force_dense": flag(default="true"),
    "huber_delta": real(above=True, default="1.0"),
    "init_bias": real(None, default="0.0"),
    "init_method": choice("uniform", "normal", default="uniform"),
    "init_scale": real(above=True, default="0.07"),
    "init_sigma": real(above=True, default="0.01"),
    "l1": real(default=AUTO),
    "learning_rate": real(above=True, default=AUTO),
    "loss": choice(AUTO, *(loss for losses in LOSSES.values() for loss in losses), default=AUTO),
    "loss_insensitivity": real(above=True, default="0.01"),
    "lr_scheduler_factor": real(0, 1, above=True, default=AUTO),
    "lr_scheduler_minimum_lr": real(above=True, default=AUTO),
    "lr_scheduler_step": whole(default=AUTO),
    "margin": real(above=True, default="1.0"),
    "mini_batch_size": whole(),  # 1,000, but see mini_batches.py
    "momentum": real(0, 1, default=AUTO),
    "normalize_data": flag(default="true", auto=True),
    "normalize_label": flag(default=AUTO, auto=True),
    "num_calibration_samples": whole(default=AUTO),
    "num_classes": whole(1, 1_000_000),
    "num_models": whole(default=AUTO),
    "num_point_for_scaler": whole(default="10000"),
    "optimizer": choice(AUTO, "adam", "rmsprop", "sgd", default=AUTO),
    "positive_example_weight_mult": Rule(
        _weight, f"one of the following: '{BALANCED}'; or '{AUTO}'; or a number greater than 0", "1.0"
    ),
    "predictor_type": choice(BINARY, MULTICLASS, REGRESSOR, required=True),
    "quantile": real(0, 1, default="0.5"),
    "target_precision": real(0, 1, default="0.8"),
    "target_recall": real(0, 1, default="0.8"),
    "unbias_data": flag(default=AUTO, auto=True),
    "unbias_label": flag(default=AUTO, auto=True),
    "use_bias": flag(default="true"),
    "use_lr_scheduler": flag(default="true"),
    "wd": real(default=AUTO),
}
TUNABLE = ("l1", "learning_rate", "mini_batch_size", "positive_example_weight_mult", "use_bias", "wd")
