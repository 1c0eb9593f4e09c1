"""The whole journey on local AWS, for real: functions in processes, XGBoost, containers, a port, a fast clock."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journey import files
from tests.journey.files import CHURN
from tests.journey.yard import Yard

LENIENT_GATE = "evaluate: {gate: [{metric: auc, min: 0.7}, {metric: auc, versus: baseline, margin: 0.2}]}\n"
"""A few hundred test rows can tell no more."""
QUICK_CANARY = "deploy: {canary: {min_requests: 20, max_error_rate: 0.2}}\n"
"""Little evidence will do here; the judge's figures have simulations of their own."""


@pytest.fixture(autouse=True, scope="module")
def _all_at_once(yard: Yard) -> None:
    """Upload first what needs no person between: journeys don't wait for each other."""
    for key, body in files.UPLOADS.items():
        yard.put(key, body)


@contextmanager
def traffic(yard: Yard, endpoint: str, row: str) -> Iterator[tuple[Counter[str], list[Exception]]]:
    """Send requests by an ordinary client meanwhile; count who answered, and collect what failed."""
    client, stopping = yard.client("sagemaker-runtime"), threading.Event()
    answered: Counter[str] = Counter()
    failed: list[Exception] = []

    def send() -> None:
        while not stopping.wait(0.005):
            try:
                answer = client.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=row)
                answered[answer["InvokedProductionVariant"]] += 1
            except Exception as error:
                failed.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield answered, failed
    finally:
        stopping.set()
        sender.join()


def machine_is_busy(yard: Yard, endpoint: str) -> None:
    """Tell CloudWatch that the endpoint was slow at times on the day before.

    How long a container takes here is this machine's load, not the model: on a busy one a canary, which starts beside
    trainings, may look slower than the baseline did before, and goes back. What is proved here is the way; that a slow
    canary goes back, and one that is as fast doesn't, is proved on the virtual clock (tests/flows/test_latency.py).
    """
    described = yard.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    dimensions = [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": described["ProductionVariants"][0]["VariantName"]},
    ]
    slow: dict[str, Any] = {"MetricName": "ModelLatency", "Dimensions": dimensions, "Unit": "Microseconds"}
    slow |= {"Values": [60e6], "Counts": [5_000.0]}
    yard.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=[slow])


def test_the_first_drop_goes_live_by_the_command_line_and_answers(yard: Yard, tmp_path: Path) -> None:
    spec, data = tmp_path / "spec.yaml", tmp_path / "jan.csv"
    spec.write_text(CHURN + LENIENT_GATE + QUICK_CANARY.replace("canary:", "data_capture: {percent: 100}, canary:"))
    data.write_text(files.churn(1))

    done = yard.command("drop", data, "--model", "churn", "--spec", spec, "--wait", "--timeout", "170s")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "churn #1 live" in done.stdout
    runtime, row = yard.client("sagemaker-runtime"), yard.encoded_row("churn", 1)
    answer = runtime.invoke_endpoint(EndpointName="churn", ContentType="text/csv", Body=row)
    assert 0 <= float(answer["Body"].read()) <= 1
    variant = answer["InvokedProductionVariant"]
    answer = runtime.invoke_endpoint(EndpointName="churn", ContentType="text/csv", Body=row, TargetVariant=variant)
    assert answer["InvokedProductionVariant"] == variant
    yard.wait(lambda: "In service: churn #1." in yard.read("churn/STATUS.md"))


