"""Spot capacity that is taken back, for real: XGBoost goes on from its last checkpoint, in another process."""

import re
import urllib.request

from tests.journey import files
from tests.journey.yard import Yard

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes", id: customer_id}
train:
  {use_spot_instances: true, max_run: 4h, max_wait: 24h, hyperparameters: {num_round: 700, max_depth: 2, eta: 0.01}}
evaluate: {gate: [{metric: auc, min: 0.7}]}
deploy: {canary: none}
"""


def test_an_interrupted_training_goes_on_from_its_checkpoint_and_goes_live(yard: Yard) -> None:
    yard.put("spot/spec.yaml", SPEC)
    yard.put("spot/data/jan.csv", files.churn(31))
    folder = "spot/releases/0001-jan/checkpoints/"
    yard.wait(lambda: yard.keys(folder))
    [job] = [
        one["TrainingJobName"]
        for one in yard.client("sagemaker").list_training_jobs(NameContains="ym-spot-")["TrainingJobSummaries"]
    ]
    # There is capacity again after a (virtual) quarter of an hour: long enough for somebody to see that it is missing.
    door = f"{yard.endpoint}/_local/training-jobs/{job}/interrupt?seconds=900"
    urllib.request.urlopen(urllib.request.Request(door, method="POST"), timeout=10).close()  # noqa: S310

    waiting = yard.waiting("spot", 1, "capacity")
    assert waiting["stage"] == "training"
    assert "was interrupted once: AWS took its instances back" in waiting["reason"]
    kept = sorted(int(key.rpartition(".")[2]) for key in yard.keys(folder))
    why = yard.command("why", "spot#1").stdout
    assert "it waits for instances" in why

    release = yard.live("spot", 1)
    assert any("it was interrupted once; " in step["reason"] for step in release["history"])
    lines = log_of(yard, job)
    resumed = [int(found[1]) for line in lines if (found := re.search(r"Resuming from iteration (\d+)", line))]
    assert resumed == [kept[-1] + 1]
    assert resumed[0] > 0
    rounds = [int(found[1]) for line in lines if (found := re.match(r"\[(\d+)\]#011", line))]
    assert rounds.count(0) == 1  # the second process did not begin anew
    assert rounds.count(resumed[0]) <= 2
    assert max(rounds) == 699
    described = yard.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert described["BillableTimeInSeconds"] < described["TrainingTimeInSeconds"]
    yard.wait(lambda: not yard.keys(folder))


def log_of(yard: Yard, job: str) -> list[str]:
    """Return what the job's containers wrote."""
    pages = (
        yard.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job}/")
    )
    # Moto does not look at the prefix.
    events = [event for page in pages for event in page["events"]]
    return [event["message"] for event in events if event["logStreamName"].startswith(f"{job}/")]
