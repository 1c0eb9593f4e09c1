"""Scripts and images of one's own, from the drop to the endpoint, on the virtual clock."""

import io
import json
import tarfile
from typing import Any

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import csv
from tests.steps import drop, ended, visited
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage

SCRIPT = """
algorithm: {script: {entry_point: train.py, framework: sklearn, framework_version: 1.2-1}}
data: {label: churned, positive: "yes"}
train:
  hyperparameters: {n-estimators: 50, alpha: 0.5, deep: true, layers: [1, 2], opts: {a: 1}, word: gini, text: "5"}
  metric_definitions: [{name: "validation:auc", regex: "auc=([0-9.]+)"}]
deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}
"""
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"
IMAGE = f"""
algorithm: {{image: "{OWN_IMAGE}", environment: {{MINE: "1"}}}}
data: {{label: churned, positive: "yes"}}
train: {{hyperparameters: {{factor: 2, word: gini, list: [1]}}}}
deploy: {{canary: none}}
"""
TRAIN = b"print('auc=0.9')\n"


@pytest.fixture
def coded(world: World) -> World:
    """A world whose model has code in its folder."""
    world.put("churn/source/train.py", TRAIN)
    world.put("churn/source/more/helper.py", b"x = 1\n")
    world.put("churn/source/.git/config", b"no code")
    world.put("churn/source/__pycache__/train.pyc", b"no code")
    return world


def job(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_training_job(TrainingJobName=release.training_job or "")
    return found


def test_a_scripts_job_is_told_what_the_sagemaker_sdk_would_tell_it(coded: World) -> None:
    """Recorded on 2026-11-30 from sagemaker 2.257.7, whose client was a mock, but for names and places.

    `SKLearn(entry_point="train.py", source_dir="code", framework_version="1.2-1", hyperparameters={…}).fit(…)`.
    """
    release = drop(coded, 1, spec=SCRIPT)

    found = job(coded, release)
    code = json.loads(found["HyperParameters"]["sagemaker_submit_directory"])
    assert found["HyperParameters"] == {
        "n-estimators": "50",
        "alpha": "0.5",
        "deep": "true",
        "layers": "[1, 2]",
        "opts": '{"a": 1}',
        "word": '"gini"',
        "text": '"5"',
        "sagemaker_submit_directory": json.dumps(code),
        "sagemaker_program": '"train.py"',
        "sagemaker_container_log_level": "20",
        "sagemaker_job_name": json.dumps(release.training_job),
        "sagemaker_region": '"us-east-1"',
    }
    assert found["AlgorithmSpecification"] == {
        "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
    }
    model = coded.sagemaker.describe_model(ModelName=release.model_name or "")["PrimaryContainer"]
    # `estimator.create_model().prepare_container_def(…)`
    assert model["Image"] == found["AlgorithmSpecification"]["TrainingImage"]
    assert model["Environment"] == {
        "SAGEMAKER_PROGRAM": "train.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": code,
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_REGION": "us-east-1",
    }


def test_xgboosts_container_is_told_the_same_in_script_mode(coded: World) -> None:
    """Recorded likewise: `XGBoost(entry_point="train.py", framework_version="1.7-1", …)`."""
    release = drop(
        coded, 1, spec=SCRIPT.replace("sklearn, framework_version: 1.2-1", "xgboost, framework_version: 1.7-1")
    )

    found = job(coded, release)
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    assert found["AlgorithmSpecification"]["TrainingImage"] == image
    assert found["HyperParameters"]["sagemaker_program"] == '"train.py"'
    assert found["HyperParameters"]["word"] == '"gini"'
    model = coded.sagemaker.describe_model(ModelName=release.model_name or "")["PrimaryContainer"]
    assert (model["Image"], model["Environment"]["SAGEMAKER_PROGRAM"]) == (image, "train.py")


def test_a_scripts_model_takes_over_by_a_canary(coded: World) -> None:
    drop(coded, 1, quality=0.7, spec=SCRIPT)
    coded.traffic = 200

    second = drop(coded, 2, quality=0.9)

    assert visited(second)[-3:] == ["canary", "promoting", "live"]
    assert coded.errors == []


def test_the_same_code_is_kept_once_and_other_code_beside_it(coded: World) -> None:
    first = drop(coded, 1, spec=SCRIPT.replace("canary: {min_requests: 100, max_error_rate: 0.05}", "canary: none"))
    drop(coded, 2)
    [kept] = coded.s3.versions("churn/code/")
    coded.put("churn/source/train.py", b"print('auc=0.8')\n")
    drop(coded, 3)

    keys = coded.s3.versions("churn/code/")
    assert len(keys) == 2
    assert kept in keys
    packed = coded.s3.get_object(Bucket=BUCKET, Key=kept)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getnames() == ["more/helper.py", "train.py"]
    assert f"code {kept.split('/')[2][:12]} (2 files)" in next(
        step.reason for step in first.history if step.stage is Stage.TRAINING
    )


def test_the_same_data_with_other_code_is_trained_on_again(coded: World) -> None:
    spec = SCRIPT.replace("canary: {min_requests: 100, max_error_rate: 0.05}", "canary: none")
    drop(coded, 1, spec=spec)
    coded.put("churn/data/month-1.csv", csv(1))
    coded.run(lambda: ended(coded, 2))
    assert coded.stage("churn", 2) is Stage.UNCHANGED

    coded.put("churn/source/train.py", b"print('better')\n")
    coded.put("churn/data/month-1.csv", csv(1))
    coded.run(lambda: ended(coded, 3))

    assert coded.stage("churn", 3) is Stage.LIVE


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "entry_point: other.py",
            "algorithm.script.entry_point: other.py is not in churn/source/; there is more/helper.py, train.py",
        ),
        (
            "entry_point: train.py, requirements: needs.txt",
            "algorithm.script.requirements: needs.txt is not in churn/source/; there is more/helper.py, train.py",
        ),
        (
            "entry_point: train.py, source_dir: src",
            "algorithm.script.source_dir: churn/src/ is empty: upload the code there, as `yardmaster drop --spec` does",
        ),
    ],
)
def test_code_that_is_not_there_refuses_the_release_in_words(coded: World, script: str, words: str) -> None:
    release = drop(coded, 1, spec=SCRIPT.replace("entry_point: train.py", script))

    assert (release.stage, release.reason) == (Stage.REFUSED, words)
    assert coded.s3.versions("churn/code/") == []


