"""Endpoints that are stopped and started."""

import time
from collections.abc import Generator
from dataclasses import replace

from botocore.exceptions import ClientError

from tests.drops import SPEC
from tests.sam.place import MODEL, Place
from tests.sam.scenes.base import Answer, scene
from tests.waiting import eventually
from yardmaster.flows import start_endpoint, stop_idle_endpoints
from yardmaster.records import Endpoint
from yardmaster.rules.commands import EndpointCommand
from yardmaster.rules.sleep import Saved

Playing = Generator[None, Answer, None]


def row(place: Place) -> Endpoint:
    found = place.yard.table.get_endpoint(MODEL)
    assert found is not None
    return found


def is_gone(place: Place) -> bool:
    try:
        place.sagemaker.describe_endpoint(EndpointName=MODEL)
    except ClientError:
        return True
    return False


def said(name: str) -> EndpointCommand:
    return EndpointCommand(name, name, MODEL, MODEL, "because", "alice")


def stopping(place: Place) -> None:
    """A person's stop, whose deletion is asked for, and not seen yet."""
    place.baseline()
    stop_idle_endpoints.command(place.yard, said("stop_endpoint"), time.time)
    eventually(lambda: is_gone(place))


def due_now(place: Place) -> None:
    place.yard.table.save_endpoint(replace(row(place), due=time.time()))


def asleep(place: Place) -> None:
    stopping(place)
    due_now(place)
    stop_idle_endpoints.go_on(place.yard, MODEL, time.time)
    assert row(place).state == "stopped"


@scene("stop_idle_endpoints/sweep")
def an_endpoint_outside_its_hours_is_stopped(place: Place) -> Playing:
    """No endpoint of a test is old enough to be idle; what is asked of CloudWatch is in tests/flows."""
    place.baseline()
    place.spec(SPEC.replace("deploy: {", f'deploy: {{idle: {{hours: "{in_an_hour()} UTC"}}, '))
    answer = yield
    assert answer["stopped"] == 1, answer
    assert row(place).state == "stopping"
    assert Saved.from_dict(row(place).saved).name == MODEL
    eventually(lambda: is_gone(place))


def in_an_hour() -> str:
    """Return hours that begin in an hour and end in two."""
    start, end = (time.strftime("%H:%M", time.gmtime(time.time() + hours * 3600)) for hours in (1, 2))
    return f"{start}-{end}"


@scene("stop_idle_endpoints/endpoint_due")
def an_endpoint_that_is_gone_is_stopped(place: Place) -> Playing:
    stopping(place)
    due_now(place)
    yield
    assert (row(place).state, row(place).due) == ("stopped", None)
    assert [one["detail"]["state"] for one in place.said()] == ["stopped"]


@scene("stop_idle_endpoints/command_stop_endpoint")
def a_person_stops_it(place: Place) -> Playing:
    place.baseline()
    yield
    assert row(place).state == "stopping"
    assert row(place).reason.endswith("user/alice: nobody needs it before Monday")
    eventually(lambda: is_gone(place))


@scene("start_endpoint/command_start_endpoint")
def a_person_starts_it(place: Place) -> Playing:
    asleep(place)
    config = Saved.from_dict(row(place).saved).config
    yield
    assert row(place).state == "starting"
    assert place.until("endpoint", MODEL, "InService")["EndpointConfigName"] == config


@scene("start_endpoint/endpoint_due")
def an_endpoint_that_serves_again_is_started(place: Place) -> Playing:
    asleep(place)
    start_endpoint.command(place.yard, said("start_endpoint"), time.time)
    place.until("endpoint", MODEL, "InService")
    due_now(place)
    yield
    assert (row(place).state, row(place).due, row(place).saved) == ("", None, {})
    assert [one["detail"]["state"] for one in place.said()] == ["in_service"]
