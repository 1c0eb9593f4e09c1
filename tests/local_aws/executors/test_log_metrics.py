"""Metrics from log lines."""

import re

import pytest

from local_aws.sagemaker.executors.base import MetricDefinition
from local_aws.sagemaker.executors.built_in import BUILT_IN
from local_aws.sagemaker.executors.log_metrics import MetricScanner, PatternError, escape

LINES = [
    "[0]\ttrain-auc:0.61\ttrain-error@0.7:0.3\tvalidation-auc:0.60",
    "[1]\ttrain-auc:0.72\ttrain-error@0.7:0.2\tvalidation-auc:0.65",
    "Stopping. Best iteration:",
]


def scan(*definitions: MetricDefinition, lines: list[str] = LINES, container: str = "xgboost") -> dict[str, float]:
    scanner = MetricScanner(definitions, BUILT_IN[container])
    for at, line in enumerate(lines):
        scanner.scan(escape(line), float(at))
    return {metric.name: metric.value for metric in scanner.values()}


def test_the_last_value_of_each_of_the_containers_metrics_counts() -> None:
    assert scan() == {"train:auc": 0.72, "validation:auc": 0.65}


def test_the_expression_that_everybody_copies_from_awss_page_matches() -> None:
    assert re.search(r".*\[[0-9]+\].*#011validation-auc:(\S+)", escape(LINES[1])).group(1) == "0.65"  # type: ignore[union-attr]  # the test is that it matches


def test_own_definitions_come_before_the_containers() -> None:
    own = MetricDefinition("validation:auc", r"train-auc:([0-9.]+)")
    assert scan(own)["validation:auc"] == 0.72


@pytest.mark.parametrize("value", ["nan", "inf", "-", "0.5x"])
def test_what_is_no_finite_number_is_no_value(value: str) -> None:
    assert scan(MetricDefinition("m", r"m=(\S+)"), lines=["m=1", f"m={value}"]) == {"m": 1.0}


def test_a_definition_without_a_group_finds_nothing() -> None:
    assert scan(MetricDefinition("m", "auc")) == {"train:auc": 0.72, "validation:auc": 0.65}


def test_a_definition_that_is_no_expression_is_refused() -> None:
    with pytest.raises(PatternError):
        MetricScanner([MetricDefinition("m", "(")])


# Lines of jobs on AWS, as public notebooks show them.
AWS_LINES = [
    "[11/24/2020 18:53:57 INFO 140513285547840] #quality_metric: host=algo-1, epoch=0, validation "
    "binary_classification_cross_entropy_objective <loss>=0.508278604365",
    "[11/24/2020 18:53:57 INFO 140513285547840] #progress_metric: host=algo-1, completed 6 % of epochs",
    "[11/24/2020 18:53:57 INFO 140513285547840] #throughput_metric: host=algo-1, train "
    "throughput=22356.2318742 records/second",
    "[07/01/2024 19:50:55 INFO 139723470354240] #quality_metric: host=algo-1, validation "
    "multiclass_cross_entropy_objective <loss>=0.177802592028485",
    "[07/01/2024 19:50:55 INFO 139723470354240] #quality_metric: host=algo-1, validation "
    "multiclass_top_k_accuracy_3 <score>=1.0",
    "[07/01/2024 19:50:55 INFO 139723470354240] #quality_metric: host=algo-1, validation macro_f_1.000 "
    "<score>=0.9140763282775879",
    "#quality_metric: host=algo-1, validation absolute_loss <loss>=2.86944983987",
]


def test_the_linear_learners_metrics_are_found_in_awss_lines() -> None:
    assert scan(lines=AWS_LINES, container="linear-learner") == {
        "train:progress": 6.0,
        "train:throughput": 22356.2318742,
        "validation:absolute_loss": 2.86944983987,
        "validation:macro_f_beta": 0.9140763282775879,
        "validation:multiclass_top_k_accuracy": 1.0,
        "validation:objective_loss": 0.508278604365,
        "validation:objective_loss:final": 0.177802592028485,
    }


def test_the_metrics_of_k_means_are_found_in_awss_lines() -> None:
    line = "[03/08/2019 00:40:08 INFO 140021904598848] #quality_metric: host=algo-1, train msd <loss>=0.0657843798399"
    assert scan(lines=[line], container="kmeans") == {"train:msd": 0.0657843798399}


def test_each_algorithm_has_its_own_metrics_and_other_images_have_none() -> None:
    assert scan(container="kmeans") == {}
    scanner = MetricScanner([])
    assert scanner.scan(escape(LINES[0]), 0.0) == {}


@pytest.mark.parametrize("container", sorted(BUILT_IN))
def test_every_objective_is_a_metric_that_is_found(container: str) -> None:
    assert BUILT_IN[container].objectives <= {definition.name for definition in BUILT_IN[container].metrics}
