"""Predictions by schedule and of a file, for real: Scheduler's clock, a bus, a transform job, and results to read."""

import csv
import json
from pathlib import Path

import pytest

from tests.journey.files import CHURN, FEW_ROUNDS, churn
from tests.journey.test_serving_forms import GATE
from tests.journey.yard import Json, Yard

MODEL = "nightly-scores"
SPEC = CHURN + FEW_ROUNDS + GATE + "deploy: none\n"
SCHEDULED = "batch_transform: [{{schedule: {}, input: predict/nightly/, join_source: Input}}]\n"


@pytest.fixture(scope="module", autouse=True)
def _live(yard: Yard) -> None:
    """A model without an endpoint, and what it shall score."""
    yard.put(f"{MODEL}/spec.yaml", SPEC)
    yard.put(f"{MODEL}/data/jan.csv", churn(41))
    yard.live(MODEL, 1)
    for name in "ab":
        yard.put(f"{MODEL}/predict/nightly/{name}.csv", unlabelled(name))


def unlabelled(name: str, rows: int = 20) -> str:
    """Return rows as they are before anybody knows who leaves."""
    lines = churn(ord(name), rows).splitlines()
    return "\n".join(line.rpartition(",")[0] for line in lines) + "\n"


def batches(yard: Yard, stage: str) -> list[str]:
    """Return what `yardmaster batches` says of those in a stage."""
    said = yard.command("batches", MODEL)
    assert said.returncode == 0, said.stdout + said.stderr
    return [line for line in said.stdout.splitlines() if f"  {stage}: " in line]


def manifests(yard: Yard, name: str) -> list[str]:
    return [key for key in yard.keys(f"{MODEL}/predictions/{name}/") if key.endswith("/manifest.json")]


def schedules(yard: Yard) -> dict[str, Json]:
    """Return the model's schedules as EventBridge Scheduler has them."""
    client = yard.client("scheduler")
    listed = client.list_schedules(NamePrefix=MODEL)["Schedules"]
    return {one["Name"]: client.get_schedule(GroupName=one["GroupName"], Name=one["Name"]) for one in listed}


def test_a_schedule_follows_the_spec_scores_its_folder_and_the_same_files_only_once(yard: Yard) -> None:
    # A rate fires as soon as it is made, and again when it is changed.
    yard.put(f"{MODEL}/spec.yaml", SPEC + SCHEDULED.format("rate(2 days)"))
    (key,) = yard.wait(lambda: manifests(yard, "nightly"))
    ((name, made),) = schedules(yard).items()
    assert made["ScheduleExpression"] == "rate(2 days)"
    assert_scored(yard, key)

    yard.put(f"{MODEL}/spec.yaml", SPEC + SCHEDULED.format("rate(1 day), timezone: Europe/Berlin"))
    (again,) = yard.wait(lambda: batches(yard, "unchanged"))
    assert "the same files and the same model as in" in again
    assert manifests(yard, "nightly") == [key]
    changed = schedules(yard)[name]
    assert (changed["ScheduleExpression"], changed["ScheduleExpressionTimezone"]) == ("rate(1 day)", "Europe/Berlin")

    yard.put(f"{MODEL}/spec.yaml", SPEC)
    yard.wait(lambda: not schedules(yard))


def assert_scored(yard: Yard, key: str) -> None:
    """A real job made the results beside a manifest: each row as it was, with a score."""
    manifest = json.loads(yard.read(key))
    assert (manifest["release"], manifest["rows_in"], manifest["rows_out"]) == (f"{MODEL} #1", 40, 40)
    job = yard.client("sagemaker").describe_transform_job(TransformJobName=manifest["job"])
    assert (job["TransformJobStatus"], job["ModelName"]) == ("Completed", manifest["sagemaker_model"])
    for name in "ab":
        rows = list(csv.DictReader(yard.read(f"{key.rpartition('/')[0]}/{name}.csv").splitlines()))
        asked = list(csv.DictReader(unlabelled(name).splitlines()))
        assert [{column: row[column] for column in asked[0]} for row in rows] == asked
        assert all(0 <= float(row["score"]) <= 1 for row in rows)


def test_a_file_that_no_schedule_covers_is_scored_and_a_bad_one_is_told_by_its_line(yard: Yard, tmp_path: Path) -> None:
    (good := tmp_path / "people.csv").write_text(unlabelled("c", 3))
    (bad := tmp_path / "broken.csv").write_text(unlabelled("d", 1) + "d-9,many,red\n")

    scored = yard.command("predict", good, "--model", MODEL, "--wait")
    refused = yard.command("predict", bad, "--model", MODEL, "--wait")

    assert scored.returncode == 0, scored.stdout + scored.stderr
    (key,) = manifests(yard, "files")
    header, *rows = yard.read(f"{key.rpartition('/')[0]}/people.csv").splitlines()
    assert header == "customer_id,score"
    assert [row.partition(",")[0] for row in rows] == [f"{ord('c')}-{n}" for n in range(3)]
    assert refused.returncode == 1
    assert "refused: broken.csv, line 3, column 'number'" in refused.stdout
    assert "many" not in refused.stdout
