"""Object2Vec: vectors of pairs of things: words, sentences, customers and products.

Source: the developer guide's pages object2vec, object2vec-hyperparameters and object2vec-tuning; of its metrics those
of the validation channel.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import Hyperparameter, integer, number, table, text, word
from yardmaster.spec.profile import Answers, Profile

_SWITCH = ("True", "False")
_FILE = (r"[A-Za-z0-9._]*", "a file's name: letters, digits, underscores and periods")
_OPERATOR = "(hadamard|concat|abs_diff)"


def _encoder(name: str, *also: str) -> tuple[Hyperparameter, ...]:
    """Return the rows of one of the two encoders."""
    return (
        integer(f"{name}_max_seq_len", 1, 5000),
        integer(f"{name}_vocab_size", 2, 3_000_000),
        word(f"{name}_network", *also, "hcnn", "bilstm", "pooled_embedding"),
        integer(f"{name}_cnn_filter_width", 1, 9, tune=True),
        word(f"{name}_freeze_pretrained_embedding", *_SWITCH),
        integer(f"{name}_layers", 1, 4, "auto", tune=True),
        text(f"{name}_pretrained_embedding_file", *_FILE),
        integer(f"{name}_token_embedding_dim", 2, 1000, tune=True),
        text(f"{name}_vocab_file", *_FILE),
    )


PROFILE = Profile(
    name="object2vec",
    problems=(Problem.NONE,),
    hyperparameters=table(
        *_encoder("enc0"),
        *_encoder("enc1", "enc0"),
        integer("bucket_width", 0, 100),
        text(
            "comparator_list",
            rf"{_OPERATOR}(\s*,\s*{_OPERATOR})*",
            "hadamard, concat and abs_diff, with commas",
        ),
        number("dropout", 0, 1, tune=True),
        integer("early_stopping_patience", 1, 5, tune=True),
        number("early_stopping_tolerance", 1e-6, 0.1, tune=True),
        integer("enc_dim", 4, 10_000, tune=True),
        integer("epochs", 1, 100, tune=True),
        number("learning_rate", 1e-6, 1, tune=True),
        integer("mini_batch_size", 1, 10_000, tune=True),
        word("mlp_activation", "tanh", "relu", "linear", tune=True),
        integer("mlp_dim", 2, 10_000, tune=True),
        integer("mlp_layers", 0, 10, tune=True),
        integer("negative_sampling_rate", 0),
        integer("num_classes", 2, 30),
        word("optimizer", "adadelta", "adagrad", "adam", "sgd", "rmsprop", tune=True),
        word("output_layer", "softmax", "mean_squared_error"),
        word("tied_token_embedding_weight", *_SWITCH),
        word("token_embedding_storage_type", "dense", "row_sparse"),
        number("weight_decay", 0, 10_000, tune=True),
    ),
    required=("enc0_max_seq_len", "enc0_vocab_size"),
    elsewhere={"batch_size": "mini_batch_size"},
    metrics={
        "validation:accuracy": "Maximize",
        "validation:cross_entropy": "Minimize",
        "validation:mean_squared_error": "Minimize",
    },
    rounds="epochs",
    tabular=False,
    content_types=("application/jsonlines",),
    file_only=("application/jsonlines",),
    extra_channels=("test", "auxiliary"),
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    single_instance=True,
    not_local="local AWS has no Object2Vec",
)
