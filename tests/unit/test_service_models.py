"""The trimmed models of the services: made from the locked botocore, and whole enough for every call."""

import ast
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from tools.service_models import (
    PACKAGE,
    SERVICES,
    TARGET,
    called,
    endpoints,
    names_in,
    one_per_line,
    reached,
    trimmed,
    whole_model,
    written,
)


def whole(service: str) -> tuple[str, dict[str, Any]]:
    return whole_model(Loader(), service)


def committed(service: str) -> Path:
    return next((TARGET / service).glob("*/service-2.json"))


@pytest.mark.parametrize("service", SERVICES)
def test_the_models_are_what_the_tool_writes_today(service: str) -> None:
    version, model = whole(service)
    path = TARGET / service / version / "service-2.json"
    expected = written(trimmed(model, called(service, model, names_in(PACKAGE))))
    assert path.read_text(encoding="utf-8") == expected, "run: .venv/bin/python tools/service_models.py"


@pytest.mark.parametrize("service", SERVICES)
def test_a_kept_operation_has_all_its_shapes_as_botocore_has_them(service: str) -> None:
    _, model = whole(service)
    kept = json.loads(committed(service).read_text(encoding="utf-8"))
    assert sorted(kept["shapes"]) == reached(
        {name: model["operations"][name] for name in kept["operations"]}, model["shapes"]
    )
    for name, shape in kept["shapes"].items():
        assert set(shape.get("members", {})) == set(model["shapes"][name].get("members", {}))


def test_a_client_made_with_the_models_has_every_operation_that_a_function_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(TARGET))
    session = boto3.Session(region_name="us-east-1")
    ours = [session.client(service) for service in SERVICES]  # type: ignore[call-overload]  # by name
    operations = {xform_name(operation) for service in SERVICES for operation in whole(service)[1]["operations"]}
    asked = called_by_functions() & operations
    assert {"describe_endpoint", "transact_write_items", "put_object", "put_events", "get_metric_data"} <= asked
    assert {name for name in asked if not any(hasattr(client, name) for client in ours)} == set()


def test_the_list_of_endpoints_is_what_the_tool_writes_today() -> None:
    assert (TARGET / "endpoints.json").read_text(encoding="utf-8") == one_per_line(endpoints(Loader()))


@pytest.mark.parametrize("service", SERVICES)
def test_an_endpoint_is_the_same_from_our_list_as_from_botocores_in_every_region(service: str) -> None:
    prefix = whole(service)[1]["metadata"]["endpointPrefix"]
    listed = Loader().load_data("endpoints")
    ours = EndpointResolver(json.loads((TARGET / "endpoints.json").read_text(encoding="utf-8")))
    regions = [region for partition in listed["partitions"] for region in partition["regions"]]
    assert len(regions) > 30
    for region in [*regions, "eu-north-9"]:
        for name in (service, prefix):
            assert ours.construct_endpoint(name, region) == EndpointResolver(listed).construct_endpoint(name, region)


def called_by_functions() -> set[str]:
    """Return what is called as a method in the adapters and flows, and what is paginated."""
    found: set[str] = set()
    for folder in ("aws", "flows"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    found.add(node.func.attr)
                    if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                        found.add(str(node.args[0].value))
    return found


def test_a_service_without_a_trimmed_model_is_botocores_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(TARGET))
    assert boto3.Session(region_name="us-east-1").client("sts").meta.service_model.operation_names
