"""An endpoint that takes rows as the user's files have them: what encodes them is deployed with the model."""

import io
import json
import tarfile
from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Invocation
from local_aws.template.planned import REGION
from tests.drops import SPEC
from tests.flows.test_artifacts_dropped import archive, bring
from tests.steps import JOURNEY, assert_settled, ended, visited
from tests.world import BUCKET, World
from yardmaster.encoder import inference
from yardmaster.flows.encoder import encoder
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.spec.parse import parse_spec

DATED = SPEC.replace('positive: "yes"', 'positive: "yes", id: customer, dates: {signup: [month, day_of_week]}')
JSON = "application/json"
RAW = DATED.replace("deploy: {", "deploy: {rows: raw, ")


def rows(seed: int) -> str:
    """Return a drop with ids, dates and words."""
    lines = (
        f"k{n},{n * seed % 2},2024-0{n % 9 + 1}-{n % 28 + 1:02},{('red', 'blue', 'lime')[n % 3]},"
        f"{('no', 'yes')[n * seed % 2]}"
        for n in range(seed, seed + 600)
    )
    return "\n".join(("customer,truth,signup,colour,churned", *lines)) + "\n"


def dropped(world: World, number: int, quality: float = 0.9, spec: str | None = None) -> Release:
    if spec is not None:
        world.put("churn/spec.yaml", spec)
    world.script.quality = {"*": quality}
    world.put(f"churn/data/month-{number}.csv", rows(2 * number + 1))
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def containers(world: World, model: str | None) -> list[dict[str, Any]]:
    described = world.sagemaker.describe_model(ModelName=model or "")
    found: list[dict[str, Any]] = described.get("Containers") or [described["PrimaryContainer"]]
    return found


def unpacked(world: World, uri: str) -> dict[str, bytes]:
    data = world.s3.get_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {member.name: file.read() for member in tar if (file := tar.extractfile(member))}


@pytest.fixture
def encoding(world: World) -> World:
    """A world in which the encoder's own code encodes, and callers send raw rows."""

    def encode(body: bytes) -> tuple[int, bytes]:
        uri = next(
            each["ModelDataUrl"]
            for model in world.sagemaker.list_models()["Models"]
            for each in containers(world, model["ModelName"])
            if each.get("ContainerHostname") == "encoder"
        )
        model = inference.Encoder(json.loads(unpacked(world, uri)["columns.json"]))
        answer = inference.predict_fn((body, "text/csv"), model)
        if isinstance(answer, inference.RefusedError):
            return answer.status, str(answer).encode()
        return 200, answer.encode()

    world.script.steps = {"*/encoder/*": encode}
    world.rows = lambda number: b"k9,1,2024-02-29,red"
    return world


def ask(world: World, body: bytes) -> tuple[int, bytes]:
    route = world.core.route("churn", None, 0.5)
    answer = world.executors.invoke(route.hosting_id, Invocation(body, "text/csv", "text/csv"))
    return answer.status, answer.body


