"""Metrics in the log lines of functions become datapoints."""

import json

import pytest

from local_aws.embedded_metrics import datapoints
from yardmaster.aws import embedded_metrics


def test_what_our_functions_write_is_read_as_it_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    embedded_metrics.write("yard", 1_772_600_000.5, StandsStillHours=2.5)
    (point,) = datapoints(capsys.readouterr().out)
    assert (point.namespace, point.name, point.dimensions) == ("Yardmaster", "StandsStillHours", {"Stack": "yard"})
    assert (point.value, point.at) == (2.5, 1_772_600_000.5)


def line(**more: object) -> str:
    directive = {"Namespace": "N", "Dimensions": [["A"], ["A", "B"]], "Metrics": [{"Name": "m", "Unit": "Count"}]}
    whole = {"_aws": {"Timestamp": 1000, "CloudWatchMetrics": [directive]}, "A": "a", "B": 1, "m": [1, 2.5]}
    return json.dumps({**whole, **more})


def test_each_set_of_dimensions_is_a_metric_and_each_value_a_datapoint() -> None:
    found = [(point.dimensions, point.value, point.unit) for point in datapoints(line())]
    assert found == [
        ({"A": "a"}, 1.0, "Count"),
        ({"A": "a"}, 2.5, "Count"),
        ({"A": "a", "B": "1"}, 1.0, "Count"),
        ({"A": "a", "B": "1"}, 2.5, "Count"),
    ]


@pytest.mark.parametrize("text", ["", "no JSON", '{"_aws": 1}', '{"_aws": {"Timestamp": 1}}', '"_aws"', "{}"])
def test_other_lines_stay_lines(text: str) -> None:
    assert list(datapoints(text)) == []


def test_a_dimension_that_is_missing_is_no_metric() -> None:
    broken = json.loads(line())
    del broken["A"]
    assert list(datapoints(json.dumps(broken))) == []
