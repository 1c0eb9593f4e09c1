"""A stack on moto, in this process, and a function host that only remembers."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local_aws.function_spec import FunctionSpec
from local_aws.template import deploy


@dataclass
class RememberingHost:
    """Takes the place of the function host."""

    functions: dict[str, FunctionSpec] = field(default_factory=dict)

    def register(self, spec: FunctionSpec) -> None:
        assert spec.name not in self.functions, "each function is registered once, complete"
        self.functions[spec.name] = spec


@dataclass
class Deployed:
    """What a deployment left."""

    outputs: dict[str, str]
    functions: dict[str, FunctionSpec]
    aws: Callable[[str], Any]


@pytest.fixture(scope="module")
def aws() -> Iterator[Callable[[str], Any]]:
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        session = boto3.Session(region_name="us-east-1")

        def client(service: str) -> Any:
            return session.client(service)  # type: ignore[call-overload]  # the stubs know literal names only

        yield client


@pytest.fixture
def deploy_text(tmp_path: Path, aws: Callable[[str], Any], request: pytest.FixtureRequest) -> Callable[..., Deployed]:
    """Deploy a template given as text, under a stack name of its own; `app/` beside it holds a function."""
    (tmp_path / "app").mkdir()

    def run(text: str, **parameters: str) -> Deployed:
        template = tmp_path / "template.yaml"
        template.write_text("Transform: AWS::Serverless-2016-10-31\n" + dedent(text), encoding="utf-8")
        host = RememberingHost()
        stack = f"test-{zlib.crc32(request.node.nodeid.encode()):08x}"
        return Deployed(deploy(template, stack, parameters, aws, host), host.functions, aws)

    return run
