"""`yardmaster endpoints`, `stop` and `start`."""

import json
from dataclasses import replace

import pytest

from tests.unit.cli.builders import release
from tests.unit.cli.conftest import Scene
from yardmaster.cli import endpoints, releases
from yardmaster.cli.errors import UsageError
from yardmaster.records import Endpoint, Stage
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


# --- Releases whose endpoint sleeps -----------------------------------------------------------------------------------


def asleep(scene: Scene) -> None:
    scene.add(release(Stage.LIVE, "it serves", number=1))
    row = replace(add(scene, "stopped"), in_service="abcdefgh", weights={"release-abcdefgh": 100.0})
    scene.stack.table.save_endpoint(row)


def test_releases_and_why_say_that_the_endpoint_is_stopped(scene: Scene) -> None:
    asleep(scene)
    said = (
        "endpoint churn is stopped, since 2h: nobody asked; "
        "what starts it: `yardmaster start churn`, or a release that needs it."
    )
    releases.list_releases(scene.stack, scene.terminal, None, limit=5, as_json=False)
    table = scene.said.getvalue()
    assert said in table
    assert "100 %" not in table
    scene.said.truncate(0)
    releases.explain_release(scene.stack, scene.terminal, "churn", None)
    assert said in scene.said.getvalue()


def test_releases_as_json_have_the_endpoint_that_is_stopped(scene: Scene) -> None:
    asleep(scene)
    releases.list_releases(scene.stack, scene.terminal, None, limit=5, as_json=True)
    (found,) = json.loads(scene.said.getvalue())
    assert (found["endpoint"]["state"], found["endpoint"]["reason"]) == ("stopped", "nobody asked")


def test_of_an_endpoint_that_serves_nothing_is_said(scene: Scene) -> None:
    scene.add(release(Stage.LIVE, "it serves", number=1))
    scene.stack.table.save_endpoint(replace(add(scene), in_service="abcdefgh"))
    releases.explain_release(scene.stack, scene.terminal, "churn", None)
    releases.list_releases(scene.stack, scene.terminal, None, limit=5, as_json=False)
    assert "endpoint churn" not in scene.said.getvalue()
