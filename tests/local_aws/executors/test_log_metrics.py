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
