"""Every folder of `examples/` that has data, dropped as its README says; and what the talk's tuning notebook showed."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.journey.yard import ROOT, Json, Yard

SECONDS = 400.0
"""For a drop to its end, beside the other examples."""


@dataclass(frozen=True)
class Example:
    """A folder: `README.md`, `spec.yaml`, `make_data.py FOLDER`, and `expected` if a drop does not end live."""

    folder: Path

    @property
    def model(self) -> str:
        return self.folder.name.replace("_", "-")

    @property
    def spec(self) -> Path:
        return self.folder / "spec.yaml"

    @property
    def readme(self) -> list[str]:
        return (self.folder / "README.md").read_text().splitlines()

    def make(self, folder: Path) -> list[Path]:
        """Write what is dropped, each file or folder by itself, in this order."""
        folder.mkdir()
        command = [sys.executable, str(self.folder / "make_data.py"), str(folder)]
        subprocess.run(command, check=True, timeout=60, cwd=folder)
        return sorted(folder.iterdir())

    def endings(self, drops: list[Path]) -> list[str]:
        """Return the stage in which each drop's release ends."""
        expected = self.folder / "expected"
        return expected.read_text().split() if expected.exists() else ["live"] * len(drops)


EXAMPLES = [Example(path.parent) for path in sorted((ROOT / "examples").glob("*/make_data.py"))]


def names(example: Example) -> str:
    return example.folder.name


@dataclass
class Shop:
    """What the examples have made."""

    yard: Yard
    folder: Path

    @cached_property
    def drops(self) -> dict[str, list[Path]]:
        return {example.model: example.make(self.folder / example.model) for example in EXAMPLES}

    def drop(self, example: Example, number: int) -> None:
        """Drop one, by the command line; the spec with the first."""
        spec = ["--spec", str(example.spec)] if number == 1 else []
        done = self.yard.command("drop", self.drops[example.model][number - 1], "--model", example.model, *spec)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module", autouse=True)
