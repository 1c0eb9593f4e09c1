"""`yardmaster check` says what the functions then say: the same refusals, channels and jobs."""

import gzip
import io
import json
import os
import random
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.drops import SPEC, csv
from tests.steps import ended
from tests.world import BUCKET, World
from yardmaster.aws.bucket import Bucket
from yardmaster.aws.tuning_job import TuningJobRequest
from yardmaster.cli.check import Question, look
from yardmaster.cli.check_place import Place
from yardmaster.cli.check_report import Checked, as_json, as_text
from yardmaster.records import Stage
from yardmaster.settings import Limits, Settings

TUNED = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
train: {instance_count: 2, max_run: 10m, hyperparameters: {num_round: 50}}
tune:
  objective_metric_name: validation:auc
  objective_type: Maximize
  max_jobs: 12
  max_parallel_jobs: 3
  hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 1}}
"""
LINEAR = """
algorithm: linear-learner
data: {label: churned, positive: "yes", missing: drop_rows}
train: {hyperparameters: {predictor_type: binary_classifier}}
"""
GAPLESS = LINEAR.replace(", missing: drop_rows", "")
SCRIPT = """
algorithm: {script: {entry_point: train.py, framework: sklearn}}
data: {label: churned, positive: "yes"}
"""
SMALL = SPEC + "train: {volume_size: 1}\n"
WORDS = """
algorithm: blazingtext
data: {content_type: text/plain}
train: {hyperparameters: {mode: supervised}}
"""
HEAD, *ROWS = csv(1).splitlines()
GOOD = csv(1)


def folder(number: int = 3) -> dict[str, bytes]:
    parts = ["\n".join([HEAD, *ROWS[at::number]]) + "\n" for at in range(number)]
    return {f"jan/part-{at}.csv": part.encode() for at, part in enumerate(parts)}


def split_folder(*channels: str) -> dict[str, bytes]:
    names = channels or ("train", "validation", "test")
    return {f"jan/{name}/rows.csv": csv(at, 200).encode() for at, name in enumerate(names)}


def changed(line: int, text: str) -> str:
    lines = [HEAD, *ROWS]
    lines[line] = text
    return "\n".join(lines) + "\n"


DROPS: dict[str, tuple[str, Mapping[str, bytes | str]]] = {
    "a file": (SPEC, {"jan.csv": GOOD}),
    "a compressed file": (SPEC, {"jan.csv.gz": gzip.compress(GOOD.encode(), mtime=0)}),
    "gaps are kept": (SPEC, {"jan.csv": changed(9, "1,,red,yes")}),
    "a folder": (SPEC, folder()),
    "a folder with a part of other columns": (SPEC, {**folder(), "jan/part-9.csv": b"a,b\n1,2\n"}),
    "a split folder": (SPEC, split_folder()),
    "a split folder without tests": (SPEC, split_folder("train", "validation")),
    "a split folder with a stray file": (SPEC, {**split_folder(), "jan/rows.csv": b"a\n1\n"}),
    "a line cut off": (SPEC, {"jan.csv": GOOD + "1,0.5\n"}),
    "text instead of a number": (SPEC, {"jan.csv": changed(500, "1,many,red,yes")}),
    "a label that is none": (SPEC, {"jan.csv": changed(500, "1,0.5,red,perhaps")}),
    "no such label": (SPEC.replace("churned", "gone"), {"jan.csv": GOOD}),
    "one class only": (SPEC, {"jan.csv": GOOD.replace(",no\n", ",yes\n")}),
    "too few rows": (SPEC, {"jan.csv": "\n".join([HEAD, *ROWS[:3]]) + "\n"}),
    "an empty file": (SPEC, {"jan.csv": ""}),
    "a header alone": (SPEC, {"jan.csv": HEAD + "\n"}),
    "not gzip at all": (SPEC, {"jan.csv.gz": GOOD}),
    "zip under another name": (SPEC, {"jan.csv": b"PK\x03\x04" + bytes(200)}),
    "rows left out": (LINEAR, {"jan.csv": changed(9, "1,,red,yes")}),
    "a gap where none may be": (GAPLESS, {"jan.csv": changed(9, "1,,red,yes")}),
    "a tuning job": (TUNED, {"jan.csv": GOOD}),
    "a script": (SCRIPT, {"jan.csv": GOOD, "/source/train.py": "print()\n"}),
    "a script that is not there": (SCRIPT, {"jan.csv": GOOD}),
    "a folder of texts": (WORDS, {"jan/train/a.txt": b"__label__1 a b\n" * 50, "jan/test/b.txt": b"__label__1 a\n"}),
    "texts in a file": (WORDS, {"jan.txt": b"__label__1 a b\n"}),
    "a channel that the algorithm has not": (WORDS, {"jan/train/a.txt": b"x\n", "jan/vocab/b.txt": b"x\n"}),
}


def place(world: World) -> Place:
    """The stack of the virtual clock, as a person's command line sees it."""
    return Place(
        Settings.from_env(),
        world.table,
        Bucket(world.s3, BUCKET),  # type: ignore[arg-type]  # a fake
        {"sagemaker": world.sagemaker, "cloudwatch": _Metrics(world), "service-quotas": world.service_quotas},
    )


