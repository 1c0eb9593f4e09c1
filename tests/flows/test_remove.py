"""`yardmaster remove` on a stack in the middle of its life: what costs money goes, strangers' things stay."""

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console

from tests.drops import SPEC, csv
from tests.steps import drop
from tests.world import ROOT, World
from yardmaster.aws.stack import Whereabouts
from yardmaster.cli.follow import Terminal
from yardmaster.cli.remove import Remains, remove
from yardmaster.records import Stage
from yardmaster.rules.names import FUNCTIONS

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
    return Remains("yardmaster", "ym", where, registered, cast("Any", world.sagemaker), events)


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
    assert "to stop and delete all of it: yardmaster --stack yardmaster remove --yes" in said
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


def test_the_functions_are_those_of_the_folders() -> None:
    folders = {path.parent.name for path in Path(ROOT / "functions").glob("*/app.py")}
    assert set(FUNCTIONS) == folders
