"""The examples of one's own code, for real: a script and a container train, are tested, deployed, and answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journey.yard import ROOT, Yard

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize(
    ("model", "folder", "metric"),
    [
        ("a-script", "script_mode", "validation:auc"),
        ("an-image", "own_container", "validation:log_loss"),
    ],
)
def test_an_example_of_ones_own_goes_live_and_answers(
    yard: Yard, tmp_path: Path, model: str, folder: str, metric: str
) -> None:
    subprocess.run([sys.executable, EXAMPLES / folder / "make_data.py", tmp_path], check=True)

    done = yard.command(
        "drop", tmp_path / "jan.csv", "--model", model, "--spec", EXAMPLES / folder / "spec.yaml", "--wait"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{model} #1 live" in done.stdout
    assert yard.evaluation(model, 1)["binary_classification_metrics"]["auc"]["value"] > 0.7
    sagemaker = yard.client("sagemaker")
    (trained,) = sagemaker.list_training_jobs(NameContains=model)["TrainingJobSummaries"]
    job = sagemaker.describe_training_job(TrainingJobName=trained["TrainingJobName"])
    assert [one["MetricName"] for one in job["FinalMetricDataList"]] == [metric]
    rows = "\n".join([yard.encoded_row(model, 1)] * 3)
    answer = yard.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=model, ContentType="text/csv", Accept="text/csv", Body=rows
    )
    scores = [float(line) for line in answer["Body"].read().split()]
    assert len(scores) == 3
    assert all(0 <= score <= 1 for score in scores)
