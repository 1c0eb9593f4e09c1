"""An endpoint that nobody asks really stops, and a command really brings it back, with its answers."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.journey.files import CHURN, FEW_ROUNDS, churn
from tests.journey.test_serving_forms import GATE, ask
from tests.journey.yard import Json, Yard

MODEL = "sleepy"
SPEC = CHURN + FEW_ROUNDS + GATE + "deploy: {canary: none, idle: {stop_after: 15m}}\n"


def listed(yard: Yard) -> Json:
    said = yard.command("endpoints", "--json")
    assert said.returncode == 0, said.stderr
    found: Json = next(one for one in json.loads(said.stdout) if one["endpoint"] == MODEL)
    return found


def in_state(yard: Yard, state: str) -> Json:
    found: Json = yard.wait(lambda: one if (one := listed(yard))["state"] == state else None)
    return found


def test_an_endpoint_that_nobody_asks_stops_and_a_command_brings_it_back(yard: Yard) -> None:
    yard.put(f"{MODEL}/spec.yaml", SPEC)
    yard.put(f"{MODEL}/data/jan.csv", churn(31))
    yard.live(MODEL, 1)
    row = yard.encoded_row(MODEL, 1)
    before = ask(yard, MODEL, row)

    stopped = in_state(yard, "stopped")
    assert "no request to release-" in stopped["reason"]
    assert stopped["saves"] == "saves 1 × ml.m5.large while it is stopped"
    with pytest.raises(ClientError, match="not found"):
        ask(yard, MODEL, row)

    said = yard.command("start", MODEL, "--reason", "a customer")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "is starting: started by" in said.stdout
    again = in_state(yard, "in_service")
    assert again["last_start_seconds"] > 0
    assert ask(yard, MODEL, row) == before
    assert "Its last start took" in yard.read(f"{MODEL}/STATUS.md")