def test_the_endpoint_gets_an_encoder_before_the_model_and_the_tests_the_model_alone(encoding: World) -> None:
    world = encoding
    first = dropped(world, 1, spec=RAW)

    assert visited(first) == [*JOURNEY, "live"]
    [tested] = containers(world, first.model_name)
    first_one, model = containers(world, first.served_model)
    assert model["ModelDataUrl"] == tested["ModelDataUrl"]
    assert first_one["Image"].endswith(f".dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert first_one["Environment"] == {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    assert first_one["ModelDataUrl"].startswith(f"s3://{BUCKET}/{first.folder}encoder/")
    files = unpacked(world, first_one["ModelDataUrl"])
    assert set(files) == {"columns.json", "code/inference.py"}
    assert files["columns.json"] == world.read(f"{first.folder}columns.json").encode()
    assert (first.rows, first.served_model) == ("raw", f"{first.model_name}-served")
    assert first.evaluation["candidate"]["auc"] == 1.0
    assert world.errors == []


def test_raw_rows_are_answered_and_bad_ones_refused_in_words(encoding: World) -> None:
    world = encoding
    dropped(world, 1, quality=1.0, spec=RAW)
    assert ask(world, b"k9,1,2024-02-29,red\nk8,0,,pink\n") == (200, b"1.0,0.0")
    assert ask(world, b"customer,colour,truth,signup\nk9,red,0,2024-01-01") == (200, b"0.0")
    assert ask(world, b"k9,1,yesterday,red") == (
        400,
        b"row 1, column 'signup': not a date (2024-01-31, or 2024-01-31 13:45)",
    )


def test_the_package_has_both_containers(encoding: World) -> None:
    world = encoding
    first = dropped(world, 1, spec=RAW)
    package = world.sagemaker.describe_model_package(ModelPackageName=first.package_arn)
    found = package["InferenceSpecification"]["Containers"]
    assert [each["ContainerHostname"] for each in found] == ["encoder", "model"]
    assert found[0]["ModelDataUrl"] == containers(world, first.served_model)[0]["ModelDataUrl"]


def test_a_better_model_for_raw_rows_goes_live_through_a_canary(encoding: World) -> None:
    world = encoding
    dropped(world, 1, quality=0.7, spec=RAW)
    world.traffic = 200
    second = dropped(world, 2, quality=0.9)
    assert visited(second) == [*JOURNEY, "canary", "promoting", "live"]
    assert (world.unanswered, world.errors) == (0, [])
    assert_settled(world)


def test_a_model_with_columns_of_its_own_takes_its_callers_rows(encoding: World) -> None:
    world = encoding
    first = dropped(world, 1, quality=0.7, spec=RAW)
    world.traffic = 200
    known = json.loads(world.read(f"{first.folder}columns.json"))
    by_name = {column["name"]: column for column in known["columns"]}
    own = [by_name[name] for name in ("churned", "truth", "colour")]
    world.put("churn/artifacts/columns.json", json.dumps({**known, "columns": own}))
    second = bring(world, archive(0.9))

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    files = unpacked(world, containers(world, second.served_model)[0]["ModelDataUrl"])
    model = inference.Encoder(json.loads(files["columns.json"]))
    assert model.encode("k9,1,2024-02-29,red", "text/csv") == model.encode('{"truth": 1, "colour": "red"}', JSON)
    assert len(model.encode("k9,1,2024-02-29,red,yes", "text/csv").split(",")) == 4
    assert (world.unanswered, world.errors) == (0, [])
    assert_settled(world)


def test_a_model_from_elsewhere_gets_an_encoder_too(encoding: World) -> None:
    world = encoding
    dropped(world, 1, quality=0.7, spec=RAW)
    world.traffic = 200
    second = bring(world, archive(0.9))
    assert second.stage is Stage.LIVE
    assert [each["ContainerHostname"] for each in containers(world, second.served_model)] == ["encoder", "model"]


def test_a_delimiter_in_the_spec_is_that_of_requests(encoding: World) -> None:
    world = encoding
    world.put("churn/spec.yaml", RAW.replace("id: customer", "id: customer, delimiter: ';'"))
    world.put("churn/data/month-1.csv", rows(3).replace(",", ";"))
    world.run(lambda: ended(world, 1))
    first = world.release("churn", 1)
    assert first.stage is Stage.LIVE
    assert containers(world, first.served_model)[0]["Environment"]["YARDMASTER_DELIMITER"] == ";"


def test_an_algorithm_that_takes_no_empty_cells_is_sent_none(encoding: World) -> None:
    world = encoding
    first = dropped(world, 1, spec=RAW)
    spec = parse_spec(RAW.replace("xgboost", "linear-learner").encode())
    made = encoder(Yard.from_env(), first, spec)
    assert made.environment["YARDMASTER_WHOLE_ROWS"] == "true"


@pytest.mark.parametrize(("before", "after"), [(RAW, DATED), (DATED, RAW)])
def test_what_a_serving_endpoint_takes_does_not_change(encoding: World, before: str, after: str) -> None:
    world = encoding
    first = dropped(world, 1, quality=0.7, spec=before)
    second = dropped(world, 2, spec=after)
    assert second.stage is Stage.REFUSED
    assert f"endpoint churn takes {first.rows} rows, as churn #1 is in service" in second.reason
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
    refused = bring(world, archive(0.9), number=3)
    assert refused.stage is Stage.REFUSED
    assert f"put `rows: {first.rows}` back" in refused.reason


def test_a_new_endpoint_may_take_other_rows(encoding: World) -> None:
    world = encoding
    dropped(world, 1, quality=0.7, spec=DATED)
    second = dropped(world, 2, spec=RAW.replace("rows: raw", "rows: raw, endpoint: churn-raw"))
    assert (second.stage, second.rows) == (Stage.LIVE, "raw")


def test_a_release_that_began_before_another_went_live_does_not_change_its_rows(encoding: World) -> None:
    world = encoding
    world.put("churn/spec.yaml", DATED)
    world.put("churn/data/month-1.csv", rows(3))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.put("churn/spec.yaml", RAW)
    world.put("churn/data/month-2.csv", rows(5))
    world.run(lambda: ended(world, 1) and ended(world, 2))
    first, second = world.release("churn", 1), world.release("churn", 2)
    assert first.stage is Stage.LIVE
    assert second.stage is Stage.FAILED
    assert "endpoint churn takes encoded rows, as churn #1 is in service" in second.reason
    assert world.weights("churn") == {f"release-{first.id}": 100.0}
    assert_settled(world)


@pytest.mark.parametrize("call", range(4))
def test_a_function_that_dies_around_the_encoder_leaves_no_trace(encoding: World, call: int) -> None:
    world = encoding
    seen: list[str] = []

    def kill(function: str, number: int, operation: str) -> bool:
        del number
        if function != "test_candidate" or operation not in ("s3:PutObject", "sagemaker:CreateModel"):
            return False
        seen.append(operation)
        return len(seen) == call + 1

    world.kill = kill
    first = dropped(world, 1, spec=RAW)
    assert first.stage is Stage.LIVE
    assert len(seen) > call
    assert {each["ModelName"] for each in world.sagemaker.list_models()["Models"]} == {
        first.model_name,
        first.served_model,
    }
    written = world.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{first.folder}encoder/")["Contents"]
    assert len(written) == 1
