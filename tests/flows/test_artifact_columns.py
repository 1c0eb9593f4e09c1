"""A model from elsewhere that brings its own columns.json: tested on the same rows, in its own order."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import SPEC, csv
from tests.fakes import s3
from tests.steps import assert_settled, drop, ended, visited
from tests.world import BUCKET, World
from yardmaster.aws import bucket
from yardmaster.flows import role_rows
from yardmaster.records import Release, Stage

MODEL, COLUMNS = "churn/artifacts/model.tar.gz", "churn/artifacts/columns.json"
NOWHERE = SPEC.replace("deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}", "deploy: none")
"""A spec whose models are only tested and registered: any order of columns will do."""


def archive(quality: float, name: str = "elsewhere") -> bytes:
    return ScriptedModel(name, "binary:logistic", 2, quality, seed=7).archive()


def columns_of(world: World, release: Release, *names: str, **changes: Any) -> str:
    """Return the release's columns.json with these columns only, in this order."""
    record = json.loads(world.read(f"{release.folder}columns.json"))
    by_name = {one["name"]: one for one in record["columns"]}
    return json.dumps({**record, "columns": [by_name[name] for name in names], **changes})


def bring(world: World, quality: float, number: int = 2) -> Release:
    """Drop a model and wait for the ending of its release."""
    world.put(MODEL, archive(quality, f"number {number}"))
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


@pytest.fixture
def live(world: World) -> Release:
    """The release in service, on an endpoint that takes encoded rows."""
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    return first


@pytest.fixture
def tested(world: World) -> Release:
    """The release in service of a model without an endpoint."""
    return drop(world, 1, quality=0.7, spec=NOWHERE)


def test_the_live_release_s_own_columns_change_nothing(world: World, live: Release) -> None:
    world.put(COLUMNS, columns_of(world, live, "churned", "truth", "number", "colour"))

    second = bring(world, 0.9)

    assert second.stage is Stage.LIVE
    assert (second.columns_uri, second.columns_digest) == (live.columns_uri, live.columns_digest)
    assert not any("reordered" in key for key in world.keys(second.folder))
    assert_settled(world)


def test_a_model_that_takes_fewer_columns_is_tested_on_the_same_rows_with_these(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))

    second = bring(world, 0.9)

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert second.evaluation["rows"] == tested.channels["test"].rows
    assert second.evaluation["candidate"]["log_loss"] < second.evaluation["baseline"]["log_loss"]
    assert "missing: 'number'" in str(second.history)
    (copy,) = [key for key in world.keys(second.folder) if key.endswith(".csv")]
    original = world.read(world.keys(f"{tested.folder}channels/test/")[0]).splitlines()
    assert world.read(copy).splitlines() == [
        ",".join(cell for at, cell in enumerate(line.split(",")) if at != 2) for line in original
    ]
    assert second.columns_uri == f"s3://{BUCKET}/{second.folder}columns.json"
    assert world.errors == []


def test_a_model_that_takes_them_in_another_order_gets_that_order(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "colour", "truth", "number"))

    second = bring(world, 0.9)

    # Scripted models take the first feature for the truth: here it is a colour.
    assert second.stage is Stage.REJECTED
    assert second.evaluation["candidate"]["auc"] < 0.7
    assert second.evaluation["baseline"]["auc"] > 0.9


def test_later_data_is_compared_with_it_on_rows_in_its_order(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))
    second = bring(world, 0.8)

    third = drop(world, 3, quality=0.95)

    assert third.baseline == second.id
    assert third.stage is Stage.LIVE, "\n".join(world.story())
    assert third.columns_digest == tested.columns_digest
    copies = [key for key in world.keys(third.folder) if "/reordered/" in key]
    assert {key.split("/reordered/")[1].split("/")[1] for key in copies} == {"baseline"}
    assert third.evaluation["baseline"]["auc"] > 0.9


