"""Other algorithms than XGBoost, from the drop to the endpoint: what their jobs are asked, how their answers count."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import SPEC, csv
from tests.steps import JOURNEY, assert_settled, drop, ended, visited
from tests.world import World
from yardmaster.records import Release, Stage

DEPLOY = "deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}\n"
LINEAR = f'algorithm: linear-learner\ndata: {{label: churned, positive: "yes"}}\n{DEPLOY}'
NEIGHBOURS = (
    f'algorithm: knn\ndata: {{label: churned, positive: "yes"}}\ntrain: {{hyperparameters: {{k: 5}}}}\n{DEPLOY}'
)
GROUPS = f"algorithm: k-means\ndata: {{id: name}}\ntrain: {{hyperparameters: {{k: 3}}}}\n{DEPLOY}"
COMPONENTS = GROUPS.replace("k-means", "pca").replace("k: 3", "num_components: 2")
LIBSVM = """
algorithm: xgboost
data: {content_type: text/libsvm}
train: {hyperparameters: {objective: "binary:logistic"}}
deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}
"""
SERIES = """
algorithm: deepar
data: {content_type: application/jsonlines}
train: {hyperparameters: {time_freq: D, epochs: 5, prediction_length: 7, context_length: 7}}
"""


def training(world: World, release: Release) -> dict[str, Any]:
    answer: dict[str, Any] = world.sagemaker.describe_training_job(TrainingJobName=release.training_job or "")
    return answer


def transform(world: World, release: Release, role: str = "candidate") -> dict[str, Any]:
    answer: dict[str, Any] = world.sagemaker.describe_transform_job(TransformJobName=release.transform_jobs[role])
    return answer


def channels(job: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the last folder and the content type of each channel of a training job."""
    return {
        one["ChannelName"]: (one["DataSource"]["S3DataSource"]["S3Uri"].split("/")[-2], one["ContentType"])
        for one in job["InputDataConfig"]
    }


def unlabelled(seed: int, rows: int = 600) -> str:
    """Return rows in three heaps, without a label."""
    draw = random.Random(seed)
    lines = [f"n{number},{draw.choice((0, 50, 90)) + draw.random():.4f},{draw.random():.4f}" for number in range(rows)]
    return "\n".join(("name,x,y", *lines)) + "\n"


def heaps(world: World, number: int, spec: str, quality: float = 0.9) -> Release:
    world.put("kinds/spec.yaml", spec)
    world.script.quality = {"*": quality}
    world.put(f"kinds/data/month-{number}.csv", unlabelled(number))
    world.run(lambda: ended(world, number, "kinds") or world.release("kinds", number).waiting_for is not None)
    return world.release("kinds", number)


def folder(world: World, model: str, files: dict[str, str]) -> Release:
    """Drop a folder that is split already."""
    for name, content in files.items():
        world.put(f"{model}/data/mar/{name}", content)
    world.put(f"{model}/data/mar/_SUCCESS", "")
    world.run(lambda: ended(world, 1, model) or world.release(model, 1).waiting_for is not None)
    return world.release(model, 1)


def test_linear_learner_is_told_what_to_predict_and_answers_in_json(world: World) -> None:
    world.traffic = 600
    release = drop(world, 1, spec=LINEAR)
    assert visited(release) == [*JOURNEY, "live"]
    job = training(world, release)
    assert channels(job) == {"train": ("train", "text/csv"), "validation": ("validation", "text/csv")}
    assert job["HyperParameters"] == {
        "predictor_type": "binary_classifier",
        "feature_dim": "5",
        "mini_batch_size": str(release.channels["train"].rows),
    }
    scored = transform(world, release)
    assert (scored["TransformOutput"]["Accept"], scored["TransformInput"]["ContentType"]) == (
        "application/jsonlines",
        "text/csv",
    )
    assert scored["DataProcessing"] == {"InputFilter": "$[1:]"}
    assert release.evaluation["candidate"]["auc"] > 0.9
    assert_settled(world)


@pytest.mark.parametrize(("quality", "stage"), [(0.95, Stage.LIVE), (0.05, Stage.REJECTED)])
@pytest.mark.parametrize("spec", [LINEAR, NEIGHBOURS])
def test_another_algorithm_is_compared_with_the_xgboost_in_service_on_the_same_rows(
    world: World, spec: str, quality: float, stage: Stage
) -> None:
    world.traffic = 600
    first = drop(world, 1, quality=0.6, spec=SPEC)
    second = drop(world, 2, quality=quality, spec=spec)
    assert (first.columns_digest, second.stage) == (second.columns_digest, stage), second.reason
    assert transform(world, second, "baseline")["TransformOutput"]["Accept"] == "text/csv"
    assert "jsonlines" in transform(world, second)["TransformOutput"]["Accept"]
    assert second.evaluation["baseline"]["auc"] > 0.9
    assert_settled(world)