def test_too_much_code_refuses_the_release_before_it_is_read(coded: World) -> None:
    coded.put("churn/source/weights.bin", bytes(51 * 1024**2))

    release = drop(coded, 1, spec=SCRIPT)

    assert release.stage is Stage.REFUSED
    assert "churn/source/ has 53 MB, the limit is 50 MiB" in release.reason


def test_requirements_of_another_name_are_put_where_the_container_looks(coded: World) -> None:
    coded.put("churn/source/needs.txt", b"numpy\n")

    drop(coded, 1, spec=SCRIPT.replace("entry_point: train.py", "entry_point: train.py, requirements: needs.txt"))

    [kept] = coded.s3.versions("churn/code/")
    packed = coded.s3.get_object(Bucket=BUCKET, Key=kept)["Body"].read()
    assert artifacts.read_file(packed, "requirements.txt") == b"numpy\n"


def test_code_alone_wakes_nobody(world: World) -> None:
    world.put("churn/source/train.py", TRAIN)
    world.put("churn/source/data/rows.csv", b"a,b\n1,2\n")
    world.run_for(600)

    assert list(world.table.releases_of("churn")) == []


TUNE = """
tune:
  objective_metric_name: "validation:auc"
  objective_type: Maximize
  max_jobs: 3
  max_parallel_jobs: 3
  hyperparameter_ranges:
    eta: {type: continuous, min: 0.1, max: 1}
    booster: {type: categorical, values: [tree, 5]}
"""


def test_a_script_is_tuned_on_a_metric_of_its_own_log(coded: World) -> None:
    coded.script.objective = lambda given: [float(given["eta"])]

    release = drop(coded, 1, spec=SCRIPT + TUNE)

    assert release.stage is Stage.LIVE, release.reason
    name = release.tuning_job or ""
    found: Any = coded.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    definition = found["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"]["sagemaker_program"] == '"train.py"'
    # As the SDK writes the categories of a script: `CategoricalParameter.as_json_range`.
    ranges = found["HyperParameterTuningJobConfig"]["ParameterRanges"]["CategoricalParameterRanges"]
    assert ranges == [{"Name": "booster", "Values": ['"tree"', '"5"']}]
    model = coded.sagemaker.describe_model(ModelName=release.model_name or "")["PrimaryContainer"]
    assert model["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"].endswith("/sourcedir.tar.gz")


def test_a_job_that_leaves_no_model_fails_the_release_in_words(coded: World) -> None:
    def lose(function: str, call: int, operation: str) -> None:
        if function == "test_candidate" and operation == "sagemaker:CreateModel":
            for key in coded.s3.versions("churn/releases/"):
                if key.endswith("/output/model.tar.gz"):
                    coded.s3.delete_object(Bucket=BUCKET, Key=key)

    coded.meanwhile = lose
    release = drop(coded, 1, spec=SCRIPT)

    assert release.stage is Stage.FAILED
    assert "completed and left no model" in release.reason
    assert "SM_MODEL_DIR" in release.reason


def test_an_image_of_ones_own_goes_live_with_its_hyperparameters_and_environment(world: World) -> None:
    world.script.images = ["*/churn:*"]

    release = drop(world, 1, spec=IMAGE)

    assert release.stage is Stage.LIVE, release.reason
    found = job(world, release)
    assert found["AlgorithmSpecification"]["TrainingImage"] == OWN_IMAGE
    assert found["HyperParameters"] == {"factor": "2", "word": "gini", "list": "[1]"}
    assert found["Environment"] == {"MINE": "1"}
    model = world.sagemaker.describe_model(ModelName=release.model_name or "")["PrimaryContainer"]
    assert (model["Image"], model["Environment"]) == (OWN_IMAGE, {"MINE": "1"})


def test_an_image_that_nobody_registered_fails_with_what_to_do(world: World) -> None:
    release = drop(world, 1, spec=IMAGE)

    assert release.stage is Stage.FAILED
    assert ".local/images.yaml" in release.reason


@pytest.mark.parametrize(
    ("more", "program"), [("", "train.py"), ("artifacts: {entry_point: inference.py}\n", "inference.py")]
)
def test_a_model_from_elsewhere_brings_a_scripts_code_itself(coded: World, more: str, program: str) -> None:
    spec = SCRIPT.replace("canary: {min_requests: 100, max_error_rate: 0.05}", "canary: none") + more
    drop(coded, 1, quality=0.7, spec=spec)
    coded.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, seed=7).archive())
    coded.run(lambda: ended(coded, 2))

    release = coded.release("churn", 2)
    assert release.stage is Stage.LIVE, release.reason
    model = coded.sagemaker.describe_model(ModelName=release.model_name or "")["PrimaryContainer"]
    assert model["Image"].endswith("/sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert model["Environment"]["SAGEMAKER_PROGRAM"] == program
    assert model["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"] == "/opt/ml/model/code"
