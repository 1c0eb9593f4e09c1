"""An inference pipeline for real: three containers in processes of their own, behind an endpoint and in a canary."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.journey.test_journey import machine_is_busy, traffic
from tests.journey.yard import ROOT, Yard

EXAMPLE = ROOT / "examples/pipeline"
MODEL = "three-in-a-row"
QUICK = "  canary: {min_requests: 20, max_error_rate: 0.2}\n"
"""Little evidence will do here; the judge's figures have simulations of their own."""


@pytest.fixture(scope="module")
def drop_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline")
    subprocess.run([sys.executable, str(EXAMPLE / "make_data.py"), str(folder)], check=True, timeout=60)
    return folder / "customers.csv"


@pytest.fixture(scope="module", autouse=True)
def dropped(yard: Yard, drop_: Path) -> None:
    done = yard.command("drop", drop_, "--model", MODEL, "--spec", EXAMPLE / "spec.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def ask(yard: Yard, body: str) -> str:
    client = yard.client("sagemaker-runtime")
    answer = client.invoke_endpoint(EndpointName=MODEL, ContentType="text/csv", Accept="text/csv", Body=body)
    return str(answer["Body"].read().decode())


def test_callers_send_seconds_and_hear_what_to_do(yard: Yard) -> None:
    yard.live(MODEL, 1)
    assert ask(yard, "3,9,1200\n70,0,36000") == "call\nleave\n"


@pytest.mark.parametrize(
    ("body", "who"),
    [("3,9,many", r"server error \(500\) from before-1"), ("three,9,1200", r"client error \(415\) from model")],
)
def test_what_a_container_can_not_read_is_its_error(yard: Yard, body: str, who: str) -> None:
    yard.live(MODEL, 1)
    with pytest.raises(ClientError, match=f"Received {who} with message"):
        ask(yard, body)


def test_each_container_writes_a_log_stream_of_its_own(yard: Yard) -> None:
    yard.live(MODEL, 1)
    logs = yard.client("logs")

    def streams() -> bool:
        found = logs.describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{MODEL}")["logStreams"]
        last = {stream["logStreamName"].rpartition("/")[2] for stream in found}
        return {"before-1", "model", "after-1"} <= last

    assert yard.wait(streams)


def test_a_second_release_of_the_pipeline_goes_live_through_a_canary(yard: Yard, drop_: Path) -> None:
    yard.live(MODEL, 1)
    gate = "  gate: [{metric: auc, min: 0.7}, {metric: auc, versus: baseline, margin: 0.2}]\n"
    spec = (EXAMPLE / "spec.yaml").read_text().replace("  gate: [{metric: auc, min: 0.7}]\n", gate)
    yard.put(f"{MODEL}/spec.yaml", spec + QUICK)
    machine_is_busy(yard, MODEL)
    with traffic(yard, MODEL, "3,9,1200") as (answered, failed):
        yard.put(f"{MODEL}/data/again.csv", drop_.read_text() + "9999,1,9,10.0,yes\n")
        second = yard.live(MODEL, 2)
    assert failed == []
    assert len(answered) == 2, "both releases answered"
    assert min(answered.values()) >= 20
    assert [step["stage"] for step in second["history"]].count("canary") >= 1