def shop(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Drop the first of each: they don't wait for each other."""
    made = Shop(yard, tmp_path_factory.mktemp("examples"))
    for example in EXAMPLES:
        made.drop(example, 1)
    return made


@pytest.mark.parametrize("example", EXAMPLES, ids=names)
def test_a_readme_has_three_lines_and_the_second_is_the_command(example: Example) -> None:
    assert len(example.readme) == 3, "what it shows, the command, what comes of it"
    assert all(example.readme)
    command = example.readme[1]
    here = f"examples/{example.folder.name}"
    for part in (f"{here}/make_data.py", "yardmaster drop ", f"--model {example.model}", f"--spec {here}/spec.yaml"):
        assert part in command


@pytest.mark.parametrize("example", EXAMPLES, ids=names)
def test_an_example_makes_the_same_bytes_each_time(example: Example, shop: Shop, tmp_path: Path) -> None:
    def content(drops: list[Path]) -> list[bytes]:
        files = [file for drop in drops for file in ([drop] if drop.is_file() else sorted(drop.rglob("*")))]
        return [file.read_bytes() for file in files if file.is_file()]

    first = content(shop.drops[example.model])
    assert first
    assert content(example.make(tmp_path / "again")) == first


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("example", EXAMPLES, ids=names)
def test_an_example_ends_as_it_says(yard: Yard, shop: Shop, example: Example) -> None:
    drops = shop.drops[example.model]
    for number, ending in enumerate(example.endings(drops), 1):
        if number > 1:
            shop.drop(example, number)
        release = yard.ended(example.model, number, SECONDS)
        assert release["stage"] == ending, json.dumps(release, indent=1)


@pytest.mark.timeout(2 * SECONDS)
def test_the_batch_examples_parcels_are_scored_at_once_and_at_the_full_hour(yard: Yard) -> None:
    parcels = ROOT / "examples/batch/predict/today.csv"
    asked = list(csv.DictReader(parcels.read_text().splitlines()))
    yard.live("batch", 1, SECONDS)
    yard.put("batch/predict/hourly/today.csv", parcels.read_bytes())

    done = yard.command("predict", parcels, "--model", "batch", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr

    at_once = yard.wait(lambda: predictions(yard, "files"), SECONDS)
    at_the_hour = yard.wait(lambda: predictions(yard, "hourly"), SECONDS)
    assert [set(row) for row in at_once] == [{"parcel", "prediction"}] * len(asked)
    assert [{column: row[column] for column in asked[0]} for row in at_the_hour] == asked
    minutes = {row["parcel"]: float(row["prediction"]) for row in at_once}
    assert {row["parcel"]: float(row["prediction"]) for row in at_the_hour} == minutes
    assert minutes["D-11"] < minutes["B-02"] < minutes["C-40"]


def predictions(yard: Yard, name: str) -> list[dict[str, str]] | None:
    """Return the rows of the one result of a batch of the batch example, once there is a manifest."""
    keys = yard.keys(f"batch/predictions/{name}/")
    if not any(key.endswith("/manifest.json") for key in keys):
        return None
    (key,) = [key for key in keys if key.endswith("/today.csv")]
    return list(csv.DictReader(yard.read(key).splitlines()))


def tuned(yard: Yard, model: str) -> Json:
    """Return the tuning.json of a model's first release, which is live."""
    yard.live(model, 1, SECONDS)
    (key,) = [key for key in yard.keys(f"{model}/releases/0001-") if key.endswith("/tuning.json")]
    found: Json = json.loads(yard.read(key))
    return found


def jobs(yard: Yard, *arguments: str) -> list[Any]:
    """Return what `yardmaster jobs` finds."""
    done = yard.command("jobs", *arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def deployed(yard: Yard, endpoint: str) -> str:
    """Return where the model comes from that an endpoint serves."""
    sagemaker = yard.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    return str(sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["ModelDataUrl"])


@pytest.mark.timeout(2 * SECONDS)
def test_the_notebooks_tuning_job_is_analysed_and_its_best_is_deployed(yard: Yard) -> None:
    found = tuned(yard, "tune")

    trials = found["trials"]
    assert (found["status"], found["strategy"]) == ("Completed", "Bayesian")
    assert found["objective"] == {"metric": "validation:auc", "type": "Maximize"}
    assert found["training_jobs"] == {"asked": 20, "begun": 20, "finished": 20}
    assert [trial["status"] for trial in trials] == ["Completed"] * 20
    best = max(trials, key=lambda trial: trial["objective"])
    assert found["best"] == best["name"]
    assert 0.7 < best["objective"] < 0.9
    assert set(found["hyperparameters"]) == {"eta", "min_child_weight", "alpha", "max_depth"}
    assert found["hyperparameters"]["eta"]["importance"] is not None
    rows = list(csv.DictReader(io.StringIO(yard.read("tune/releases/0001-bank/tuning.csv"))))
    assert [row["name"] for row in rows] == [trial["name"] for trial in trials]
    assert [float(row["best_so_far"]) for row in rows] == sorted(float(row["best_so_far"]) for row in rows)
    assert all(1 <= int(row["max_depth"]) <= 10 and 0 <= float(row["eta"]) <= 1 for row in rows)
    # What the notebook's max_parallel_jobs=3 asks for.
    begun = sorted((row["started"], row["ended"]) for row in rows)
    assert max(sum(start <= at < end for start, end in begun) for at, _ in begun) == 3
    assert f"/{best['name']}/output/" in deployed(yard, "tune")


@pytest.mark.timeout(2 * SECONDS)
def test_the_notebooks_trials_are_listed_in_order(yard: Yard) -> None:
    found = tuned(yard, "tune")
    trials = sorted(found["trials"], key=lambda trial: -trial["objective"])

    listed = jobs(yard, "tune", "--sort", "validation:auc")
    table = yard.command("jobs", "tune", "--sort", "validation:auc", "--limit", "3").stdout
    good = f"validation:auc>={trials[4]['objective'] - 1e-6:.6f}"
    some = jobs(yard, "tune", "--sort", "validation:auc", "--where", good, "--where", "max_depth>=1")
    (whole,) = jobs(yard, "tune", "--tuning")

    assert [one["metrics"]["validation:auc"] for one in listed] == pytest.approx([one["objective"] for one in trials])
    assert (listed[0]["job"], listed[0]["role"]) == (found["best"], "candidate")
    assert {one["role"] for one in listed[1:]} == {"trial"}
    assert listed[0]["test"]["auc"] == pytest.approx(
        yard.evaluation("tune", 1)["binary_classification_metrics"]["auc"]["value"]
    )
    # What does not fit into a line stands below it.
    shown = [line.split()[0] for line in table.splitlines() if line.startswith("ym-tune-")]
    assert shown == [one["job"] for one in listed[:3]]
    assert "there are more" in table
    assert [one["job"] for one in some] == [one["job"] for one in listed[: len(some)]]
    assert len(some) >= 5
    assert (whole["job"], whole["trials"], whole["best"]) == (found["tuning_job"], "20 of 20", found["best"])
    assert [one["release"] for one in jobs(yard, "tune", "--releases", "--sort", "test:auc")] == ["tune #1"]


@pytest.mark.timeout(2 * SECONDS)
def test_a_tuning_job_that_a_person_stops_in_the_middle_ends_well(yard: Yard, shop: Shop) -> None:
    sagemaker = yard.client("sagemaker")
    (tune,) = [example for example in EXAMPLES if example.model == "tune"]
    spec = tune.spec.read_text().replace("max_jobs: 20", "max_jobs: 200").replace('early_stopping_type: "Off"', "")
    assert "max_jobs: 200" in spec
    assert "early_stopping" not in spec
    (data,) = shop.drops["tune"]
    yard.put("halted/spec.yaml", spec)
    yard.put("halted/data/bank.csv", data.read_bytes())

    def enough() -> str | None:
        for one in sagemaker.list_hyper_parameter_tuning_jobs(NameContains="-halted-")[
            "HyperParameterTuningJobSummaries"
        ]:
            # Early stopping may end most of them: some seeds complete fewer than four of two hundred.
            ended = one["TrainingJobStatusCounters"]
            if ended["Completed"] and ended["Completed"] + ended["Stopped"] >= 4:
                return str(one["HyperParameterTuningJobName"])
        return None

    name = yard.wait(enough, SECONDS)
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    found = tuned(yard, "halted")

    begun = found["training_jobs"]["begun"]
    assert 4 <= found["training_jobs"]["finished"] <= begun < 200
    assert found["status"] == "Stopped"
    completed = [one for one in found["trials"] if one["status"] == "Completed"]
    best = max(completed, key=lambda one: one["objective"])
    assert found["best"] == best["name"]
    assert f"/{best['name']}/output/" in deployed(yard, "halted")
    reasons = " ".join(step["reason"] for step in yard.live("halted", 1)["history"])
    assert re.search(
        rf"{name} was stopped after \d+ of 200 training jobs, and its best is used: {best['name']}", reasons
    )
    (whole,) = jobs(yard, "--tuning", "--status", "Stopped")
    assert (whole["job"], whole["release"]) == (name, "halted #1")
