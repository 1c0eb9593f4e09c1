"""`yardmaster remove` on a stack in the middle of its life: what costs money goes, strangers' things stay."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from tests.drops import SPEC, csv
from tests.flows.test_multi_model import ask, drop_to
from tests.rights import STACK
from tests.steps import drop, ended
from tests.world import ROOT, World, envelope
from yardmaster.aws.stack import Whereabouts
from yardmaster.cli import remove_model as remove_model_module
from yardmaster.cli.follow import Terminal
from yardmaster.cli.remove import Remains, remove, spared
from yardmaster.cli.remove_batches import StackBatches
from yardmaster.cli.remove_model import remove_model
from yardmaster.cli.stack import Stack
from yardmaster.records import Stage
from yardmaster.rules.names import FUNCTIONS
from yardmaster.rules.prices import Prices

WHERE = Whereabouts(table="the-table", bucket="the-bucket", prefix="ym")


class Events:
    """EventBridge's rules, of this stack and of one whose name begins the same."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.disabled: list[str] = []

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, NamePrefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's name
        names = ["yardmaster-judge-canary-due", "yardmaster-wake-releases-tick", "yardmaster-prod-judge-canary-due"]
        yield {"Rules": [{"Name": name} for name in names if name.startswith(NamePrefix)]}

    def disable_rule(self, Name: str) -> None:  # noqa: N803 - boto3's name
        self.disabled.append(Name)
        self.world.ticking = False
        self.world.keep = lambda event: False


def remains(world: World, events: Any, where: Whereabouts | None = WHERE) -> Remains:
    registered = tuple(row.name for row in world.table.all_endpoints())
    batches = StackBatches(world.scheduler, "yardmaster", world.table if where else None)
    return Remains("yardmaster", "ym", where, registered, cast("Any", world.sagemaker), events, batches)


def run(world: World, *, yes: bool, where: Whereabouts | None = WHERE) -> tuple[int, str, Events]:
    said, events = io.StringIO(), Events(world)
    terminal = Terminal(Console(file=said, width=200), world.clock, lambda seconds: world.run_for(seconds))
    code = remove(remains(world, events, where), terminal, yes=yes, patience=3600)
    return code, said.getvalue(), events


def a_strangers_endpoint(world: World) -> None:
    release = world.release("churn", 1)
    variant = {"VariantName": "all", "ModelName": release.model_name, "InstanceType": "ml.m5.large"}
    world.sagemaker.create_endpoint_config(
        EndpointConfigName="ym-theirs", ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    tags = [{"Key": "yardmaster", "Value": "yardmaster-prod"}]
    world.sagemaker.create_endpoint(EndpointName="theirs", EndpointConfigName="ym-theirs", Tags=tags)
    world.run_for(600)


def endpoints(world: World) -> list[str]:
    return [one["EndpointName"] for one in world.sagemaker.list_endpoints()["Endpoints"]]


def test_without_yes_it_lists_and_touches_nothing(world: World) -> None:
    drop(world, 1, spec=SPEC)

    code, said, events = run(world, yes=False)

    assert code == 1
    assert "endpoint churn, InService: costs money" in said
    assert "to stop and delete all of it: yardmaster --stack yardmaster remove --all --yes" in said
    assert events.disabled == []
    assert endpoints(world) == ["churn"]


def test_with_yes_nothing_of_the_stack_costs_money_any_more_and_strangers_keep_theirs(world: World) -> None:
    drop(world, 1, spec=SPEC)
    a_strangers_endpoint(world)

    code, said, events = run(world, yes=True)

    assert code == 0
    assert events.disabled == ["yardmaster-judge-canary-due", "yardmaster-wake-releases-tick"]
    assert endpoints(world) == ["theirs"]
    configs = [one["EndpointConfigName"] for one in world.sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    assert configs == ["ym-theirs"]
    assert world.sagemaker.list_models()["Models"] == []
    assert "model packages stay in the registry, at no charge: ym-churn" in said
    assert "aws dynamodb delete-table --table-name the-table" in said
    assert "Bucket('the-bucket').object_versions.delete()" in said


def test_a_running_job_is_stopped(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)

    code, said, _ = run(world, yes=True)

    assert code == 0
    assert "training job ym-churn-" in said
    jobs = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert [job["TrainingJobStatus"] for job in jobs] == ["Stopped"]


def test_a_running_tuning_job_is_stopped_before_its_training_jobs(world: World) -> None:
    ranges = "{eta: {type: continuous, min: 0.1, max: 1}}"
    tune = f"{{objective_metric_name: validation:auc, objective_type: Maximize, hyperparameter_ranges: {ranges}}}"
    world.put("churn/spec.yaml", f"{SPEC}tune: {tune}\n")
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 3)

    code, said, _ = run(world, yes=True)

    assert code == 0
    assert "\ntuning job ym-churn-" in said
    jobs = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert {job["TrainingJobStatus"] for job in jobs} == {"Stopped"}
    assert len(jobs) == 3


def test_an_endpoint_that_is_being_made_is_deleted_once_it_can_be(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: endpoints(world) == ["churn"])

    code, said, _ = run(world, yes=True)

    assert code == 0
    assert "endpoint churn is Creating: it can be deleted when that is over" in said
    assert "endpoint churn: deleted" in said
    assert endpoints(world) == []


def test_an_endpoint_whose_tag_is_another_stacks_is_named_and_left_alone(world: World) -> None:
    drop(world, 1, spec=SPEC)
    arn = world.sagemaker.describe_endpoint(EndpointName="churn")["EndpointArn"]
    world.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "yardmaster", "Value": "other"}])

    _, said, _ = run(world, yes=True)

    assert "endpoint churn is in the stack's table, but not tagged yardmaster=yardmaster: left alone" in said
    assert endpoints(world) == ["churn"]