def test_the_second_drop_takes_over_under_traffic_and_no_request_fails(yard: Yard) -> None:
    first = yard.live("churn", 1)
    machine_is_busy(yard, "churn")
    with traffic(yard, "churn", yard.encoded_row("churn", 1)) as (answered, failed):
        yard.put("churn/data/feb.csv", files.churn(2))
        second = yard.live("churn", 2)
        new = f"release-{second['release']}"
        yard.wait(lambda: answered[new] > 100)

    stages = list(dict.fromkeys(step["stage"] for step in second["history"]))
    assert stages[-3:] == ["canary", "promoting", "live"]
    assert failed == []
    assert answered[f"release-{first['release']}"] > 100
    released = yard.release("churn", 1)
    assert released is not None
    assert released["stage"] == "replaced"
    endpoint = yard.client("sagemaker").describe_endpoint(EndpointName="churn")
    assert [variant["VariantName"] for variant in endpoint["ProductionVariants"]] == [new]
    # One row again and again is not what the test channel has; a warning says so, and stops nothing.
    (key,) = [key for key in yard.keys("churn/releases/0002-") if key.endswith("/decision.json")]
    told = json.loads(yard.read(key))["answers"][-1]
    assert told["verdict"] == "different", told
    lines = yard.read(yard.keys(f"churn/captured/churn/{new}/")[0]).splitlines()
    assert json.loads(lines[0])["captureData"]["endpointOutput"]["encoding"] == "CSV"


@pytest.mark.parametrize(
    ("model", "section", "metric", "least"),
    [
        ("metals", "multiclass_classification_metrics", "accuracy", 0.8),
        ("prices", "regression_metrics", "r2", 0.9),
        ("packed", "binary_classification_metrics", "auc", 0.8),
        ("excel", "binary_classification_metrics", "auc", 0.8),
        ("bare", "binary_classification_metrics", "auc", 0.8),
        ("parts", "binary_classification_metrics", "auc", 0.8),
    ],
)
def test_a_drop_of_another_kind_goes_live_with_its_own_figures(
    yard: Yard, model: str, section: str, metric: str, least: float
) -> None:
    yard.live(model, 1)

    figures = yard.evaluation(model, 1)[section]
    assert least < figures[metric]["value"] <= 1
    answer = yard.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=model, ContentType="text/csv", Body=yard.encoded_row(model, 1)
    )
    assert answer["Body"].read()


def test_data_that_comes_first_gets_a_proposal_that_works_as_it_is(yard: Yard) -> None:
    yard.waiting("early", 1, "spec")

    proposed = yard.wait(
        lambda: "early/spec.proposed.yaml" in yard.keys("early/") and yard.read("early/spec.proposed.yaml")
    )
    assert "label: churned" in proposed
    yard.put("early/spec.yaml", proposed)

    yard.live("early", 1)


def test_a_pending_release_goes_live_once_a_person_approves_it(yard: Yard) -> None:
    package = yard.waiting("careful", 1, "approval")["waiting_for"]["subject"]

    why = yard.command("why", "careful#1")
    done = yard.command("approve", "careful#1", "--reason", "looked at it")

    assert "waits for an approval" in why.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    yard.live("careful", 1)
    registered = yard.client("sagemaker").describe_model_package(ModelPackageName=package)
    assert "looked at it" in registered["ApprovalDescription"]


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("ragged.csv", files.churn(12).replace("12-5,", "12-5,,", 1), "ragged.csv, line 7: 5 cells instead of 4"),
        ("latin.csv", files.churn(12).replace("red", "röd").encode("latin-1"), "this is not UTF-8"),
        ("other.csv", files.churn(12).replace("colour", "color", 1), "added: 'color'; missing: 'colour'"),
        ("empty.csv", "", "empty"),
    ],
)
def test_a_drop_that_can_not_be_used_is_refused_in_words(yard: Yard, name: str, body: str | bytes, words: str) -> None:
    yard.live("packed", 1)
    before = max(one["number"] for one in yard.get("releases") if one["model"] == "packed")
    yard.put(f"packed/data/{name}", body)

    refused = yard.ended("packed", before + 1)

    assert refused["stage"] == "refused"
    assert words in refused["reason"]
    assert "12-5" not in refused["reason"]
    yard.wait(lambda: words in yard.read("packed/STATUS.md"))
    assert yard.keys(f"packed/releases/{before + 1:04d}-") == []


def test_the_same_bytes_under_the_same_key_start_no_job_and_new_ones_do(yard: Yard) -> None:
    yard.live("metals", 1)
    yard.put("metals/data/jan.csv", files.metals())
    assert yard.ended("metals", 2)["stage"] == "unchanged"

    yard.put("metals/data/jan.csv", files.metals(900))
    # It goes as far as it can without traffic.
    yard.wait(lambda: (found := yard.release("metals", 3)) and found["stage"] == "canary")
