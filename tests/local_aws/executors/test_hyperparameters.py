"""The container's checks of hyperparameters, in its words."""

import pytest

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.xgboost_container.hyperparameters import validate


def test_strings_become_numbers_lists_and_tuples() -> None:
    given = {
        "num_round": "10",
        "eta": "0.3",
        "eval_metric": "auc,error@0.7",
        "objective": "binary:logistic",
        "tree_method": "hist",
        "monotone_constraints": "(1, -1)",
        "interaction_constraints": "[[0, 1]]",
    }
    assert validate(given) == given | {
        "num_round": 10,
        "eta": 0.3,
        "eval_metric": ["auc", "error@0.7"],
        "monotone_constraints": (1, -1),
        "interaction_constraints": [[0, 1]],
    }


def test_an_alias_is_known_by_its_first_name() -> None:
    assert validate({"num_round": "1", "learning_rate": "0.1"}) == {"num_round": 1, "eta": 0.1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_round": None}, "Missing required hyperparameter: num_round"),
        ({"foo": "1"}, "Extraneous hyperparameter found: foo"),
        ({"max_depth": "deep"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ({"max_depth": "6.5"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ({"monotone_constraints": "(1,"}, "could not parse value"),
        ({"eta": "2"}, "Hyperparameter eta: 2.0 is not in [0, 1]"),
        ({"eta": "nan"}, "Hyperparameter eta: nan is not in [0, 1]"),
        ({"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({"booster": "forest"}, "booster: forest is not in ['gbtree', 'gblinear', 'dart']"),
        ({"eval_metric": "auc,beauty", "objective": "binary:logistic"}, "Hyperparameter eval_metric: value"),
        ({"eval_metric": "auc@0.5"}, "Metric 'auc@0.5' is not supported"),
        ({"eval_metric": "error@high"}, "Threshold value 't' in 'error@t' expects float input."),
        ({"eval_metric": "auc"}, "Metric 'auc' can only be applied for classification and ranking problems."),
        ({"objective": "multi:softprob"}, "Require input for parameter 'num_class' for multi-classification"),
        ({"num_class": "3"}, "Do not need to setup parameter 'num_class'"),
        ({"monotone_constraints": "(1,)"}, "monotone_constraints can be used only when the tree_method"),
        ({"tree_method": "gpu_hist"}, "is not available on local AWS"),
        ({"_kfold": "5"}, "not available on local AWS"),
    ],
)
def test_a_fault_is_refused_in_the_containers_words(given: dict[str, str | None], message: str) -> None:
    settings = {name: value for name, value in ({"num_round": "10"} | given).items() if value is not None}
    with pytest.raises(UserError) as refused:
        validate(settings)
    assert message in str(refused.value)
