"""`yardmaster endpoints`, `stop` and `start`."""

import json
from dataclasses import replace

import pytest

from tests.unit.cli.conftest import Scene
from yardmaster.cli import endpoints
from yardmaster.cli.errors import UsageError
from yardmaster.records import Endpoint
from yardmaster.rules import sleep
from yardmaster.rules.shift import VariantState

SAVED = sleep.Saved("churn", 1.0, "config", {"ProductionVariants": []}, {}, variants=(VariantState("a", 100.0, 2),))


def add(scene: Scene, state: str = "", name: str = "churn") -> Endpoint:
    row = Endpoint(name, "churn", revision=0, weights={"release-a": 100.0})
    if state:
        saved = replace(SAVED, instances={"ml.m5.large": 2}).to_dict()
        row = replace(sleep.entered(row, state, "nobody asked", "", scene.now - 7200), saved=saved)
    return scene.stack.table.save_endpoint(row)


def test_endpoints_are_listed_with_what_stopped_ones_save(scene: Scene) -> None:
    add(scene)
    add(scene, "stopped", "flights")
    assert endpoints.list_endpoints(scene.stack, scene.terminal, as_json=False) == 0
    said = " ".join(scene.said.getvalue().split())
    assert "in service" in said
    assert "stopped" in said
    assert "2h" in said
    assert "2 × ml.m5.large" in said


def test_endpoints_as_json(scene: Scene) -> None:
    add(scene, "stopped")
    scene.stack.table.save_looks({"churn": 5.0}, {})
    endpoints.list_endpoints(scene.stack, scene.terminal, as_json=True)
    (found,) = json.loads(scene.said.getvalue())
    assert (found["endpoint"], found["state"], found["asked"]) == ("churn", "stopped", 5.0)
    assert found["history"][0]["state"] == "stopped"


@pytest.mark.parametrize("name", ["churn-endpoint", "churn"])
def test_a_command_names_the_endpoint_or_its_model_and_says_what_became_of_it(scene: Scene, name: str) -> None:
    row = add(scene, "stopped", "churn-endpoint")
    scene.meanwhile = lambda: scene.stack.table.save_endpoint(  # type: ignore[assignment]
        sleep.entered(
            scene.stack.table.get_endpoint(row.name) or row, "starting", "started by alice", "alice", scene.now
        )
    )
    assert endpoints.decide(scene.stack, scene.terminal, "start", name, "a customer") == 0
    (said,) = scene.commands()
    assert said["by"]
    assert {key: said[key] for key in ("command", "endpoint", "model", "reason")} == {
        "command": "start_endpoint",
        "endpoint": "churn-endpoint",
        "model": "churn",
        "reason": "a customer",
    }
    assert "endpoint churn-endpoint is starting: started by alice" in scene.said.getvalue()


def test_a_command_that_changes_nothing_in_time_says_so(scene: Scene) -> None:
    add(scene)
    assert endpoints.decide(scene.stack, scene.terminal, "stop", "churn", "") == 1
    assert "nothing has changed within 10 seconds" in scene.said.getvalue()


def test_an_endpoint_that_is_not_there_is_refused_with_those_that_are(scene: Scene) -> None:
    add(scene)
    with pytest.raises(UsageError, match="has no endpoint curn; it has churn"):
        endpoints.decide(scene.stack, scene.terminal, "stop", "curn", "")
