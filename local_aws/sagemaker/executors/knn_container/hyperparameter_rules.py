"""The hyperparameters of k-NN.

Sources: docs.aws.amazon.com/sagemaker/latest/dg/kNN_hyperparameters.html; the tunable ones: kNN-tuning.html; k's limit
and what depends on what: test/unit/algorithm_toolkit/test_hyperparameter_validation.py of
aws/sagemaker-xgboost-container, which tests with them.
"""

from collections.abc import Mapping

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party.rules import AUTO, Rules, Value, choice, whole

CLASSIFIER, REGRESSOR = "classifier", "regressor"
PQ_M = (1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96)
RULES: Rules = {
    "dimension_reduction_target": whole(),
    "dimension_reduction_type": choice("none", "sign", "fjlt", default="none"),
    "faiss_index_ivf_nlists": whole(default=AUTO),
    "faiss_index_pq_m": choice(*(str(size) for size in PQ_M)),
    "feature_dim": whole(required=True),
    "index_metric": choice("L2", "INNER_PRODUCT", "COSINE", default="L2"),
    "index_type": choice("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ", default="faiss.Flat"),
    "k": whole(1, 1024, required=True),
    "mini_batch_size": whole(default="5000"),
    "predictor_type": choice(CLASSIFIER, REGRESSOR, required=True),
    "sample_size": whole(required=True),
}
TUNABLE = ("k", "sample_size")


def check_dependencies(settings: Mapping[str, Value]) -> None:
    """Refuse hyperparameters that don't go together.

    Raises:
        UserError: Names them.
    """
    reduction, target = settings["dimension_reduction_type"], settings["dimension_reduction_target"]
    quantised = settings["index_type"] == "faiss.IVFPQ"
    if reduction == "none" and target is not None:
        raise UserError(
            "Hyperparameter 'dimension_reduction_target' should only be set when 'dimension_reduction_type' is set."
        )
    if reduction != "none" and target is None:
        raise UserError(
            "Hyperparameter 'dimension_reduction_target' is required when 'dimension_reduction_type' is set."
        )
    if target is not None and target >= settings["feature_dim"]:
        raise UserError("Hyperparameter 'dimension_reduction_target' should be less than 'feature_dim'.")
    if settings["faiss_index_pq_m"] is not None and not quantised:
        raise UserError("Hyperparameter 'faiss_index_pq_m' should only be set when 'index_type' = 'faiss.IVFPQ'.")
    if quantised and settings["index_metric"] != "L2":
        raise UserError(
            f"Hyperparameter 'index_metric' = '{settings['index_metric']}' is not supported when 'index_type' = "
            "'faiss.IVFPQ'."
        )