class _Metrics:
    def __init__(self, world: World) -> None:
        self._world = world

    def get_paginator(self, name: str) -> "_Metrics":
        assert name == "get_metric_data"
        return self

    def paginate(self, **request: Any) -> Any:
        return self._world._metric_data(**request)


def lay_out(tmp_path: Path, spec: str, files: Mapping[str, bytes | str]) -> tuple[Path, Path]:
    """Write a spec, and a drop beside it; `/source/…` lies beside the spec too. Return both."""
    (tmp_path / "spec.yaml").write_text(spec)
    for name, content in files.items():
        path = tmp_path / name.lstrip("/") if name.startswith("/") else tmp_path / "drops" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    top = {name.split("/")[0] for name in files if not name.startswith("/")}
    return tmp_path / "spec.yaml", tmp_path / "drops" / top.pop()


def checked(world: World, monkeypatch: pytest.MonkeyPatch, question: Question, at: Place | None = None) -> Checked:
    monkeypatch.setattr("yardmaster.cli.check_place.in_stack", lambda name: at or place(world))
    before = (dict(os.environ), len(world.events), world.keys(""))
    found = look(replace(question, model="churn"), world.now)
    assert (dict(os.environ), len(world.events), world.keys("")) == before, "a check wrote something"
    return found


def drop(world: World, spec: str | None, files: Mapping[str, bytes | str]) -> None:
    """Upload it as `yardmaster drop` does: parts first, the marker last."""
    for name, content in files.items():
        if name.startswith("/"):
            world.put(f"churn{name}", content)
    if spec is not None:
        world.put("churn/spec.yaml", spec)
    plain = {name: content for name, content in files.items() if not name.startswith("/")}
    for name, content in plain.items():
        world.put(f"churn/data/{name}", content)
    if any("/" in name for name in plain):
        world.put("churn/data/jan/_SUCCESS", b"")


def request_of(world: World, number: int = 1) -> dict[str, Any]:
    """What SageMaker was asked for, without names, which the upload decides."""
    release = world.release("churn", number)
    if release.tuning_job:
        found = world.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=release.tuning_job)
        job = found["TrainingJobDefinition"]
        given = job["StaticHyperParameters"]
    else:
        job = world.sagemaker.describe_training_job(TrainingJobName=release.training_job)
        given = job["HyperParameters"]
    resources = job["ResourceConfig"]
    return {
        "type": resources["InstanceType"],
        "count": resources["InstanceCount"],
        "volume": resources["VolumeSizeInGB"],
        "max_run": job["StoppingCondition"]["MaxRuntimeInSeconds"],
        "given": {name: value for name, value in given.items() if not name.startswith(("sagemaker_", "_tuning"))},
        "channels": sorted(channel["ChannelName"] for channel in job["InputDataConfig"]),
    }


def asked_for(found: Checked) -> dict[str, Any]:
    request = found.drops[-1].seen.request
    assert request is not None
    training = request.training if isinstance(request, TuningJobRequest) else request
    return {
        "type": training.instance_type,
        "count": training.instance_count,
        "volume": training.volume_gb,
        "max_run": training.max_run,
        "given": {name: text for name, text in training.hyperparameters.items() if not name.startswith("sagemaker_")},
        "channels": sorted(training.channels),
    }


