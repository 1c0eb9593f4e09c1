"""The hyperparameters that a job is given: the spec's, and what follows from the rows."""

from typing import Any

import pytest

from tests.unit.spec.built_in import spec
from yardmaster.errors import RefusedError
from yardmaster.records import Problem
from yardmaster.spec.builtin import profile
from yardmaster.spec.digest import data_digest
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.problem import job_hyperparameters
from yardmaster.spec.profile import Answers, Rows
from yardmaster.spec.schema import OwnAlgorithm
from yardmaster.spec.train import HyperparameterValue

MANY = 1_000_000


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        (
            "linear-learner",
            Rows(Problem.BINARY, 2, 8, MANY),
            {"predictor_type": "binary_classifier", "feature_dim": "8"},
        ),
        (
            "linear-learner",
            Rows(Problem.MULTICLASS, 3, 8, 700),
            {
                "predictor_type": "multiclass_classifier",
                "num_classes": "3",
                "feature_dim": "8",
                "mini_batch_size": "700",
            },
        ),
        ("linear-learner", Rows(Problem.REGRESSION, 0, 8, 1000), {"predictor_type": "regressor", "feature_dim": "8"}),
        ("k-means", Rows(Problem.CLUSTERING, 0, 4, 900), {"k": "8", "feature_dim": "4", "mini_batch_size": "900"}),
        ("k-means", Rows(Problem.CLUSTERING, 0, 4, MANY), {"k": "8", "feature_dim": "4"}),
        ("pca", Rows(Problem.NONE, 0, 9, MANY), {"num_components": "3", "feature_dim": "9", "mini_batch_size": "500"}),
        ("pca", Rows(Problem.NONE, 0, 9, 60), {"num_components": "3", "feature_dim": "9", "mini_batch_size": "60"}),
        (
            "knn",
            Rows(Problem.MULTICLASS, 3, 5, 6000),
            {"k": "10", "predictor_type": "classifier", "feature_dim": "5", "sample_size": "6000"},
        ),
        ("randomcutforest", Rows(Problem.NONE, 0, 5, MANY), {"feature_dim": "5"}),
        ("lda", Rows(Problem.NONE, 0, 50, 300), {"num_topics": "10", "feature_dim": "50", "mini_batch_size": "300"}),
        ("ntm", Rows(Problem.NONE, 0, 50, 100), {"num_topics": "20", "feature_dim": "50", "mini_batch_size": "100"}),
        ("blazingtext", Rows(Problem.NONE), {"mode": "skipgram"}),
    ],
)
def test_what_an_algorithm_must_know_of_the_rows_is_told_it(name: str, rows: Rows, expected: dict[str, str]) -> None:
    assert job_hyperparameters(parse_spec(spec(name)), rows) == expected


@pytest.mark.parametrize(
    ("name", "data", "given", "expected"),
    [
        (
            "xgboost",
            "{content_type: text/libsvm}",
            {"objective": "binary:logistic"},
            {"objective": "binary:logistic", "num_round": "100"},
        ),
        (
            "linear-learner",
            "{content_type: application/x-recordio-protobuf}",
            {"predictor_type": "regressor"},
            {"predictor_type": "regressor"},
        ),
    ],
)
def test_of_data_that_goes_to_the_job_as_it_is_only_the_spec_speaks(
    name: str, data: str, given: dict[str, Any], expected: dict[str, str]
) -> None:
    assert job_hyperparameters(parse_spec(spec(name, data, **given)), Rows(Problem.NONE)) == expected


def test_what_the_spec_says_goes_before_what_the_rows_say() -> None:
    found = parse_spec(spec("knn", sample_size=500, mini_batch_size=100))
    assert job_hyperparameters(found, Rows(Problem.BINARY, 2, 5, 3000)) == {
        "k": "10",
        "predictor_type": "classifier",
        "feature_dim": "5",
        "sample_size": "500",
        "mini_batch_size": "100",
    }


@pytest.mark.parametrize(
    ("name", "key", "value", "text"),
    [
        ("blazingtext", "subwords", True, "True"),
        ("blazingtext", "subwords", "false", "False"),
        ("linear-learner", "use_bias", False, "false"),
        ("linear-learner", "wd", "auto", "auto"),
        ("k-means", "eval_metrics", ("msd", "ssd"), '["msd", "ssd"]'),
        ("k-means", "eval_metrics", "msd", '["msd"]'),
        ("k-means", "eval_metrics", '["msd", "ssd"]', '["msd", "ssd"]'),
        ("xgboost", "eval_metric", ("auc", "error@0.7"), "auc,error@0.7"),
        ("image-classification", "lr_scheduler_step", 10, "10"),
        ("image-classification", "num_layers", 50, "50"),
    ],
)
def test_a_value_is_written_as_the_algorithm_reads_it(
    name: str, key: str, value: HyperparameterValue, text: str
) -> None:
    row = profile(name).rows_of[key]
    assert row.accepts(value)
    assert row.text(value) == text


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("pca", {"num_components": 9}, "num_components: 9 is more than pca can have of the 8 columns"),
        (
            "k-means",
            {"k": 301},
            "k: 301 is more than k-means can have of the 300 rows to train on",
        ),
        ("knn", {"k": 301}, "k: 301 is more than knn can have of the 300 rows to train on; allowed: at most 300"),
        (
            "linear-learner",
            {"mini_batch_size": 301},
            "mini_batch_size: 301 is more than linear-learner can have of",
        ),
    ],
)
def test_more_than_there_is_is_refused_before_the_job(name: str, given: dict[str, Any], message: str) -> None:
    found = parse_spec(spec(name, **given))
    problem = profile(name).problems[0]
    with pytest.raises(RefusedError, match=f"train.hyperparameters.{message}"):
        job_hyperparameters(found, Rows(problem, 2, 8, 300))
    job_hyperparameters(found, Rows(problem, 2, 9, 301))


def test_nobody_counts_what_goes_to_the_job_as_it_is() -> None:
    found = parse_spec(spec("pca", "{content_type: application/x-recordio-protobuf}", feature_dim=3))
    assert job_hyperparameters(found, Rows(Problem.NONE))["num_components"] == "3"


# --- empty cells ------------------------------------------------------------------------------------------------------


def test_columns_stay_as_they_are_when_another_algorithm_takes_their_turn() -> None:
    same = [data_digest(parse_spec(spec(name, "{label: y}"))) for name in ("xgboost", "linear-learner")]
    assert same[0] == same[1]


# --- one's own --------------------------------------------------------------------------------------------------------


def test_of_ones_own_algorithm_its_author_knows_what_it_takes() -> None:
    own = profile_of(OwnAlgorithm())
    assert (own.hyperparameters, own.problems, own.tabular, own.tunable) == (None, (), True, True)
    assert (own.answers, own.accept) == (Answers.CSV, "text/csv")
    lines = profile_of(OwnAlgorithm(answers="jsonlines"))
    assert (lines.answers, lines.accept) == (Answers.JSON_LINES, "application/jsonlines")
