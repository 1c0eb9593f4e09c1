import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from tests.local_aws.house.support import stub_engine
from tests.local_aws.iam.support import ACCOUNT

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS without SageMaker, on a fast clock: a minute takes a second."""
    with LocalAws(tmp_path_factory.mktemp("local"), stub_engine, minute=1.0) as running:
        yield running


@pytest.fixture
def role(local: LocalAws, request: pytest.FixtureRequest) -> str:
    """A role that Lambda may assume, without any policy: its name."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[-64:].strip("-")
    local.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    return name


@pytest.fixture
def grant(local: LocalAws, role: str) -> Callable[..., None]:
    """Put an inline policy on the role."""

    def put(*statements: dict[str, Any], name: str = "rights") -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        local.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    return put


@pytest.fixture
def function(local: LocalAws, role: str, tmp_path: Path) -> Callable[..., FunctionSpec]:
    """Register a function that has the role."""

    def make(source: str, **parts: Any) -> FunctionSpec:
        (tmp_path / "app.py").write_text(source)
        name = role[:64]
        arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        spec = FunctionSpec(name, arn, "app.handler", tmp_path, role_arn=role_arn, timeout=30, **parts)
        local.functions.register(spec)
        return spec

    return make


@pytest.fixture
def as_role(local: LocalAws, role: str) -> Callable[[str], Any]:
    """Make boto3 clients of the role, as a function of it has them."""
    spec = FunctionSpec(role, "arn", "app.handler", Path(), role_arn=f"arn:aws:iam::{ACCOUNT}:role/{role}")
    key = local.access.credentials_of(spec)
    session: Any = boto3.Session(key.access_key, key.secret_key, key.session_token, region_name="us-east-1")

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=local.endpoint, config=Config(retries={"total_max_attempts": 1}))

    return client