def test_after_the_stack_is_deleted_its_tag_still_finds_what_it_left(world: World) -> None:
    drop(world, 1, spec=SPEC)

    code, said, _ = run(world, yes=True, where=None)

    assert code == 0
    assert endpoints(world) == []
    assert "the stack itself is not there" in said


class Bus:
    """The stack's own bus, on the world's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        self.world.send(envelope(f"yardmaster.{STACK}", detail_type, detail, self.world.now))


def remove_one(world: World, model: str = "churn", *, yes: bool, prices: Prices | None = None) -> tuple[int, str]:
    said, rows = io.StringIO(), world.table.all_endpoints()
    terminal = Terminal(Console(file=said, width=200), world.clock, lambda seconds: world.run_for(seconds))
    found = replace(
        remains(world, Events(world)), model=model, prices=prices, spared=spared(cast("Any", world.sagemaker), rows)
    )
    bucket = SimpleNamespace(delete=world.delete)
    stack = Stack(STACK, world.table, cast("Any", bucket), cast("Any", Bus(world)), cast("Any", None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remove_model_module, "client", lambda service: None)
        patch.setattr(remove_model_module, "caller", lambda sts: "alice")
        code = remove_model(stack, found, terminal, model, yes=yes, patience=3600)
    return code, said.getvalue()


PRICES = Prices("2026-11-30", "us-east-1", "USD", "by hand", {"hosting": {"ml.m5.large": 0.115}})


def test_one_model_is_shown_with_what_it_costs_and_left_alone_without_yes(world: World) -> None:
    drop(world, 1, spec=SPEC)

    code, said = remove_one(world, yes=False, prices=PRICES)

    assert code == 1
    assert "endpoint churn, InService: costs 0.115 USD an hour" in said
    assert "together 0.115 USD an hour, at the prices of 2026-11-30 (by hand)" in said
    assert "nothing was touched; to take it away: yardmaster --stack yardmaster remove churn --yes" in said
    assert endpoints(world) == ["churn"]


def test_one_model_goes_and_the_others_stay_and_it_can_begin_anew(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("fraud/spec.yaml", SPEC)
    world.put("fraud/data/month-1.csv", csv(9))
    world.run(lambda: ended(world, 1, "fraud"))

    code, said = remove_one(world, yes=True)

    assert code == 0, said
    assert endpoints(world) == ["fraud"]
    models = [one["ModelName"] for one in world.sagemaker.list_models()["Models"]]
    assert models == [world.release("fraud", 1).model_name]
    assert world.model("churn").in_service is None
    assert world.keys("churn/data/")
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.REFUSED
    third = drop(world, 3, spec=SPEC)
    assert third.stage is Stage.LIVE, third.reason


def test_what_is_under_way_is_cancelled_first_and_makes_nothing_again(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)

    code, said = remove_one(world, yes=True)

    assert code == 0, said
    assert "churn #2 is under way (canary)" in said
    assert "sent: cancel churn #2" in said
    assert world.stage("churn", 2) is Stage.CANCELLED
    world.run_for(3600)
    assert endpoints(world) == []
    assert world.sagemaker.list_models()["Models"] == []


def test_an_endpoint_that_models_share_stays(world: World) -> None:
    for model in ("churn", "fraud"):
        drop_to(world, model, 1, 0.8)

    code, said = remove_one(world, yes=True)

    assert code == 0, said
    assert "endpoint everybody is shared by several models: it stays" in said
    assert endpoints(world) == ["everybody"]
    ask(world, "fraud")


def test_the_functions_are_those_of_the_folders() -> None:
    folders = {path.parent.name for path in Path(ROOT / "functions").glob("*/app.py")}
    assert set(FUNCTIONS) == folders
