"""`yardmaster jobs`, against the simulator's Search and a table in this process."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from tests.fakes.sagemaker import FakeSageMaker
from tests.local_aws.sagemaker import tuning
from tests.local_aws.sagemaker.puppets import START, training
from tests.unit.cli.builders import release
from tests.unit.cli.conftest import Scene
from yardmaster.aws import rows as rows_of_the_table
from yardmaster.aws import search
from yardmaster.aws.clients import client
from yardmaster.cli import jobs as command
from yardmaster.cli.job_search import Asked
from yardmaster.cli.jobs import Form
from yardmaster.cli.main import main
from yardmaster.records import DropKind, Source, Stage

TUNED, EARLIER, PLAIN = "ym-churn-abcdefgh-1", "ym-churn-bcdefghi-1", "ym-churn-bcdefghi-2"
BUCKET = "s3://b/churn/releases"


def tags(identifier: str, stack: str = "yardmaster") -> list[dict[str, str]]:
    pairs = {"yardmaster": stack, "yardmaster:model": "churn", "yardmaster:release": identifier}
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def evaluated(attempt: int, verdict: str, **metrics: float) -> dict[str, Any]:
    return {"uri": f"{BUCKET}/evaluation-{attempt}.json", "verdict": verdict, "candidate": metrics}


@pytest.fixture(scope="module")
def account() -> tuning.Account:
    """A tuning job of six, a release of two attempts, and jobs of others."""
    account = tuning.Account()
    account.script.metrics = {
        EARLIER: {"validation:auc": 0.61, "train:auc": 0.99},
        PLAIN: {"validation:auc": 0.87, "train:auc": 0.9},
        "theirs": {"test:msd": 3.5},
    }
    account.core.call("CreateHyperParameterTuningJob", {**tuning.tuning(TUNED), "Tags": tags("abcdefgh")})
    account.finish(TUNED)
    for name, etas, given in [
        (EARLIER, "0.9", tags("bcdefghi")),
        (PLAIN, "0.05", tags("bcdefghi")),
        ("theirs", "1", []),
        ("of-another-stack", "1", tags("zzzzzzzz", "other")),
    ]:
        account.wait(3600)
        hyperparameters = {"num_round": "10", "objective": "binary:logistic", "eta": etas}
        account.core.call("CreateTrainingJob", training(name, Tags=given, HyperParameters=hyperparameters))
    account.wait(3600)
    return account


@pytest.fixture
def world(scene: Scene, account: tuning.Account, monkeypatch: pytest.MonkeyPatch) -> Scene:
    sagemaker = FakeSageMaker(account.core)
    monkeypatch.setattr(command, "client", lambda name: sagemaker if name == "sagemaker" else client(name))
    scene.now = account.now
    best = account.describe(TUNED)["BestTrainingJob"]["TrainingJobName"]
    tested = evaluated(1, "pass", auc=0.83)
    for row in [
        release(Stage.REPLACED, tuning_job=TUNED, training_job=best, evaluation=tested, created_at=START),
        # Trained again: its evaluation is of the first attempt still.
        release(
            Stage.TRAINING,
            id="bcdefghi",
            number=8,
            attempt=2,
            training_job=PLAIN,
            evaluation=evaluated(1, "fail", auc=0.6),
            created_at=START + 3600,
        ),
        release(
            Stage.LIVE,
            id="cdefghij",
            number=9,
            source=Source("bucket", "churn/artifacts/model.tar.gz", "v1", "model", DropKind.ARTIFACT),
            evaluation=evaluated(1, "pass", auc=0.9),
            created_at=START + 7200,
        ),
    ]:
        scene.add(row)
    return scene


def run(scene: Scene, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["jobs", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def rows(scene: Scene, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    _, said = run(scene, capsys, *arguments, "--json")
    found: list[dict[str, Any]] = json.loads(said)
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["job"] for one in found]


def test_the_newest_jobs_of_the_stack_come_first_with_their_releases(
    world: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(world, capsys)
    assert names(found)[:2] == [PLAIN, EARLIER]
    assert len(found) == 8
    assert [(one["release"], one["stage"], one["role"]) for one in found[:2]] == [
        ("churn #8", "training", "candidate"),
        ("churn #8", "training", "earlier"),
    ]
    assert {one["release"] for one in found[2:]} == {"churn #7"}
    assert sorted(one["role"] for one in found[2:]) == ["candidate", *["trial"] * 5]
    assert {one["tuning_job"] for one in found[2:]} == {TUNED}


def test_jobs_are_sorted_by_a_metric(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(world, capsys, "churn", "--sort", "validation:auc")
    values = [one["metrics"]["validation:auc"] for one in found]
    assert len(values) == 8
    assert values == sorted(values, reverse=True)
    lowest = rows(world, capsys, "--sort", "validation:auc", "--ascending", "--limit", "3")
    assert names(lowest) == names(found)[: -1 - 3 : -1]


@pytest.mark.parametrize("key", ["eta", "seconds", "HyperParameters.num_round", "created"])
def test_jobs_are_sorted_by_what_sagemaker_does_not_sort(
    world: Scene, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    def value(one: dict[str, Any]) -> float:
        given = one["hyperparameters"].get(key.removeprefix("HyperParameters."), one.get(key))
        return float(given)

    found = [value(one) for one in rows(world, capsys, "--sort", key)]
    assert len(found) == 8
    assert found == sorted(found, reverse=True)


def test_conditions_are_all_to_hold(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    everything = rows(world, capsys)
    wanted = [
        one["job"]
        for one in everything
        if one["metrics"]["validation:auc"] > 0.7 and float(one["hyperparameters"]["eta"]) < 0.6
    ]
    found = rows(world, capsys, "--where", "validation:auc>0.7", "--where", "eta < 0.6")
    assert 0 < len(found) < 8
    assert names(found) == wanted
    assert names(rows(world, capsys, "--where", "eta=0.050")) == [PLAIN]


def test_a_test_metric_is_of_the_candidate_that_was_measured(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = rows(world, capsys, "--sort", "test:auc")
    assert (one["release"], one["role"], one["test"], one["verdict"]) == (
        "churn #7",
        "candidate",
        {"auc": 0.83},
        "pass",
    )
    assert rows(world, capsys, "--where", "test:auc<0.7") == []


def test_releases_are_listed_with_or_without_a_job(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(world, capsys, "--releases")
    assert [(one["release"], one["job"] is None) for one in found] == [
        ("churn #9", True),
        ("churn #8", False),
        ("churn #7", False),
    ]
    assert [one["release"] for one in rows(world, capsys, "--releases", "--ascending", "--limit", "2")] == [
        "churn #7",
        "churn #8",
    ]
    by_test = rows(world, capsys, "churn", "--releases", "--sort", "test:auc")
    assert [(one["release"], one["test"]["auc"]) for one in by_test] == [("churn #9", 0.9), ("churn #7", 0.83)]
    assert [one["release"] for one in rows(world, capsys, "--releases", "--where", "validation:auc>0.86")][:1] == [
        "churn #8"
    ]
    assert [one["release"] for one in rows(world, capsys, "--releases", "--status", "Completed")] == [
        "churn #8",
        "churn #7",
    ]


def test_a_tuning_job_stands_for_its_best_training_job(
    world: Scene, capsys: pytest.CaptureFixture[str], account: tuning.Account
) -> None:
    (one,) = rows(world, capsys, "--tuning", "--sort", "validation:auc", "--where", "validation:auc>0.1")
    best = account.describe(TUNED)["BestTrainingJob"]
    assert (one["job"], one["trials"], one["best"]) == (TUNED, "6 of 6", best["TrainingJobName"])
    assert one["metrics"] == {"validation:auc": best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]}
    assert one["hyperparameters"] == best["TunedHyperParameters"]
    assert one["test"] == {"auc": 0.83}
    assert run(world, capsys, "--tuning", "--status", "Stopped")[0] == 1


def test_jobs_of_others_are_found_by_where_their_data_is(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert names(rows(world, capsys, "--foreign")) == ["of-another-stack", "theirs"]
    assert len(rows(world, capsys, "--all-in-bucket", "s3://b/train/")) == 10
    assert names(rows(world, capsys, "--all-in-bucket", "s3://b", "--foreign")) == ["of-another-stack", "theirs"]
    assert names(rows(world, capsys, "--foreign", "--sort", "test:msd")) == ["theirs"]
    assert len(rows(world, capsys, "--all-in-bucket", "s3://b/train", "--tuning")) == 1
    # A part of a bucket's name is no bucket, and a folder within another is not it.
    assert run(world, capsys, "--all-in-bucket", "s3://b/rain/")[0] == 1
    code, said = run(world, capsys, "--all-in-bucket", "s3://bb/train", "--foreign")
    assert code == 1
    assert "no training job that reads from s3://bb/train but those of stack yardmaster" in said


def test_only_jobs_since_a_time_are_shown(world: Scene) -> None:
    def since(seconds: float, **asked: Any) -> list[dict[str, Any]]:
        world.said.truncate(0)
        world.said.seek(0)
        command.list_jobs(world.stack, world.terminal, Asked(since=seconds, **asked), Form.JSON)
        found: list[dict[str, Any]] = json.loads(world.said.getvalue())
        return found

    # The tuning job and its training jobs are more than five hours old.
    assert names(since(4.5 * 3600)) == [PLAIN, EARLIER]
    assert names(since(3.5 * 3600)) == [PLAIN]
    assert len(since(24 * 3600)) == 8
    assert [one["release"] for one in since(world.now - START - 3600, releases=True)] == ["churn #9", "churn #8"]


def test_the_table_shows_the_metric_asked_for_and_what_differs(
    world: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(world, capsys, "--sort", "train:auc", "--limit", "2")
    head, _, first, second, same, more = said.splitlines()
    assert code == 0
    assert head.split() == [
        *("job", "release", "created", "(UTC)", "seconds", "status", "gate"),
        *("train:auc", "validation:auc", "test:auc", "hyperparameters"),
    ]
    assert first.split()[:6] == [EARLIER, "churn", "#8", "earlier", "2026-03-04", "05:59"]
    assert first.split()[-4:] == ["Completed", "0.99", "0.61", "eta=0.9"]
    assert second.split()[1:4] == ["churn", "#7", "replaced"]
    assert second.split()[6:9] == ["90", "Completed", "pass"]
    assert second.split()[-4:-2] == ["0.83", "alpha=0.8485"]
    assert same == "the same in all: num_round=10 objective=binary:logistic"
    assert more == "there are more: --limit 4 shows them, --where and --since narrow it"


@pytest.mark.parametrize(("width", "metrics"), [(80, 1), (100, 1), (120, 2), (200, 3)])
def test_a_narrow_terminal_gets_fewer_metrics_and_hyperparameters_below_the_names(
    world: Scene, width: int, metrics: int
) -> None:
    terminal = replace(world.terminal, out=Console(file=world.said, width=width))
    command.list_jobs(world.stack, terminal, Asked(), Form.TABLE)
    said = world.said.getvalue()
    lines = said.splitlines()
    assert max(map(len, lines[:12])) <= width
    assert lines[0].count(":auc") == metrics
    assert "validation:auc" in lines[0]
    assert "seconds  status" in lines[0]
    assert ("hyperparameters" in lines[0]) is (width == 200)
    assert "".join(said.split()).count("eta=0.05") == 1


def test_columns_that_say_nothing_are_left_out(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = run(world, capsys, "--foreign", "--where", "test:msd>0")
    assert said.splitlines()[0].split() == ["job", "created", "(UTC)", "seconds", "status", "test:msd"]


def test_what_does_not_fit_is_said(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = run(world, capsys, "--limit", "2")
    assert "there are more: --limit 4 shows them" in said
    _, said = run(world, capsys, "--limit", "8")
    assert "there are more" not in said


def test_what_is_not_looked_at_is_said(
    world: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yardmaster.cli.job_search.LOOKED_AT", 5)
    _, said = run(world, capsys, "--sort", "eta")
    assert "were looked at: narrow it by --where or --since" in said


def test_csv_has_a_column_for_everything(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = run(world, capsys, "--csv", "--sort", "validation:auc")
    found = list(csv.DictReader(io.StringIO(said)))
    assert len(found) == 8
    (best,) = [row for row in found if row["test:auc"]]
    assert (best["release"], best["stage"], best["verdict"], best["test:auc"]) == (
        "churn #7",
        "replaced",
        "pass",
        "0.83",
    )
    assert float(best["Metrics.validation:auc"]) > 0.5
    (plain,) = [row for row in found if row["job"] == PLAIN]
    assert (plain["HyperParameters.eta"], plain["HyperParameters.alpha"]) == ("0.05", "")
    assert plain["created"] == "2026-03-04 06:59:40 UTC"
    assert not [name for name in found[0] if "_tuning" in name]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--sort", "validation:acc"],
            "no training job has a metric validation:acc; there are: train:auc, validation:auc",
        ),
        (["--where", "etta<1"], "no training job has a hyperparameter etta; there are: alpha, eta, max_depth"),
        (["--where", "validation:auc>0.99"], "no training job has validation:auc>0.99: it goes from "),
        (["--where", "objective=reg:linear"], "no training job has objective=reg:linear: it is binary:logistic"),
        (["--sort", "test:f1"], "no training job has a test metric test:f1; there are: test:auc"),
        (
            ["--where", "train:auc>0.95", "--where", "eta<0.1"],
            "no training job has train:auc>0.95 and eta<0.1 together",
        ),
        (["--status", "Failed"], "there is no training job of stack yardmaster with status Failed"),
        (["--since", "1m"], "as young as that: Search may know a new one only after a minute"),
        (
            ["--releases", "--where", "test:auc>0.95"],
            "test:auc>0.95: it goes from 0.83 to 0.9 in 2 of 3",
        ),
    ],
)
def test_why_nothing_is_found_is_said(
    world: Scene, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, said = run(world, capsys, *arguments)
    assert code == 1
    assert says in " ".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "has no model nobody; it has churn"),
        (["churn", "--foreign"], "leave out one of them"),
        (["--releases", "--all-in-bucket", "s3://b"], "--all-in-bucket is for jobs of others"),
        (["--where", "auc"], "is no condition"),
        (["--all-in-bucket", "b/train"], "write s3://bucket or s3://bucket/prefix"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    world: Scene, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, said = run(world, capsys, *arguments)
    assert code == 2
    assert says in said


def test_a_job_that_is_not_its_releases_any_more_is_an_earlier_one(
    world: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    row = world.stack.table.get_release("bcdefghi")
    assert row is not None
    world.stack.table.save_release(replace(row, training_job=None), world.now)
    (found,) = rows(world, capsys, "--limit", "1")
    assert (found["job"], found["role"]) == (PLAIN, "earlier")


def test_a_job_whose_release_is_gone_stands_alone(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    client("dynamodb").delete_item(TableName="the-table", Key=rows_of_the_table.release_key("bcdefghi"))
    (found,) = rows(world, capsys, "--limit", "1")
    assert (found["job"], found["release"], found["role"]) == (PLAIN, None, None)


def test_any_number_of_jobs_is_found_by_their_names(account: tuning.Account) -> None:
    asked: list[dict[str, Any]] = []

    class Listening(FakeSageMaker):
        def get_paginator(self, method: str) -> Any:
            paginator = super().get_paginator(method)

            class Noting:
                def paginate(self, **request: Any) -> Any:
                    asked.append(request)
                    return paginator.paginate(**request)

            return Noting()

    strangers = [f"ym-nobody-abcdefgh-1-{number:03d}-0123456789" for number in range(450)]
    found = search.named(Listening(account.core), [*strangers, PLAIN, EARLIER])  # type: ignore[arg-type]

    assert sorted(found) == [EARLIER, PLAIN]
    assert search.named(Listening(account.core), []) == {}  # type: ignore[arg-type]
    filters = [one["SearchExpression"]["Filters"] for one in asked]
    assert [len(some) for some in filters] == [20, 3]
    assert max(len(one["Value"]) for some in filters for one in some) <= 1024