def test_neighbours_are_asked_for_their_votes(world: World) -> None:
    release = drop(world, 1, spec=NEIGHBOURS)
    job = training(world, release)
    assert channels(job) == {"train": ("train", "text/csv"), "test": ("validation", "text/csv")}
    assert {name: job["HyperParameters"][name] for name in ("k", "predictor_type", "sample_size")} == {
        "k": "5",
        "predictor_type": "classifier",
        "sample_size": str(release.channels["train"].rows),
    }
    assert transform(world, release)["TransformOutput"]["Accept"] == "application/jsonlines; verbose=true"


def test_groups_are_found_without_a_label_and_judged_by_what_they_explain(world: World) -> None:
    world.traffic = 600
    first = heaps(world, 1, GROUPS, quality=0.8)
    assert first.stage is Stage.LIVE, first.reason
    job = training(world, first)
    assert channels(job) == {
        "train": ("train", "text/csv;label_size=0"),
        "test": ("validation", "text/csv;label_size=0"),
    }
    assert job["HyperParameters"] == {
        "k": "3",
        "feature_dim": "2",
        "mini_batch_size": str(first.channels["train"].rows),
    }
    assert "DataProcessing" not in transform(world, first) or not transform(world, first)["DataProcessing"]
    assert 0.9 < first.evaluation["candidate"]["explained"] <= 1
    assert "explained" in first.reason or "explained" in first.evaluation["reason"]
    again = heaps(world, 2, GROUPS, quality=0.85)
    assert again.stage is Stage.LIVE, again.reason
    assert set(again.evaluation["baseline"]) == {"explained", "msd", "mean_distance"}


def test_what_nothing_measures_waits_for_a_person(world: World) -> None:
    release = heaps(world, 1, COMPONENTS)
    assert (release.stage, release.evaluation["verdict"]) == (Stage.REGISTERED, "pass")
    assert release.waiting_for is not None
    assert release.waiting_for.kind == "approval"
    world.command("approve", release)
    world.run(lambda: ended(world, 1, "kinds"))
    assert world.stage("kinds", 1) is Stage.LIVE


def test_what_nothing_measures_goes_on_by_itself_if_the_spec_says_so(world: World) -> None:
    release = heaps(world, 1, COMPONENTS + "register: {approval_status: Approved}\n")
    assert release.stage is Stage.LIVE, release.reason


@pytest.mark.parametrize(
    ("spec", "content", "words"),
    [
        (LINEAR, csv(1) + "1,0.5,,yes\n", None),
        (LINEAR, csv(1) + "1,,red,yes\n", "line 602, column 'number': a value is missing, and linear-learner can't"),
        (LINEAR.replace("data: {", "data: {missing: drop_rows, "), csv(1) + "1,,red,yes\n", None),
    ],
)
def test_a_missing_value_is_refused_where_the_algorithm_takes_none(
    world: World, spec: str, content: str, words: str | None
) -> None:
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/jan.csv", content)
    world.run(lambda: ended(world, 1))
    release = world.release("churn", 1)
    assert release.stage is (Stage.REFUSED if words else Stage.LIVE), release.reason
    assert words is None or words in release.reason


def lines(seed: int, rows: int = 300) -> str:
    """Return libsvm; the first feature is the truth."""
    draw = random.Random(seed)
    truths = [draw.random() < 0.4 for _ in range(rows)]
    return "".join(f"{truth:d} 0:{truth:d} 3:{draw.random():.4f}\n" for truth in truths)


def truths(body: bytes) -> tuple[int, bytes]:
    """Answer the first feature of each line of libsvm."""
    return 200, "\n".join(line.split(" 3:")[0][-1] for line in body.decode().splitlines()).encode()


def test_libsvm_goes_to_the_job_as_it_is_and_is_judged_by_its_own_test_rows(world: World) -> None:
    world.script.steps = {}
    world.put("churn/spec.yaml", LIBSVM)
    files = {f"{name}/part-0.libsvm": lines(at) for at, name in enumerate(("train", "validation", "test"))}
    release = folder(world, "churn", files)
    job = training(world, release)
    assert channels(job) == {"train": ("train", "text/libsvm"), "validation": ("validation", "text/libsvm")}
    assert release.channels["train"].rows == 300
    assert world.read(f"{release.folder}files/train/part-0.libsvm") == files["train/part-0.libsvm"]
    scored = transform(world, release)
    assert scored["TransformInput"]["ContentType"] == "text/libsvm"
    assert scored["TransformInput"]["SplitType"] == "Line"


