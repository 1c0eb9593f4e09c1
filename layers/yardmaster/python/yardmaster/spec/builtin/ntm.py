"""Neural topic model: topics of documents, whose rows count words.

Source: the developer guide's pages ntm, ntm_hyperparameters, ntm-tuning and ntm-in-formats; the words of activations
and optimizers are the SageMaker SDK's (`sagemaker/amazon/ntm.py`).
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim, mini_batch

_BATCH = 256


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return what it needs to know of the rows."""
    return {**feature_dim(rows), **mini_batch(rows, _BATCH)}


PROFILE = Profile(
    name="ntm",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("feature_dim", 1, 1_000_000),
        integer("num_topics", 2, 1000),
        word("batch_norm", "true", "false"),
        number("clip_gradient", 1e-3),
        text("encoder_layers", r"auto|\d+(\s*,\s*\d+)*", "auto, or whole numbers with commas between them"),
        word("encoder_layers_activation", "sigmoid", "tanh", "relu", tune=True),
        integer("epochs"),
        number("learning_rate", 1e-6, 1, tune=True),
        integer("mini_batch_size", 1, 10_000, tune=True),
        integer("num_patience_epochs"),
        word("optimizer", "sgd", "adam", "adagrad", "adadelta", "rmsprop", tune=True),
        number("rescale_gradient", 1e-3, 1, tune=True),
        number("sub_sample", 0, 1),
        number("tolerance", 1e-6, 0.1),
        number("weight_decay", 0, 1, tune=True),
    ),
    required=("num_topics",),
    required_as_is=("feature_dim",),
    elsewhere={"n_components": "num_topics", "n_topics": "num_topics", "k": "num_topics"},
    at_most={"mini_batch_size": "train"},
    defaults=_defaults,
    metrics={"validation:total_loss": "Minimize"},
    rounds="epochs",
    content_types=("text/csv", "application/x-recordio-protobuf"),
    channel_types={"auxiliary": "text/plain"},
    extra_channels=("test", "auxiliary"),
    labelled=False,
    training_content_type="text/csv;label_size=0",
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.NONE: ("topic_weights",)},
    not_local="local AWS has no neural topic model",
)
