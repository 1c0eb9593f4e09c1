"""Factorization machines: two classes or numbers from very many, mostly empty columns.

Source: the developer guide's pages fact-machines, fact-machines-hyperparameters and fm-tuning (whose `epoch` is the
hyperparameter `epochs`).
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import Hyperparameter, integer, number, table, word
from yardmaster.spec.profile import Answers, Profile

_RECORDIO = "application/x-recordio-protobuf"


def _terms(name: str) -> tuple[Hyperparameter, ...]:
    """Return the rows of one sort of terms: bias, linear, or factors."""
    return (
        number(f"{name}_lr", 0, tune=True),
        number(f"{name}_wd", 0, tune=True),
        word(f"{name}_init_method", "uniform", "normal", "constant"),
        number(f"{name}_init_scale", 0, tune=True),
        number(f"{name}_init_sigma", 0, tune=True),
        number(f"{name}_init_value", tune=True),
    )


PROFILE = Profile(
    name="factorization-machines",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("feature_dim"),
        integer("num_factors"),
        word("predictor_type", "binary_classifier", "regressor"),
        integer("mini_batch_size", tune=True),
        integer("epochs", tune=True),
        number("clip_gradient"),
        number("eps"),
        number("rescale_grad"),
        *_terms("bias"),
        *_terms("linear"),
        *_terms("factors"),
    ),
    required=("feature_dim", "num_factors", "predictor_type"),
    elsewhere={"k": "num_factors"},
    metrics={
        "test:binary_classification_accuracy": "Maximize",
        "test:binary_classification_cross_entropy": "Minimize",
        "test:binary_f_beta": "Maximize",
        "test:rmse": "Minimize",
    },
    tabular=False,
    content_types=(_RECORDIO,),
    channels={"train": "train", "test": "test"},
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    not_local=f"local AWS does not read {_RECORDIO}",
)
