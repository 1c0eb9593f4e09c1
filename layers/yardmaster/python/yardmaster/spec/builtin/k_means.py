"""K-means: groups of rows that are near each other.

Source: the developer guide's pages k-means, k-means-api-config, k-means-tuning and km-in-formats.
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, number, several, table, word
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim, mini_batch

_BATCH = 5000
_STARTS = ("random", "kmeans++")


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return what it needs to know of the rows."""
    return {**feature_dim(rows), **mini_batch(rows, _BATCH)}


PROFILE = Profile(
    name="k-means",
    problems=(Problem.CLUSTERING,),
    hyperparameters=table(
        integer("k"),
        integer("feature_dim"),
        integer("mini_batch_size", tune=True),
        word("init_method", *_STARTS, tune=True),
        integer("extra_center_factor", 1, None, "auto", tune=True),
        integer("local_lloyd_max_iter"),
        number("local_lloyd_tol", 0, 1),
        word("local_lloyd_init_method", *_STARTS),
        integer("local_lloyd_num_trials", 1, None, "auto"),
        integer("half_life_time_size", 0),
        integer("epochs", tune=True),
        several("eval_metrics", "msd", "ssd", as_json=True),
    ),
    required=("k",),
    required_as_is=("feature_dim",),
    elsewhere={
        "n_clusters": "k",
        "num_clusters": "k",
        "init": "init_method",
        "max_iter": "local_lloyd_max_iter",
        "tol": "local_lloyd_tol",
        "n_init": "local_lloyd_num_trials",
    },
    at_most={"k": "train", "mini_batch_size": "train"},
    defaults=_defaults,
    metrics={"test:msd": "Minimize", "test:ssd": "Minimize"},
    content_types=("text/csv", "application/x-recordio-protobuf"),
    # It has no validation channel: what it calls its test rows are those that a search is measured on.
    channels={"train": "train", "validation": "test"},
    labelled=False,
    training_content_type="text/csv;label_size=0",
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.CLUSTERING: ("distance_to_cluster",)},
)