@pytest.mark.parametrize("name", DROPS)
def test_a_check_says_what_the_functions_say(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    spec, files = DROPS[name]
    path, data = lay_out(tmp_path, spec, files)
    found = checked(world, monkeypatch, Question(path, (data,)))
    drop(world, spec, files)
    world.run(lambda: world.stage("churn", 1) not in {None, Stage.RECEIVED, Stage.PREPARED})
    release = world.release("churn", 1)

    seen = found.drops[0].seen
    if release.stage is Stage.REFUSED:
        assert seen.refusals[0] == release.reason
        assert found.code == 1
        return
    assert release.stage is Stage.TRAINING
    assert (seen.refusals, found.code) == ((), 0)
    assert {channel: (one.rows, one.bytes) for channel, one in (seen.channels or {}).items()} == {
        channel: (one.rows, one.bytes) for channel, one in release.channels.items()
    }
    assert asked_for(found) == request_of(world)
    assert seen.said.splitlines()[0] in [step.reason for step in release.history]
    assert json.loads(as_json(found))["ok"] is True
    assert "is a good drop" in "\n".join(as_text(found, 80))


@pytest.mark.parametrize("seed", range(12))
def test_they_agree_on_files_that_chance_broke(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    content = bytearray(GOOD.encode())
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(content))
        content[at : at + chance.randrange(4)] = bytes(
            chance.choice(b',\n"0x\x00\xff') for _ in range(chance.randrange(3))
        )
    path, data = lay_out(tmp_path, SPEC, {"jan.csv": bytes(content)})
    found = checked(world, monkeypatch, Question(path, (data,))).drops[0].seen
    drop(world, SPEC, {"jan.csv": bytes(content)})
    world.run(lambda: world.stage("churn", 1) not in {None, Stage.RECEIVED, Stage.PREPARED})
    release = world.release("churn", 1)
    if release.stage is Stage.REFUSED:
        assert found.refusals == (release.reason,)
    else:
        rows = {channel: one.rows for channel, one in release.channels.items()}
        assert {channel: one.rows for channel, one in (found.channels or {}).items()} == rows


def live(world: World) -> None:
    world.script.quality = {"*": 0.9}
    drop(world, SPEC, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    assert world.stage("churn", 1) is Stage.LIVE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv(2), None),
        (csv(2).replace("number", "figure"), "figure"),
        (GOOD, "the same bytes and the same spec as churn #1: no job"),
    ],
)
def test_the_second_drop_meets_the_columns_and_rows_of_the_first(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str | None
) -> None:
    live(world)
    path, data = lay_out(tmp_path, SPEC, {"feb.csv": content})
    found = checked(world, monkeypatch, Question(path, (data,)))
    drop(world, None, {"feb.csv": content})
    world.run(lambda: world.stage("churn", 2) not in {None, Stage.RECEIVED, Stage.PREPARED})
    release, seen = world.release("churn", 2), found.drops[0].seen

    if release.stage is Stage.REFUSED:
        assert seen.refusals == (release.reason,)
        assert said in release.reason if said else False
    elif release.stage is Stage.UNCHANGED:
        assert seen.said == release.reason == said
        assert found.lines == ()
    else:
        assert seen.test is not None
        # With the test rows of the drop before.
        assert seen.test.rows == release.channels["test"].rows + world.release("churn", 1).channels["test"].rows
        assert [line.what for line in found.lines] == ["training job", "test of the candidate", "test of the baseline"]
        assert found.lines[0].usual is not None
        assert found.is_first is False


