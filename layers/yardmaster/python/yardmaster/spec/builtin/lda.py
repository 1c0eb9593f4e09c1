"""LDA: topics of documents, whose rows count words.

Source: the developer guide's pages lda, lda_hyperparameters and lda-tuning.
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, table
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return what it needs to know of the rows: it wants all of them as one mini-batch."""
    return {**feature_dim(rows), **({"mini_batch_size": str(rows.train)} if rows.train else {})}


PROFILE = Profile(
    name="lda",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("num_topics", tune=True),
        integer("feature_dim"),
        integer("mini_batch_size"),
        number("alpha0", 0, edges="(]", tune=True),
        integer("max_restarts"),
        integer("max_iterations"),
        number("tol", 0, edges="(]"),
    ),
    required=("num_topics",),
    required_as_is=("feature_dim", "mini_batch_size"),
    elsewhere={"n_components": "num_topics", "n_topics": "num_topics", "k": "num_topics", "alpha": "alpha0"},
    at_most={"mini_batch_size": "train"},
    defaults=_defaults,
    metrics={"test:pwll": "Maximize"},
    content_types=("text/csv", "application/x-recordio-protobuf"),
    file_only=("text/csv",),
    channels={"train": "train", "validation": "test"},
    labelled=False,
    training_content_type="text/csv;label_size=0",
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.NONE: ("topic_mixture",)},
    hardware="cpu",
    single_instance=True,
    not_local="local AWS has no LDA",
)
