"""PCA: fewer columns that keep most of what the rows say.

Source: the developer guide's pages pca, PCA-reference and PCA-in-formats, which know no objective metric; the
mini-batch, which is required, is the SageMaker SDK's (`sagemaker/amazon/pca.py`: 500, or all rows if they are fewer).
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, table, word
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim, mini_batch

_BATCH = 500


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return what it needs to know of the rows."""
    return {**feature_dim(rows), "mini_batch_size": str(_BATCH), **mini_batch(rows, _BATCH)}


PROFILE = Profile(
    name="pca",
    problems=(Problem.NONE,),
    hyperparameters=table(
        integer("num_components"),
        integer("feature_dim"),
        integer("mini_batch_size"),
        word("algorithm_mode", "regular", "randomized"),
        integer("extra_components", -1),
        word("subtract_mean", "true", "false"),
    ),
    required=("num_components",),
    required_as_is=("feature_dim",),
    elsewhere={"n_components": "num_components", "k": "num_components", "svd_solver": "algorithm_mode"},
    at_most={"num_components": "features", "mini_batch_size": "train"},
    defaults=_defaults,
    not_tunable="it publishes no metric that a search could improve",
    content_types=("text/csv", "application/x-recordio-protobuf"),
    channels={"train": "train", "validation": "test"},
    labelled=False,
    training_content_type="text/csv;label_size=0",
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.NONE: ("projection",)},
)