def test_the_endpoints_own_traffic_is_what_the_canary_is_told_by(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(world)
    world.traffic = 20
    world.run_for(3600)
    path, data = lay_out(tmp_path, SPEC, {"feb.csv": csv(2)})
    found = checked(world, monkeypatch, Question(path, (data,)))
    (own,) = found.forecasts
    assert len(own.traffic.profile) == 24 * 60
    # An hour of a day.
    assert own.traffic.mean == pytest.approx(20 / 24, rel=0.1)
    assert own.good.promoted == 0
    assert "last 24 hours" in "\n".join(as_text(found, 80))


def test_all_that_is_wrong_is_said_at_once_and_the_release_says_the_first(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPEC.replace("deploy: {", "deploy: {instance_type: ml.p3.2xlarge, initial_instance_count: 99, ")
    spec += "train: {instance_type: ml.g5.xlarge, max_run: 5d}\n"
    path, data = lay_out(tmp_path, spec, {"jan.csv": GOOD})
    found = checked(world, monkeypatch, Question(path, (data,)))
    drop(world, spec, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    refusals = found.drops[0].seen.refusals
    assert refusals[0] == world.release("churn", 1).reason
    assert [refusal.split(":")[0] for refusal in refusals] == [
        "train.instance_type",
        "deploy.instance_type",
        "deploy.initial_instance_count",
        "train.max_run",
    ]
    # The same without a data file: the limits know no rows.
    assert checked(world, monkeypatch, Question(path)).refusals == refusals


def test_a_volume_that_is_too_small_is_the_functions_word(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yardmaster.rules.preflight.GIB", 1000)
    path, data = lay_out(tmp_path, SMALL, {"jan.csv": GOOD})
    found = checked(world, monkeypatch, Question(path, (data,)))
    drop(world, SMALL, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    assert found.drops[0].seen.refusals == (world.release("churn", 1).reason,)
    assert "volume_size" in world.release("churn", 1).reason


@pytest.mark.parametrize("mode", ["FastFile", "Pipe"])
def test_what_is_streamed_needs_no_room_on_the_disk(world: World, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr("yardmaster.rules.preflight.GIB", 1000)
    drop(world, SMALL.replace("volume_size: 1", f"volume_size: 1, input_mode: {mode}"), {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    release = world.release("churn", 1)
    assert release.stage is Stage.LIVE, release.reason
    job = world.sagemaker.describe_training_job(TrainingJobName=release.training_job or "")
    assert job["AlgorithmSpecification"]["TrainingInputMode"] == mode


@pytest.mark.parametrize("use", ["training job", "transform job", "endpoint"])
def test_a_quota_that_is_too_small_is_the_functions_word(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    kind = "ml.m5.large" if use == "endpoint" else "ml.m5.xlarge"
    world.core.settings = replace(world.core.settings, quotas={f"{kind} for {use} usage": 0})
    path, data = lay_out(tmp_path, SPEC, {"jan.csv": GOOD})
    found = checked(world, monkeypatch, Question(path, (data,)))
    alone = checked(world, monkeypatch, Question(path))
    drop(world, SPEC, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    assert found.drops[0].seen.refusals == (world.release("churn", 1).reason,)
    assert alone.refusals == found.drops[0].seen.refusals
    assert f"{use} usage' of 0: ask for less, or for more: Service Quotas" in alone.refusals[0]


def test_the_peak_of_an_update_is_the_functions_word_and_the_bills(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.core.settings = replace(world.core.settings, quotas={"ml.m5.large for endpoint usage": 2})
    drop(world, SPEC, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    path, _ = lay_out(tmp_path, SPEC, {"feb.csv": GOOD})
    found = checked(world, monkeypatch, Question(path))
    assert found.standing is not None
    assert f"it needs {found.standing.peak} at once (at the peak of an update: 1 serve" in found.refusals[0]


def test_a_limit_that_is_lowered_refuses_what_was_good(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = lay_out(tmp_path, SPEC, {"jan.csv": GOOD})
    limited = place(world)
    limited = replace(limited, settings=replace(limited.settings, limits=Limits(("ml.c5.*",), 1, 60)))
    assert checked(world, monkeypatch, Question(path, (data,))).code == 0
    found = checked(world, monkeypatch, Question(path, (data,)), limited)
    assert found.code == 1
    assert len(found.drops[0].seen.refusals) == 3


def test_two_drops_know_of_each_other(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, first = lay_out(tmp_path, SPEC, {"jan.csv": GOOD})
    second = first.with_name("feb.csv")
    second.write_text(csv(2).replace("number", "figure"))
    found = checked(world, monkeypatch, Question(path, (first, second)))
    assert found.drops[0].seen.refusals == ()
    assert "figure" in found.drops[1].seen.refusals[0]


def test_the_peak_is_what_the_configurations_of_a_release_add_up_to(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPEC.replace("deploy: {", "deploy: {initial_instance_count: 3, ")
    world.script.quality = {"*": 0.9}
    drop(world, spec, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    world.traffic = 60
    path, data = lay_out(tmp_path, spec, {"feb.csv": csv(2)})
    found = checked(world, monkeypatch, Question(path, (data,)))
    drop(world, None, {"feb.csv": csv(2)})
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE

    configs = world.release("churn", 2).deploy["configs"]
    counts = {
        name: [
            variant["InitialInstanceCount"]
            for variant in world.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        ]
        for name, config in configs.items()
    }
    # The last update: both variants, the canary with as many instances as the baseline by then, and the new fleet.
    last = 2 * counts["shared"][0] + sum(counts["alone"])
    first = sum(counts["before"]) + sum(counts["shared"])
    assert found.standing is not None
    assert found.standing.peak == max(first, last)
    assert found.standing.instances == 3


@pytest.mark.parametrize("serving", [True, False])
def test_a_model_from_elsewhere_goes_as_far_as_the_functions_take_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serving: bool
) -> None:
    if serving:
        live(world)
    else:
        world.put("churn/spec.yaml", SPEC)
    path, archive = lay_out(tmp_path, SPEC, {"model.tar.gz": archive_of("xgboost-model")})
    found = checked(world, monkeypatch, Question(path, (archive,)))
    world.put("churn/artifacts/model.tar.gz", archive.read_bytes())
    number = 2 if serving else 1
    world.run(lambda: world.stage("churn", number) not in {None, Stage.RECEIVED})
    release, seen = world.release("churn", number), found.drops[0].seen

    if not serving:
        assert release.stage is Stage.REFUSED
        assert seen.refusals == (release.reason,)
        return
    assert release.stage is Stage.TESTING
    assert seen.said in [step.reason for step in release.history]
    assert [line.what for line in found.lines] == ["test of the candidate", "test of the baseline"]


def archive_of(name: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    return packed.getvalue()


def test_what_the_spec_asks_too_much_is_said_of_a_bad_drop_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = lay_out(tmp_path, SPEC + "train: {instance_type: ml.p3.2xlarge}\n", {"jan.csv": GOOD + "1\n"})
    found = checked(world, monkeypatch, Question(path, (data,)))
    assert "AllowedInstanceTypes" in found.refusals[0]
    assert "was the line cut off?" in found.drops[0].seen.refusals[0]


def test_a_bucket_of_another_region_is_the_functions_word(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = lay_out(tmp_path, SPEC, {"jan.csv": GOOD})
    elsewhere = place(world)
    elsewhere = replace(elsewhere, settings=replace(elsewhere.settings, region="eu-west-1"))
    found = checked(world, monkeypatch, Question(path, (data,)), elsewhere)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    drop(world, SPEC, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    assert found.drops[0].seen.refusals == (world.release("churn", 1).reason,)
    assert "a job reads only its own region" in world.release("churn", 1).reason


@pytest.mark.parametrize(("rate", "canary"), [(400, ""), (100, "interval: 10m, ")])
def test_a_canary_takes_about_as_long_as_it_was_told_to(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int, canary: str
) -> None:
    # As long as this SageMaker's updates take.
    monkeypatch.setattr("yardmaster.rules.forecast.UPDATE_MINUTES", (2.0, 2.0))
    spec = SPEC.replace("canary: {", f"canary: {{{canary}")
    world.script.quality = {"*": 0.9}
    drop(world, spec, {"jan.csv": GOOD})
    world.run(lambda: ended(world, 1))
    path, data = lay_out(tmp_path, spec, {"feb.csv": csv(2)})
    found = checked(world, monkeypatch, Question(path, (data,), rate=rate, error_rate=0.0))
    world.traffic = rate
    drop(world, None, {"feb.csv": csv(2)})
    world.run(lambda: ended(world, 2))
    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE
    began = next(step.at for step in release.history if step.stage is Stage.DEPLOYING)
    minutes = (release.history[-1].at - began) / 60
    assert found.forecasts[0].good.median == pytest.approx(minutes, rel=0.2)
    assert found.forecasts[0].good.promoted > 0.95
