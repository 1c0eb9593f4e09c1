"""The commands, against a stack in this process."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.cli.builders import NOW, release
from tests.unit.cli.conftest import Scene
from yardmaster.cli.decide import Decision, decide
from yardmaster.cli.drop import drop, upload_spec
from yardmaster.cli.errors import UsageError
from yardmaster.cli.main import main
from yardmaster.cli.releases import watch
from yardmaster.cli.stack import Stack
from yardmaster.records import DropKind, Model, Source, SpecPin, Stage
from yardmaster.rules.names import release_id
from yardmaster.rules.stages import move

SPEC = "algorithm: xgboost\ndata: {label: y}\n"


def test_an_approval_is_one_event_with_who_and_why(scene: Scene) -> None:
    row = scene.add(release(Stage.REGISTERED, "waits for a person"))
    scene.meanwhile = lambda: _deploys(scene)
    assert decide(scene.stack, scene.terminal, Decision.APPROVE, "churn", 7, "looks good") == 0
    (sent,) = scene.commands()
    assert sent.pop("by").startswith("arn:aws:sts::123456789012:")
    assert sent == {"command": "approve", "model": "churn", "release": row.id, "reason": "looks good"}
    assert "churn #7 (jan) is being deployed since 1s: approved" in scene.said.getvalue()


def _deploys(scene: Scene) -> None:
    row = scene.stack.table.get_release("abcdefgh")
    if row is not None and row.stage is Stage.REGISTERED:
        scene.stack.table.save_release(move(row, Stage.DEPLOYING, "approved", scene.now - 1), scene.now)


def test_a_promotion_says_which_step_the_person_saw(scene: Scene) -> None:
    scene.add(replace(release(Stage.CANARY), deploy={"step": 1}))
    decide(scene.stack, scene.terminal, Decision.PROMOTE, "churn", 7, "")
    assert scene.commands()[0]["step"] == 1


def test_a_rollback_names_the_release_to_go_back_to_by_its_number(scene: Scene) -> None:
    scene.add(release(Stage.LIVE))
    scene.add(replace(release(Stage.REPLACED), id="earliest", number=3))
    decide(scene.stack, scene.terminal, Decision.ROLLBACK, "churn", 7, "", to=("churn", 3))
    assert scene.commands()[0]["to"] == "earliest"


def test_a_retrain_without_a_number_is_of_the_last_drop_that_can_be_trained(scene: Scene) -> None:
    elsewhere = Source("bucket", "churn/artifacts/model.tar.gz", "v1", "model", DropKind.ARTIFACT)
    row = scene.add(release(Stage.REJECTED, number=3))
    scene.add(release(Stage.UNCHANGED, id="same", number=4))
    scene.add(release(Stage.REJECTED, id="elsewher", number=5, source=elsewhere))
    scene.meanwhile = lambda: _begins_again(scene)

    assert decide(scene.stack, scene.terminal, Decision.RETRAIN, "churn", None, "deeper trees") == 0
    (sent,) = scene.commands()
    assert (sent["command"], sent["release"], sent["reason"]) == ("retrain", row.id, "deeper trees")
    assert "churn #3 (jan) was received" in scene.said.getvalue()


def _begins_again(scene: Scene) -> None:
    row = scene.stack.table.get_release("abcdefgh")
    if row is not None and row.stage is Stage.REJECTED:
        scene.stack.table.save_release(move(row, Stage.RECEIVED, "retrain by alice", scene.now - 1), scene.now)


def test_a_retrain_of_a_live_release_tells_of_the_new_one(scene: Scene) -> None:
    row = scene.add(release(Stage.LIVE))

    def another() -> None:
        if scene.stack.table.find_number("churn", 8) is None:
            scene.add(release(Stage.RECEIVED, "the drop of churn #7", id="newer", number=8, retrains=row.id))

    scene.meanwhile = another
    assert decide(scene.stack, scene.terminal, Decision.RETRAIN, "churn", 7, "") == 0
    assert "churn #8 (jan) was received" in scene.said.getvalue()


def test_a_model_without_a_drop_has_nothing_to_retrain(scene: Scene) -> None:
    scene.add(release(Stage.UNCHANGED))
    with pytest.raises(UsageError, match="has no drop yet"):
        decide(scene.stack, scene.terminal, Decision.RETRAIN, "churn", None, "")


def test_every_decision_is_a_command_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(decision.value.replace("_", "-") in said for decision in Decision)


def test_a_command_without_effect_says_so(scene: Scene) -> None:
    scene.add(release(Stage.REGISTERED, "waits for a person"))
    assert decide(scene.stack, scene.terminal, Decision.REJECT, "churn", 7, "") == 1
    assert "nothing has changed within 10 seconds" in scene.said.getvalue()


@pytest.mark.parametrize(
    ("stage", "decision", "says"),
    [
        (Stage.LIVE, Decision.APPROVE, "it has ended"),
        (Stage.TRAINING, Decision.APPROVE, "not there yet"),
        (Stage.REFUSED, Decision.REJECT, "nothing to reject"),
        (Stage.LIVE, Decision.CANCEL, "nothing to cancel"),
        (Stage.TRAINING, Decision.PROMOTE, "no canary of it is judged now"),
        (Stage.DEPLOYING, Decision.HOLD, "no canary of it is judged now"),
        (Stage.LIVE, Decision.RESUME, "no canary of it is judged now"),
        (Stage.LIVE, Decision.SKIP_JUDGE, "no canary of it is judged now"),
        (Stage.REPLACED, Decision.ROLLBACK, "serves nothing"),
        (Stage.TRAINING, Decision.RETRAIN, "is under way"),
        (Stage.UNCHANGED, Decision.RETRAIN, "brought nothing new"),
    ],
)
def test_a_decision_that_changes_nothing_is_not_sent(scene: Scene, stage: Stage, decision: Decision, says: str) -> None:
    scene.add(release(stage))
    with pytest.raises(UsageError, match=says):
        decide(scene.stack, scene.terminal, decision, "churn", 7, "")
    assert scene.commands() == []


@pytest.mark.parametrize(("ending", "code"), [(Stage.LIVE, 0), (Stage.FAILED, 1)])
def test_a_drop_can_be_followed_to_its_end(scene: Scene, tmp_path: Path, ending: Stage, code: int) -> None:
    (tmp_path / "jan.csv").write_text("y,a\n1,2\n")

    def arrives() -> None:
        version = scene.stack.bucket.head("churn/data/jan.csv").version_id
        identifier = release_id("the-bucket", "churn/data/jan.csv", version)
        if scene.stack.table.get_release(identifier) is None:
            scene.add(release(ending, "the end", id=identifier))

    scene.meanwhile = arrives
    assert drop(scene.stack, scene.terminal, [tmp_path / "jan.csv"], "churn", wait=True, timeout=60) == code
    assert f"churn #7 {ending.value}: the end" in scene.said.getvalue()


def test_following_gives_up_in_time(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "jan.csv").write_text("y,a\n1,2\n")
    assert drop(scene.stack, scene.terminal, [tmp_path / "jan.csv"], "churn", wait=True, timeout=5) == 1
    assert "has not ended in time" in scene.said.getvalue()


def test_a_folder_is_complete_only_after_its_parts(scene: Scene, tmp_path: Path) -> None:
    for name in ("part-0.csv", "part-1.csv"):
        (tmp_path / name).write_text("y,a\n1,2\n")
    assert drop(scene.stack, scene.terminal, [tmp_path], "churn", name="feb") == 0
    keys = [item.key for item in scene.stack.bucket.list("churn/")]
    assert keys == ["churn/data/feb/_SUCCESS", "churn/data/feb/part-0.csv", "churn/data/feb/part-1.csv"]
    assert scene.said.getvalue().splitlines()[-2] == "s3://the-bucket/churn/data/feb/_SUCCESS: the folder is complete"


@pytest.mark.parametrize("error", [None, "no such instance type"])
def test_a_spec_is_answered_by_the_stack(scene: Scene, tmp_path: Path, error: str | None) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)

    def applied() -> None:
        pin = SpecPin("churn/spec.yaml", scene.stack.bucket.head("churn/spec.yaml").version_id, "0")
        scene.stack.table.save_model(Model("churn", "salt", revision=0, spec=None if error else pin, spec_error=error))

    scene.meanwhile = applied
    if error:
        with pytest.raises(UsageError, match=f"was refused:\n{error}"):
            upload_spec(scene.stack, scene.terminal, "churn", tmp_path / "spec.yaml")
    else:
        assert upload_spec(scene.stack, scene.terminal, "churn", tmp_path / "spec.yaml") == 0
        assert "churn/spec.yaml is accepted" in scene.said.getvalue()


def test_watching_a_pipe_prints_each_step_once_until_all_have_ended(scene: Scene) -> None:
    row = scene.add(release(Stage.PROMOTING, "95 %"))

    def goes_live() -> None:
        scene.stack.table.save_release(move(row, Stage.LIVE, "100 %", scene.now), scene.now)

    scene.meanwhile = goes_live
    assert watch(scene.stack, scene.terminal, None, until_end=True) == 0
    assert scene.said.getvalue().splitlines() == [
        "churn #7 received: churn/data/jan.csv was dropped",
        "churn #7 promoting: 95 %",
        "churn #7 live: 100 %",
    ]


def test_releases_as_json_have_their_history(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.add(release(Stage.LIVE, "promoted"))
    assert main(["releases", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["model"], found["number"], found["stage"], found["reason"]) == ("churn", 7, "live", "promoted")
    assert [step["stage"] for step in found["history"]] == ["received", "live"]


def test_why_takes_the_newest_release_or_the_one_with_the_number(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    first = scene.add(release(Stage.LIVE, "promoted"))
    scene.add(replace(first, id="bbbbbbbb", number=8, stage=Stage.REFUSED, reason="no rows"))
    assert main(["why", "churn"]) == 0
    assert main(["why", "churn#7"]) == 0
    assert main(["why", "churn #8"]) == 0
    sentences = [line for line in capsys.readouterr().out.splitlines() if line.startswith("churn")]
    assert [sentence.split(" (")[0] for sentence in sentences] == ["churn #8", "churn #7", "churn #8"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["why", "chrun"], "stack yardmaster has no model chrun; it has churn"),
        (["why", "churn#9"], "there is no churn #9; the newest is churn #7"),
        (["releases", "--model", "x"], "stack yardmaster has no model x; it has churn"),
        (["approve", "churn#9"], "there is no churn #9; the newest is churn #7"),
        (["--stack", "other", "releases"], "no stack other in us-east-1"),
        (["releases", "--stack", "other"], "no stack other in us-east-1"),
        (["drop", "none.csv", "--model", "churn"], "none.csv does not exist"),
    ],
)
def test_what_is_unknown_is_one_line_and_exit_code_2(
    scene: Scene, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    scene.add(release())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"yardmaster: {says}")
    assert said.err.count("\n") == 1


def test_a_stack_without_releases_says_how_to_begin(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases"]) == 0
    assert "yardmaster drop" in capsys.readouterr().out
    assert Stack.find("yardmaster").name == scene.stack.name
    assert scene.now == NOW


@pytest.mark.parametrize("text", ["churn#0", "churn#x", "#7", "a b#1"])
def test_a_release_is_named_like_churn_7(text: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["why", text])
    assert stopped.value.code == 2


def test_a_spec_is_checked_without_aws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert main(["spec", "churn", str(tmp_path / "spec.yaml"), "--check"]) == 0
    assert "is a good spec" in capsys.readouterr().out
