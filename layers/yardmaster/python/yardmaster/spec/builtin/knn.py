"""K-nearest neighbours: classes and numbers by the most similar rows.

Source: the developer guide's pages k-nearest-neighbors, kNN_hyperparameters, kNN-tuning and kNN-inference-formats.
"""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import integer, table, word
from yardmaster.spec.profile import Answers, Profile, Rows, feature_dim, mini_batch

_PREDICTORS = {
    Problem.BINARY: ("classifier",),
    Problem.MULTICLASS: ("classifier",),
    Problem.REGRESSION: ("regressor",),
}
_BATCH = 5000
_PQ = ("1", "2", "3", "4", "8", "12", "16", "20", "24", "28", "32", "40", "48", "56", "64", "96")


def _defaults(rows: Rows) -> Mapping[str, str]:
    """Return the predictor and what it needs to know of the rows; without a sample's size, all are kept."""
    if rows.problem not in _PREDICTORS:
        return {}
    sample = {"sample_size": str(rows.train)} if rows.train else {}
    return {
        "predictor_type": _PREDICTORS[rows.problem][0],
        **feature_dim(rows),
        **sample,
        **mini_batch(rows, _BATCH),
    }


PROFILE = Profile(
    name="knn",
    problems=tuple(_PREDICTORS),
    hyperparameters=table(
        integer("k", tune=True),
        word("predictor_type", "classifier", "regressor"),
        integer("feature_dim"),
        integer("sample_size", tune=True),
        integer("mini_batch_size"),
        word("dimension_reduction_type", "sign", "fjlt"),
        integer("dimension_reduction_target"),
        word("index_type", "faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ"),
        word("index_metric", "L2", "INNER_PRODUCT", "COSINE"),
        integer("faiss_index_ivf_nlists", 1, None, "auto"),
        word("faiss_index_pq_m", *_PQ),
    ),
    required=("k",),
    required_as_is=("predictor_type", "feature_dim", "sample_size"),
    together={"dimension_reduction_type": "dimension_reduction_target"},
    elsewhere={"n_neighbors": "k", "num_neighbors": "k", "metric": "index_metric", "algorithm": "index_type"},
    fitting={"predictor_type": _PREDICTORS},
    decides="predictor_type",
    at_most={"k": "train", "mini_batch_size": "train", "dimension_reduction_target": "features"},
    defaults=_defaults,
    metrics={"test:accuracy": "Maximize", "test:mse": "Minimize"},
    metrics_of={
        Problem.BINARY: ("test:accuracy",),
        Problem.MULTICLASS: ("test:accuracy",),
        Problem.REGRESSION: ("test:mse",),
    },
    content_types=("text/csv", "application/x-recordio-protobuf"),
    # It has no validation channel: what it calls its test rows are those that a search is measured on.
    channels={"train": "train", "validation": "test"},
    answers=Answers.JSON_LINES,
    # Without `verbose` there would be the class alone, and no share of the neighbours that have it.
    accept="application/jsonlines; verbose=true",
    scores={
        Problem.BINARY: ("labels", "predicted_label"),
        Problem.MULTICLASS: ("labels", "predicted_label"),
        Problem.REGRESSION: ("predicted_label",),
    },
)