def test_a_second_model_after_it_is_tested_on_the_rows_of_the_data(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))
    bring(world, 0.8)
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "number"))

    third = bring(world, 0.95, 3)

    assert third.stage is Stage.LIVE, "\n".join(world.story())
    assert third.evaluation["rows"] == tested.channels["test"].rows
    assert third.evaluation["baseline"]["auc"] > 0.9


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("churned", "truth", "colour"), "missing: 'number'"),
        (("churned", "number", "truth", "colour"), "moved: 'number', 'truth'"),
    ],
)
def test_an_endpoint_of_encoded_rows_can_t_have_it_and_the_refusal_says_what_to_do(
    world: World, live: Release, names: tuple[str, ...], words: str
) -> None:
    world.put(COLUMNS, columns_of(world, live, *names))

    second = bring(world, 0.9)

    assert second.stage is Stage.REFUSED
    assert words in second.reason
    assert "rows: raw" in second.reason
    assert live.columns_uri is not None
    assert live.columns_uri in second.reason
    assert words in world.read("churn/STATUS.md")
    assert world.keys(second.folder) == []


def with_more(world: World, live: Release) -> str:
    record = json.loads(columns_of(world, live, "churned", "truth", "number", "colour"))
    return json.dumps({**record, "columns": [*record["columns"], {"name": "height", "role": "numeric"}]})


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (lambda world, live: "not JSON", "artifacts/columns.json is no columns.json"),
        (lambda world, live: "{}", "lacks the key"),
        (with_more, "added: 'height'"),
        (lambda world, live: columns_of(world, live, "churned", "truth", classes=["yes", "no"]), "in another order"),
        (
            lambda world, live: columns_of(world, live, "churned", "truth", problem="regression", classes=[]),
            "its problem is regression",
        ),
    ],
)
def test_columns_that_can_t_be_used_are_refused_in_words(
    world: World, tested: Release, columns: Callable[[World, Release], str], words: str
) -> None:
    world.put(COLUMNS, columns(world, tested))

    second = bring(world, 0.9)

    assert second.stage is Stage.REFUSED
    assert words in second.reason
    assert world.keys(second.folder) == []


def test_the_same_archive_with_other_columns_is_another_model(world: World, tested: Release) -> None:
    world.put(MODEL, archive(0.9))
    world.run(lambda: ended(world, 2))
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))
    world.put(MODEL, archive(0.9))
    world.run(lambda: ended(world, 3))
    world.put(MODEL, archive(0.9))
    world.run(lambda: ended(world, 4))

    assert world.stage("churn", 3) is not Stage.UNCHANGED
    assert world.stage("churn", 4) is Stage.UNCHANGED


def test_a_columns_json_alone_is_no_drop(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth"))
    world.run_for(600)

    assert world.stage("churn", 2) is None


def test_more_test_rows_than_a_function_can_copy_end_it_in_words(
    world: World, tested: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_rows, "MAX_BYTES", 10)
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth"))

    second = bring(world, 0.9)

    assert second.stage is Stage.FAILED
    assert "evaluate.test_on" in second.reason


def test_a_copy_that_breaks_off_leaves_nothing_behind(
    world: World, tested: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "PART", 100)
    monkeypatch.setattr(bucket, "BLOCK", 100)
    monkeypatch.setattr(s3, "MIN_PART", 1)
    (key,) = world.keys(f"{tested.folder}channels/test/")
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=world.read(key).encode() + b"1,2\n")
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth"))

    begun: list[str] = []
    world.meanwhile = lambda function, call, operation: begun.append(operation)

    second = bring(world, 0.9)

    assert second.stage is Stage.FAILED
    assert "a row has 2 cells" in second.reason
    assert "s3:UploadPart" in begun
    assert "s3:AbortMultipartUpload" in begun
    assert world.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"] == []


def test_a_function_may_die_at_any_call_while_the_rows_are_copied(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))
    world.put(MODEL, archive(0.9))
    dead: set[int] = set()

    def kill(function: str, call: int, operation: str) -> bool:
        if function != "test_candidate" or call in dead or world.stage("churn", 2) is not Stage.TESTING:
            return False
        dead.add(call)
        return True

    world.kill = kill
    world.run(lambda: ended(world, 2))

    assert len(dead) > 8
    second = world.release("churn", 2)
    assert visited(second)[-1] == "live", "\n".join(world.story())
    assert len(world.s3.versions(f"{second.folder}reordered/")) == 1


def test_data_after_a_month_still_finds_the_model_s_frozen_columns(world: World, tested: Release) -> None:
    world.put(COLUMNS, columns_of(world, tested, "churned", "truth", "colour"))
    bring(world, 0.9)

    world.put("churn/data/month-3.csv", csv(3))
    world.run(lambda: ended(world, 3))

    assert world.model("churn").columns_digest == tested.columns_digest
    assert world.release("churn", 3).channels["test"].rows > 0
