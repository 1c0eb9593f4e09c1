"""The dashboard and the alarms: what they look at is there, and what they read from logs is written."""

import itertools
import json
import logging
import re
from typing import Any

import pytest

from local_aws.embedded_metrics import datapoints
from local_aws.template.intrinsics import resolve
from local_aws.template.planned import planned
from local_aws.template.sam import translate
from tests.drops import SPEC, UNSHARED, csv
from tests.rights import TEMPLATE, stack
from tests.steps import drop
from tests.world import World, a_world
from yardmaster.records import Stage

ON = {"Alarms": "yes", "Dashboard": "yes"}
OF_AWS = {
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Invocations", "Errors", "Duration"},
    "AWS/SageMaker": {"Invocations", "InvocationModelErrors", "Invocation5XXErrors"},
}
"""https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and the like pages of SQS and Lambda."""
OURS = {"Yardmaster": {"JobsRunning", "JobsWaiting"}}
COLUMNS = 24


@pytest.fixture(scope="module")
def widgets() -> list[dict[str, Any]]:
    return dashboard(ON)


def dashboard(parameters: dict[str, str]) -> list[dict[str, Any]]:
    translated = translate(TEMPLATE)
    scope = planned(translated, "yard", parameters)
    body = resolve(translated.document["Resources"]["Overview"]["Properties"]["DashboardBody"], scope)
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


@pytest.fixture(scope="module")
def log_lines() -> list[str]:
    """What the functions log while releases go live, wait and are rejected."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    kept, ours = Kept(), logging.getLogger("yardmaster")
    before = ours.level
    ours.addHandler(kept)
    ours.setLevel(logging.INFO)
    try:
        with a_world() as world:
            journeys(world)
    finally:
        ours.removeHandler(kept)
        ours.setLevel(before)
    return lines


def journeys(world: World) -> None:
    world.put("churn/data/month-0.csv", csv(9, 200))
    world.run_for(60)
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 300
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 3) is Stage.LIVE)


def queries(widgets: list[dict[str, Any]]) -> dict[str, str]:
    return {one["properties"]["title"]: one["properties"]["query"] for one in widgets if one["type"] == "log"}


def parsed(query: str, lines: list[str]) -> list[dict[str, str]]:
    """Return what a query's filter and parse make of log lines; Logs Insights writes names of groups without the P."""
    keep = re.search(r"filter message like /(.*?)/ \|", query)
    take = re.search(r"parse message /(.*?)/ \|", query)
    assert keep
    assert take
    pattern = re.compile(take[1].replace("(?<", "(?P<"))
    found = [pattern.search(line) for line in lines if re.search(keep[1], line)]
    assert all(found), "the filter lets lines through that the pattern can't read"
    return [one.groupdict() for one in found if one]


def test_no_widget_lies_on_another(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for one in widgets:
        cells = {
            (x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])
        }
        assert max(x for x, _ in cells) < COLUMNS
        assert not cells & taken, one["properties"].get("title")
        taken |= cells


def test_it_shows_metrics_that_aws_publishes_and_two_of_our_own(widgets: list[dict[str, Any]]) -> None:
    shown: set[tuple[str, str]] = set()
    for one in widgets:
        for row in one["properties"].get("metrics", []):
            if isinstance(row[0], dict):
                search = re.search(r'\{(AWS/\w+),.*?\} MetricName="(\w+)"', row[0]["expression"])
                shown |= {(search[1], search[2])} if search else set()
            elif row[0] != "...":
                shown.add((row[0], row[1]))
    assert len(shown) == 9
    for namespace, name in shown:
        assert name in {**OF_AWS, **OURS}[namespace]


def test_expressions_name_only_what_the_widget_has(widgets: list[dict[str, Any]]) -> None:
    for one in widgets:
        rows = [row[0] for row in one["properties"].get("metrics", []) if isinstance(row[0], dict)]
        plain = [row[-1] for row in one["properties"].get("metrics", []) if isinstance(row[-1], dict)]
        ids = {row["id"] for row in plain if "id" in row}
        for row in rows:
            if "SEARCH" not in row["expression"]:
                assert set(re.findall(r"\b[a-z]\w*", row["expression"])) <= ids


