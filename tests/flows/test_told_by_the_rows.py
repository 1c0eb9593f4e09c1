"""Specs of another built-in algorithm: what follows from the rows is told the job, or the drop is refused in words."""

from tests.drops import csv
from tests.world import World
from yardmaster.records import Stage


def spec(given: str = "", data: str = "") -> str:
    return (
        f"algorithm: linear-learner\ndata: {{label: churned, positive: 'yes'{data}}}\n"
        f"train: {{hyperparameters: {{{given}}}}}\n"
    )


def drop(world: World, text: str, rows: str) -> None:
    world.put("churn/spec.yaml", text)
    world.put("churn/data/jan.csv", rows)


def test_the_job_is_told_what_follows_from_the_rows(world: World) -> None:
    drop(world, spec("epochs: 5"), csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    release = world.release("churn", 1)
    job = world.sagemaker.describe_training_job(TrainingJobName=release.training_job)
    assert job["AlgorithmSpecification"]["TrainingImage"].endswith("/linear-learner:1")
    assert job["HyperParameters"] == {
        "predictor_type": "binary_classifier",
        "feature_dim": "5",
        "mini_batch_size": str(release.channels["train"].rows),
        "epochs": "5",
    }


def test_what_the_rows_do_not_allow_is_refused_before_the_job(world: World) -> None:
    drop(world, spec("mini_batch_size: 5000"), csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REFUSED)
    said = world.release("churn", 1).reason
    assert said.startswith("train.hyperparameters.mini_batch_size: 5000 is more than linear-learner can have of the ")


def test_their_rows_are_left_out_where_the_spec_says_so(world: World) -> None:
    drop(world, spec(data=", missing: drop_rows"), csv(1).replace("red", "", 1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    assert sum(channel.rows for channel in world.release("churn", 1).channels.values()) == 599
