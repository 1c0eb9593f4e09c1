"""Instance-hours, and what they cost."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import yaml

from yardmaster.records import DropKind, Release, Source, Stage, Step
from yardmaster.rules import bill
from yardmaster.rules.bill import ONCE, Line
from yardmaster.rules.prices import Prices
from yardmaster.spec.batch import BatchTransformSpec
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec

SPEC: dict[str, Any] = {"algorithm": "xgboost", "data": {"label": "y"}}
PRICES = Prices(
    "2026-11-30", "us-east-1", "USD", "by hand", {"training": {"ml.m5.xlarge": 0.25}, "hosting": {"ml.m5.large": 0.125}}
)


def spec(**sections: Any) -> Spec:
    return parse_spec(yaml.safe_dump({**SPEC, **sections}).encode())


def test_a_training_job_costs_at_most_its_machines_for_max_run() -> None:
    line = bill.training(spec(train={"instance_count": 3, "max_run": "2h"}), "job", 11)
    assert (line.most, line.instances, line.volume_gb, line.often) == (6.0, 3, 11, ONCE)
    assert bill.cost([line], None, PRICES).most == 1.5


RANGES = {"eta": {"type": "continuous", "min": 0, "max": 1}}


@pytest.mark.parametrize(
    ("tune", "most"),
    [
        ({"max_jobs": 20, "max_parallel_jobs": 4}, 40.0),
        # The tuning job's own end comes first: four at once, two machines each, for an hour.
        ({"max_jobs": 20, "max_parallel_jobs": 4, "max_run": "1h"}, 8.0),
    ],
)
def test_a_tuning_job_costs_at_most_all_its_jobs_or_its_own_time(tune: dict[str, Any], most: float) -> None:
    tune |= {
        "objective_metric_name": "validation:auc",
        "objective_type": "Maximize",
        "hyperparameter_ranges": RANGES,
    }
    line = bill.training(spec(train={"instance_count": 2, "max_run": "1h"}, tune=tune), "job", None)
    assert line.most == most
    assert line.instances == 8
    assert "20 training jobs, 4 at once" in line.note


def test_spot_is_said_and_its_price_is_not_guessed() -> None:
    assert "spot" in bill.training(spec(train={"use_spot_instances": True}), "job", None).note


def test_spot_takes_what_was_billed_before_and_says_what_that_saved() -> None:
    line = bill.training(spec(train={"use_spot_instances": True}), "job", None)
    found = [spotted(seconds, billable) for seconds, billable in ((7200, 1800), (7200, 3600), (3600, 1800))]
    [told] = bill.usually([line], found)
    assert told.usual == 0.5
    assert told.note.endswith("at the spot price; 50% saved by the last 3")
    plain = bill.training(spec(), "job", None)
    assert bill.usually([plain], found)[0].note == ""


def spotted(seconds: int, billable: int) -> Release:
    source = Source("bucket", "churn/data/a.csv", "v1", "a", DropKind.FILE)
    history = (Step(Stage.TRAINING, 0.0, ""), Step(Stage.TESTING, 90000.0, ""))
    return Release("a", "churn", 1, source, history=history, spot={"seconds": seconds, "billable": billable})


@pytest.mark.parametrize(
    ("deploy", "present", "standing", "peak"),
    [
        ({}, None, 1, 3),
        ({"initial_instance_count": 2}, None, 2, 6),
        # Grown by load meanwhile.
        ({"initial_instance_count": 2}, 7, 7, 21),
        ({"initial_instance_count": 2, "canary": "none"}, None, 2, 4),
        ({"initial_instance_count": 2, "canary": "none"}, 5, 5, 7),
    ],
)
def test_an_update_has_both_fleets_for_a_while(
    deploy: dict[str, Any], present: int | None, standing: int, peak: int
) -> None:
    found = bill.standing(spec(deploy=deploy), "churn", present)
    assert found is not None
    assert (found.endpoint, found.instances, found.peak) == ("churn", standing, peak)


def test_an_endpoint_without_instances_has_no_hours() -> None:
    found = bill.standing(spec(deploy={"serverless": {}, "canary": "none"}), "churn", None)
    assert found is not None
    assert (found.instances, found.peak) == (0, 0)
    assert bill.cost([], found, PRICES).hourly is None
    assert bill.standing(spec(deploy="none"), "churn", None) is None


def test_what_the_table_lacks_is_named_and_never_counted_as_nothing() -> None:
    lines = [
        Line("training job", "a", "training", "ml.m5.xlarge", 1, ONCE, 1.0),
        Line("training job", "b", "training", "ml.p3.2xlarge", 1, ONCE, 1.0),
        Line("batch of x", "", "transform", "ml.m5.xlarge", 1, "each run: rate(1 day)"),
    ]
    found = bill.cost(lines, bill.standing(spec(deploy={"instance_type": "ml.c5.xlarge"}), "churn", None), PRICES)
    assert (found.most, found.usual, found.hourly) == (None, None, None)
    assert found.missing == ("ml.p3.2xlarge (training)", "ml.m5.xlarge (transform)", "ml.c5.xlarge (hosting)")


def test_an_endpoint_costs_by_the_hour() -> None:
    endpoint = bill.standing(spec(deploy={"initial_instance_count": 2}), "churn", None)
    assert bill.cost([], endpoint, PRICES).hourly == 0.25


def past(number: int, *steps: tuple[Stage, float]) -> Release:
    source = Source("b", "k", "v", "n", DropKind.FILE)
    return Release("r", "churn", number, source, history=tuple(Step(stage, at, "") for stage, at in steps))


def test_earlier_releases_tell_what_is_usual() -> None:
    releases = [
        past(3, (Stage.TRAINING, 0.0)),
        past(2, (Stage.TRAINING, 0.0), (Stage.TESTING, 7200.0), (Stage.TESTING, 7300.0), (Stage.EVALUATED, 9000.0)),
        past(1, (Stage.TRAINING, 0.0), (Stage.TESTING, 3600.0), (Stage.EVALUATED, 5400.0)),
    ]
    lines = [
        bill.training(spec(train={"instance_count": 2}), "job", None),
        *bill.tests(spec(), "job", serves=True),
    ]
    usual = bill.usually(lines, releases)
    assert [line.usual for line in usual] == [3.0, 0.5, 0.5]
    assert [line.usual for line in bill.usually(lines, [])] == [None, None, None]
    assert bill.cost(usual[:1], None, PRICES).usual == 0.75
    # Those of a tuning job are no measure of a training job.
    tuned = [replace(release, tuning_job="t") for release in releases]
    assert [line.usual for line in bill.usually(lines, tuned)] == [None, None, None]


def test_the_age_of_a_table() -> None:
    assert bill.age(PRICES, date(2027, 1, 30)) == 61
    assert bill.age(replace(PRICES, date="yesterday"), date(2027, 1, 30)) is None


def test_batches_are_told_by_each_run() -> None:
    nightly = BatchTransformSpec(schedule="cron(0 6 * * ? *)", input="predict/nightly/", instance_count=2)
    (line,) = bill.batches(spec().model_copy(update={"batch_transform": (nightly,)}))
    assert (line.what, line.instances, line.most) == ("batch of predict/nightly/", 2, None)
    assert line.often == "each run: cron(0 6 * * ? *)"
    # They are no part of what a release costs.
    assert bill.cost([line], None, PRICES).most is None


@pytest.mark.parametrize(
    ("serves", "tested"),
    [(True, ["", ""]), (False, [""]), (None, ["", "once a model serves"])],
)
def test_the_model_in_service_is_scored_where_there_is_one(serves: bool | None, tested: list[str]) -> None:
    assert [line.note for line in bill.tests(spec(), "job", serves=serves)] == tested
