"""BlazingText: vectors of words (word2vec), or classes of texts (`mode: supervised`).

Source: the developer guide's pages blazingtext, blazingtext_hyperparameters and blazingtext-tuning. Its
`train:mean_rho` is measured on a public list of similar words (WS-353), not on the training channel.
"""

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table, word
from yardmaster.spec.profile import Answers, Profile

_SWITCH = ("True", "False")

PROFILE = Profile(
    name="blazingtext",
    problems=(Problem.NONE,),
    hyperparameters=table(
        word("mode", "batch_skipgram", "skipgram", "cbow", "supervised", tune=True),
        integer("batch_size", tune=True),
        integer("buckets", tune=True),
        word("early_stopping", *_SWITCH),
        integer("epochs", tune=True),
        word("evaluation", *_SWITCH),
        number("learning_rate", 0, edges="(]", tune=True),
        integer("min_char"),
        integer("min_count", 0, tune=True),
        integer("min_epochs"),
        integer("max_char"),
        integer("negative_samples", tune=True),
        integer("patience"),
        number("sampling_threshold", 0, 1, edges="(]", tune=True),
        word("subwords", *_SWITCH),
        integer("vector_dim", tune=True),
        integer("window_size", tune=True),
        integer("word_ngrams", tune=True),
    ),
    required=("mode",),
    elsewhere={"vector_size": "vector_dim", "window": "window_size", "ws": "window_size", "dim": "vector_dim"},
    metrics={"train:mean_rho": "Maximize", "validation:accuracy": "Maximize"},
    tabular=False,
    content_types=("text/plain",),
    file_only=("text/plain",),
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    not_local="local AWS has no BlazingText",
)
