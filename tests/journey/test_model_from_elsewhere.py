"""The example of a model from elsewhere, for real: trained outside, dropped and registered, and then in service."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.yard import ROOT, Yard

EXAMPLE = ROOT / "examples/model_from_elsewhere"
MODEL = "from-elsewhere"


def run(yard: Yard, script: str, *arguments: str | Path) -> str:
    """Run a script of the example as a person does; return what it says."""
    command = [sys.executable, str(EXAMPLE / script), *map(str, arguments)]
    done = subprocess.run(command, env=yard.environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, str(EXAMPLE / "make_data.py"), str(folder)], check=True, timeout=60)
    return folder / "members.csv"


@pytest.fixture(scope="module")
def archive(yard: Yard, data: Path) -> Path:
    """A model that was trained elsewhere, once the first release serves."""
    done = yard.command("drop", data, "--model", MODEL, "--spec", EXAMPLE / "spec.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    yard.live(MODEL, 1)
    path = data.parent / "model.tar.gz"
    assert "5 features" in run(yard, "train_elsewhere.py", data, MODEL, path)
    return path


def test_a_model_that_was_trained_elsewhere_is_dropped_tested_and_serves(yard: Yard, archive: Path) -> None:
    done = yard.command("drop", archive, "--model", MODEL)
    assert done.returncode == 0, done.stdout + done.stderr

    release = yard.live(MODEL, 2)

    assert [step["stage"] for step in release["history"]][:3] == ["received", "testing", "evaluated"]
    evaluation = yard.evaluation(MODEL, 2)
    auc = evaluation["binary_classification_metrics"]["auc"]["value"]
    assert auc > evaluation["yardmaster"]["baseline"]["auc"]
    row = yard.encoded_row(MODEL, 1)
    runtime = yard.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=MODEL, ContentType="text/csv", Body=row)
    assert 0 <= float(answer["Body"].read()) <= 1
    assert answer["InvokedProductionVariant"] == f"release-{release['release']}"


def test_a_registered_package_of_it_is_a_release_like_any_other(yard: Yard, archive: Path) -> None:
    yard.ended(MODEL, 2)
    arn = run(yard, "register.py", archive, MODEL).strip()

    release = yard.live(MODEL, 3)

    assert arn in release["history"][0]["reason"]
    package = yard.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["CustomerMetadataProperties"]["release"] == release["release"]


def test_columns_that_the_endpoint_can_not_share_are_refused_with_the_difference(
    yard: Yard, archive: Path, tmp_path: Path
) -> None:
    yard.ended(MODEL, 3)
    key = next(key for key in yard.keys(f"{MODEL}/releases/0001-") if key.endswith("/columns.json"))
    record = json.loads(yard.read(key))
    fewer = [column for column in record["columns"] if column["name"] != "distance_km"]
    path = tmp_path / "columns.json"
    path.write_text(json.dumps({**record, "columns": fewer}))

    done = yard.command("drop", archive, "--model", MODEL, "--columns", path, "--wait", "--timeout", "170s")

    assert done.returncode == 1, done.stdout + done.stderr
    release = yard.ended(MODEL, 4)
    assert release["stage"] == "refused"
    assert "missing: 'distance_km'" in release["reason"]