def test_a_model_from_elsewhere_is_judged_on_the_same_lines(world: World) -> None:
    world.script.steps = {"*": truths}
    world.rows = lambda number: b"0:1 3:0.5"
    world.traffic = 200
    world.put("churn/spec.yaml", LIBSVM)
    files = {f"{name}/part-0.libsvm": lines(at) for at, name in enumerate(("train", "validation", "test"))}
    first = folder(world, "churn", files)
    assert first.stage is Stage.LIVE, first.reason
    world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.99, 7).archive())
    world.run(lambda: ended(world, 2))

    second = world.release("churn", 2)
    assert second.baseline == first.id
    assert second.evaluation["rows"] == first.channels["test"].rows
    assert transform(world, second)["TransformInput"] == transform(world, second, "baseline")["TransformInput"]
    assert second.stage is Stage.LIVE, second.reason


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"train/a.libsvm": "1 0:1\n", "test/a.libsvm": "1 0:1\n", "vocab/v.txt": "x"}, "xgboost has no channel vocab"),
        ({"train/a.libsvm": "1 0:1\n"}, "no files in test/"),
        ({"test/a.libsvm": "1 0:1\n"}, "no files in train/"),
    ],
)
def test_channels_that_can_t_be_are_refused(world: World, files: dict[str, str], words: str) -> None:
    world.put("churn/spec.yaml", LIBSVM)
    release = folder(world, "churn", files)
    assert (release.stage, words in release.reason) == (Stage.REFUSED, True), release.reason


def test_a_file_alone_is_no_drop_for_what_goes_as_it_is(world: World) -> None:
    world.put("churn/spec.yaml", LIBSVM)
    world.put("churn/data/jan.csv", "1 0:1\n")
    world.run(lambda: ended(world, 1))
    assert "put the files into a folder with train/" in world.release("churn", 1).reason


def test_what_goes_as_it_is_makes_the_right_request_and_local_aws_says_why_it_can_t_run_it(world: World) -> None:
    world.put("sales/spec.yaml", SERIES)
    series = '{"start": "2026-01-01", "target": [1, 2, 3]}\n'
    release = folder(world, "sales", {"train/a.json": series * 3, "test/deep/b.json": series})
    assert release.training_job, release.reason
    job = training(world, release)
    assert channels(job) == {"train": ("train", "json"), "test": ("test", "json")}
    assert job["AlgorithmSpecification"]["TrainingImage"].endswith("/forecasting-deepar:1")
    assert job["HyperParameters"] == {"time_freq": "D", "epochs": "5", "prediction_length": "7", "context_length": "7"}
    assert world.keys(f"{release.folder}files/test/") == [f"{release.folder}files/test/deep/b.json"]
    assert (release.stage, "not available on local AWS" in release.reason) == (Stage.FAILED, True), release.reason


def test_the_same_files_and_the_same_spec_train_nothing(world: World) -> None:
    world.put("churn/spec.yaml", LIBSVM)
    files = {f"{name}/part-0.libsvm": lines(at) for at, name in enumerate(("train", "validation", "test"))}
    first = folder(world, "churn", files)
    for name, content in files.items():
        world.put(f"churn/data/apr/{name}", content)
    world.put("churn/data/apr/_SUCCESS", "")
    world.run(lambda: ended(world, 2))
    assert first.data_digest == world.release("churn", 2).data_digest
    assert world.stage("churn", 2) is (Stage.UNCHANGED if first.stage is Stage.LIVE else first.stage)


def killer(operation: str) -> Callable[[str, int, str], bool]:
    """Kill the first invocation that is about to make a call."""
    struck: list[str] = []

    def kill(function: str, _call: int, called: str) -> bool:
        if called != operation or function in struck:
            return False
        struck.append(function)
        return True

    return kill


@pytest.mark.parametrize("operation", ["PutObject", "CreateTrainingJob", "CreateModel", "CreateTransformJob"])
def test_a_crash_before_a_call_changes_nothing_in_the_end(world: World, operation: str) -> None:
    world.kill = killer(operation)
    release = heaps(world, 1, GROUPS)
    assert release.stage is Stage.LIVE, "\n".join(world.story())
