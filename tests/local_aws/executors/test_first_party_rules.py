"""Hyperparameters of the first-party algorithms, checked in their containers' words."""

import pytest

from local_aws.sagemaker.executors.built_in import BUILT_IN
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.knn_container.hyperparameter_rules import check_dependencies
from tests.local_aws.executors.first_party_data import SETTINGS, settings

CAUSE = "(caused by ValidationError)"


@pytest.mark.parametrize(
    ("container", "missing"),
    [
        ("linear-learner", "'predictor_type'"),
        ("kmeans", "'feature_dim', 'k'"),
        ("pca", "'feature_dim', 'mini_batch_size', 'num_components'"),
        ("knn", "'feature_dim', 'k', 'predictor_type', 'sample_size'"),
    ],
)
def test_what_is_required_is_named_in_awss_sentence(container: str, missing: str) -> None:
    with pytest.raises(UserError) as caught:
        BUILT_IN[container].validate({})
    assert str(caught.value) == (
        f"No value(s) were specified for {missing} which are required hyperparameter(s) {CAUSE}"
    )


@pytest.mark.parametrize("container", sorted(SETTINGS))
def test_unknown_names_are_refused_in_awss_sentence(container: str) -> None:
    with pytest.raises(UserError) as one:
        settings(container, mini_batch_siz="1")
    assert str(one.value) == f"Additional hyperparameters are not allowed ('mini_batch_siz' was unexpected) {CAUSE}"
    with pytest.raises(UserError, match=r"\('foo', 'bar' were unexpected\)"):
        settings(container, foo="1", bar="2")


WRONG = [
    ("linear-learner", "predictor_type", "classifier", "accepts one of the following: 'binary_classifier', 'multi"),
    ("linear-learner", "epochs", "0", "expects an integer greater than or equal to 1"),
    ("linear-learner", "epochs", "1.5", "expects an integer greater than or equal to 1"),
    ("linear-learner", "epochs", "auto", "expects an integer greater than or equal to 1"),
    ("linear-learner", "learning_rate", "0", "one of the following: 'auto'; or a number greater than 0"),
    ("linear-learner", "wd", "-1", "one of the following: 'auto'; or a number greater than or equal to 0"),
    ("linear-learner", "wd", "nan", "'wd' hyperparameter"),
    ("linear-learner", "wd", "inf", "'wd' hyperparameter"),
    ("linear-learner", "l1", "much", "'l1' hyperparameter"),
    ("linear-learner", "target_recall", "1.1", "expects a number between 0 and 1"),
    ("linear-learner", "loss", "log", "'loss' hyperparameter which accepts one of the following: 'auto', 'logistic'"),
    ("linear-learner", "optimizer", "adagrad", "'auto', 'adam', 'rmsprop', 'sgd'"),
    ("linear-learner", "use_bias", "yes", "'true', 'false'"),
    ("linear-learner", "positive_example_weight_mult", "0", "'balanced'; or 'auto'; or a number greater than 0"),
    ("linear-learner", "binary_classifier_model_selection_criteria", "auc", "'precision_at_target_recall'"),
    ("kmeans", "k", "0", "The value '0' is not valid for the 'k' hyperparameter which expects an integer greater"),
    ("kmeans", "init_method", "k-means++", "'random', 'kmeans++'"),
    ("kmeans", "local_lloyd_tol", "2", "between 0 and 1"),
    ("kmeans", "half_life_time_size", "-1", "greater than or equal to 0"),
    ("kmeans", "eval_metrics", "msd", "Hyperparameter must be valid json, but found eval_metrics: (caused by Val"),
    ("kmeans", "eval_metrics", '["auc"]', "'eval_metrics' hyperparameter"),
    ("kmeans", "eval_metrics", "[]", "'eval_metrics' hyperparameter"),
    ("pca", "algorithm_mode", "exact", "'regular', 'randomized'"),
    ("pca", "extra_components", "-2", "greater than or equal to -1"),
    ("knn", "k", "1025", "an integer between 1 and 1024"),
    ("knn", "index_metric", "L1", "'L2', 'INNER_PRODUCT', 'COSINE'"),
    ("knn", "faiss_index_pq_m", "5", "'1', '2', '3', '4', '8'"),
    ("knn", "predictor_type", "binary_classifier", "'classifier', 'regressor'"),
]


@pytest.mark.parametrize(("container", "name", "text", "words"), WRONG)
def test_a_wrong_value_is_refused_with_what_is_right(container: str, name: str, text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        settings(container, **{name: text})
    assert words in str(caught.value)


def test_auto_is_read_as_nothing_and_defaults_are_awss() -> None:
    found = settings("linear-learner", learning_rate="auto", use_bias="True")
    assert found["learning_rate"] is None
    assert found["use_bias"] is True
    assert (found["epochs"], found["early_stopping_tolerance"], found["quantile"]) == (15, 0.001, 0.5)
    assert settings("kmeans")["eval_metrics"] == ("msd", "ssd")
    assert settings("pca")["subtract_mean"] is True


@pytest.mark.parametrize("container", sorted(SETTINGS))
def test_what_the_sdk_and_the_tuner_add_is_accepted(container: str) -> None:
    extra = {} if container == "knn" else {"force_dense": "True"}
    found = settings(container, _tuning_objective_metric="test:msd", _num_gpus="auto", **extra)
    assert found["_tuning_objective_metric"] == "test:msd"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dimension_reduction_target": "2"}, "'dimension_reduction_target' should only be set when"),
        ({"dimension_reduction_type": "sign"}, "'dimension_reduction_target' is required when"),
        ({"dimension_reduction_type": "sign", "dimension_reduction_target": "4"}, "should be less than 'feature_dim'"),
        ({"faiss_index_pq_m": "4"}, "'faiss_index_pq_m' should only be set when 'index_type' = 'faiss.IVFPQ'"),
        ({"index_type": "faiss.IVFPQ", "index_metric": "COSINE"}, "'COSINE' is not supported when 'index_type'"),
    ],
)
def test_k_nns_hyperparameters_must_go_together(changes: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_dependencies(settings("knn", **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dimension_reduction_type": "fjlt", "dimension_reduction_target": "3"},
        {"index_type": "faiss.IVFPQ", "faiss_index_pq_m": "2", "faiss_index_ivf_nlists": "auto"},
    ],
)
def test_k_nns_hyperparameters_that_go_together_pass(changes: dict[str, str]) -> None:
    check_dependencies(settings("knn", **changes))