def test_stages_and_their_times_are_read_from_lines_that_functions_write(
    widgets: list[dict[str, Any]], log_lines: list[str]
) -> None:
    for title in ("Releases by stage (entered)", "Time per stage, in minutes"):
        moves = parsed(queries(widgets)[title], log_lines)
        assert {"training", "testing", "evaluated", "registered", "deploying", "live"} <= {
            one["entered"] for one in moves
        }
        assert {one["entered"] for one in moves} <= set(Stage)
        assert {one["left"] for one in moves} <= set(Stage)
    training = [int(one["seconds"]) for one in moves if one["left"] == "training"]
    assert all(60 <= seconds <= 300 for seconds in training), training


def test_waits_and_weights_are_read_from_lines_that_functions_write(
    widgets: list[dict[str, Any]], log_lines: list[str]
) -> None:
    waits = parsed(queries(widgets)["Caps, quotas and other waits"], log_lines)
    found = [(one["release"], one["stage"], one["what"]) for one in waits]
    assert found == [("churn #1", "received", "spec"), ("churn #1", "registered", "endpoint")]
    weights = parsed(queries(widgets)["Weights that endpoints were asked for"], log_lines)
    assert {one["endpoint"] for one in weights} == {"churn"}
    shares = [re.findall(r"release-\w+ (\d+)", one["weights"]) for one in weights]
    assert ["5"] in [share[1:] for share in shares] or ["95", "5"] in shares
    assert all(sum(map(int, share)) == 100 for share in shares)


def test_logs_are_read_of_functions_that_write_them(widgets: list[dict[str, Any]]) -> None:
    groups = {name for query in queries(widgets).values() for name in re.findall(r"SOURCE '(.*?)'", query)}
    stems = ("PrepareData", "StartTraining", "TestCandidate", "EvaluateCandidate", "DeployCanary", "JudgeCanary")
    assert {name.split("-")[1] for name in groups} == {f"{stem}LogGroup" for stem in (*stems, "RunBatchTransform")}


# --- Jobs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        ({}, {"MaxJobsAtOnce": 20}),
        ({"MaxJobsAtOnce": "4", "MaxJobsAtOncePerModel": "2"}, {"MaxJobsAtOnce": 4, "MaxJobsAtOncePerModel": 2}),
        ({"MaxJobsAtOnce": "0", "MaxJobsAtOncePerModel": "2"}, {"MaxJobsAtOncePerModel": 2}),
        ({"MaxJobsAtOnce": "0"}, {}),
    ],
)
def test_jobs_are_drawn_against_the_caps_that_there_are(parameters: dict[str, str], lines: dict[str, int]) -> None:
    (jobs,) = [one for one in dashboard(ON | parameters) if one["properties"].get("title") == "Jobs that run and wait"]
    drawn = jobs["properties"]["annotations"]["horizontal"]
    assert {one["label"].split(",")[0]: one["value"] for one in drawn} == lines


def test_jobs_by_model_are_read_from_lines_that_functions_write(
    widgets: list[dict[str, Any]], log_lines: list[str]
) -> None:
    found = parsed(queries(widgets)["Jobs by model, as they were last"], log_lines)
    assert {one["model"] for one in found} == {"churn"}
    assert {(one["runs"], one["waits"]) for one in found} >= {("1", "0"), ("0", "0")}
    assert (found[-1]["runs"], found[-1]["waits"]) == ("0", "0")


