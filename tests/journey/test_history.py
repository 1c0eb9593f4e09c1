"""Training on more, for real: three drops trained on together, and the last one once more under a new spec."""

import json
import re
from pathlib import Path

from tests.journey import files
from tests.journey.yard import Json, Yard

GROWING = files.CHURN.replace("id: customer_id", "id: customer_id, history: all")
LENIENT = """
evaluate: {gate: [{metric: auc, min: 0.7}, {metric: auc, versus: baseline, margin: 0.2}]}
deploy: {canary: none}
"""
MODEL = "growing"


def trained(release: Json) -> str:
    return str(next(step["reason"] for step in release["history"] if step["stage"] == "training"))


def rows(yard: Yard, prefix: str) -> list[str]:
    return [line for key in yard.keys(prefix) for line in yard.read(key).splitlines()]


def job(yard: Yard, release: Json) -> Json:
    name = re.search(r"ym-\S+", trained(release))
    assert name
    described: Json = yard.client("sagemaker").describe_training_job(TrainingJobName=name.group())
    return described


def test_each_drop_is_trained_on_with_those_before_it_and_the_last_again_under_a_new_spec(
    yard: Yard, tmp_path: Path
) -> None:
    yard.put(f"{MODEL}/spec.yaml", GROWING + files.FEW_ROUNDS + LENIENT)
    for number in (1, 2, 3):
        yard.put(f"{MODEL}/data/month-{number}.csv", files.churn(20 + number))
        yard.live(MODEL, number)

    third = yard.live(MODEL, 3)
    own = [len(rows(yard, f"{MODEL}/releases/{number:04d}-month-{number}/channels/train/")) for number in (1, 2, 3)]
    assert f" on {sum(own):,} rows of #1, #2, #3 (" in trained(third)
    (uri,) = [
        channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in job(yard, third)["InputDataConfig"]
        if channel["ChannelName"] == "train"
    ]
    assert len(rows(yard, uri.removeprefix(f"s3://{yard.bucket}/"))) == sum(own)
    assert yard.evaluation(MODEL, 3)["yardmaster"]["trained_on"] == [1, 2, 3]

    spec = tmp_path / "spec.yaml"
    spec.write_text(GROWING + "train: {hyperparameters: {num_round: 25, max_depth: 3}}\n" + LENIENT)
    assert yard.command("spec", MODEL, spec).returncode == 0
    said = yard.command("retrain", MODEL, "--reason", "shallower trees")

    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{MODEL} #4 (month-3)" in said.stdout
    fourth = yard.live(MODEL, 4)
    assert "shallower trees; the drop of growing #3" in fourth["history"][0]["reason"]
    assert "the channels that were prepared before are as the spec says" in json.dumps(fourth["history"])
    # The third drop counts once, as the release that trains it again.
    assert f" on {sum(own):,} rows of #1, #2, #4 (" in trained(fourth)
    assert job(yard, fourth)["HyperParameters"]["max_depth"] == "3"
    replaced = yard.release(MODEL, 3)
    assert replaced
    assert replaced["stage"] == "replaced"