def test_jobs_are_counted_while_there_are_any_and_cost_nothing_after(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_world(stack((("Dashboard", "yes"),))) as world:
        monkeypatch.setenv("MAX_JOBS_AT_ONCE", "1")
        world.script.training_seconds = 1800
        for model in ("churn", "flights"):
            world.put(f"{model}/spec.yaml", UNSHARED)
            world.put(f"{model}/data/month-1.csv", csv(1, 200))
        world.run(lambda: world.stage("flights", 1) is Stage.TRAINING or world.stage("churn", 1) is Stage.TRAINING)
        began = world.now
        world.run_for(1500)
        world.run(lambda: all(world.stage(model, 1) is Stage.LIVE for model in ("churn", "flights")))
        ended = world.now
        world.run_for(3600)
    points = [point for line in capsys.readouterr().out.splitlines() for point in datapoints(line)]
    assert {(one.namespace, one.name, one.dimensions["Stack"]) for one in points} == {
        ("Yardmaster", "JobsRunning", "yardmaster"),
        ("Yardmaster", "JobsWaiting", "yardmaster"),
    }
    early = [(one.name, one.value) for one in points if began <= one.at < began + 1500]
    assert set(early) == {("JobsRunning", 1.0), ("JobsWaiting", 1.0)}
    assert len(early) >= 2 * 4
    assert max(one.at for one in points) <= ended


# --- Alarms -----------------------------------------------------------------------------------------------------------


def test_the_alarm_for_what_stands_still_looks_at_what_the_tick_writes(capsys: pytest.CaptureFixture[str]) -> None:
    translated = translate(TEMPLATE)
    alarm = resolve(
        translated.document["Resources"]["StandsStillAlarm"]["Properties"], planned(translated, "yardmaster", ON)
    )
    with a_world(stack((*ON.items(), ("MaxRunSeconds", "604800")))) as world:
        world.script.training_seconds = 40 * 3600
        world.put("churn/spec.yaml", SPEC.replace("deploy:", "train: {max_run: 2d}\ndeploy:"))
        world.put("churn/data/month-1.csv", csv(1, 200))
        world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
        world.run_for(38 * 3600)
    points = [point for line in capsys.readouterr().out.splitlines() for point in datapoints(line)]

    asked = (alarm["Namespace"], alarm["MetricName"], {one["Name"]: one["Value"] for one in alarm["Dimensions"]})
    points = [one for one in points if not one.name.startswith("Jobs")]
    assert {(one.namespace, one.name, tuple(one.dimensions.items())) for one in points} == {
        (asked[0], asked[1], tuple(asked[2].items()))
    }
    # Once an hour at least, so that no period of the alarm is without one.
    assert max(later.at - one.at for one, later in itertools.pairwise(points)) <= alarm["Period"] + 60
    assert any(one.value > int(alarm["Threshold"]) for one in points)


def test_each_alarm_says_what_no_data_means_and_the_parameter_what_all_cost() -> None:
    document = translate(TEMPLATE).document
    alarms = {name: one for name, one in document["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    # A queue without messages, and a stack without releases, send nothing; a tick that doesn't run neither.
    assert {name: one["Properties"]["TreatMissingData"] for name, one in alarms.items()} == {
        "UndeliveredEventsAlarm": "notBreaching",
        "FailedInvocationsAlarm": "notBreaching",
        "StandsStillAlarm": "notBreaching",
        "TickAlarm": "breaching",
    }
    assert {one["Condition"] for one in alarms.values()} == {"HasAlarms"}
    looked_at = sum(
        sum("MetricStat" in metric for metric in one["Properties"].get("Metrics", [{"MetricStat": {}}]))
        for one in alarms.values()
    )
    own = sum(one["Properties"].get("Namespace") == "Yardmaster" for one in alarms.values())
    # https://aws.amazon.com/cloudwatch/pricing/: $0.10 for each metric that an alarm looks at, $0.30 for our own.
    said = " ".join(document["Parameters"]["Alarms"]["Description"].split())
    assert f"at most ${0.10 * looked_at + 0.30 * own:.2f} a month" in said


def test_nobody_who_has_no_alarms_pays_for_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    with a_world() as world:
        drop(world, 1, spec=SPEC)
        assert "_aws" not in capsys.readouterr().out
