"""The project's own template, on moto in this process: everything in it comes to exist."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.template import deploy
from tests.local_aws.template.conftest import Deployed, RememberingHost
from yardmaster.rules.names import FUNCTIONS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stack(aws: Callable[[str], Any]) -> Deployed:
    host = RememberingHost()
    return Deployed(deploy(ROOT / "template.yaml", "yard", {"Prefix": "yd"}, aws, host), host.functions, aws)


def test_the_functions_are_registered_complete(stack: Deployed) -> None:
    assert len(stack.functions) == len(FUNCTIONS)
    for spec in stack.functions.values():
        assert (spec.code_dir / "app.py").is_file()
        assert spec.handler == "app.handler"
        # Every function has the shared layer first; only what computes metrics has the numeric one too.
        assert (spec.layer_dirs[0] / "yardmaster" / "__init__.py").is_file()
        assert (len(spec.layer_dirs) == 2) == (spec.name == "yard-evaluate-candidate")
        assert spec.retries == 2
        assert spec.on_failure_arn is not None
        assert spec.role_arn.startswith("arn:aws:iam::123456789012:role/")


def test_functions_know_where_they_are(stack: Deployed) -> None:
    environment = stack.functions["yard-judge-canary"].environment
    assert environment["STACK_NAME"] == "yard"
    assert environment["PREFIX"] == "yd"
    assert environment["BUCKET"] == stack.outputs["BucketName"]
    assert environment["TABLE"] == stack.outputs["TableName"]
    assert environment["EXECUTION_ROLE_ARN"] == stack.outputs["ExecutionRoleArn"]
    assert environment["AWS_ENDPOINT_URL"] == ""


def test_the_functions_log_json_from_the_level_of_the_parameter_on(stack: Deployed) -> None:
    assert {(function.log_format, function.log_level) for function in stack.functions.values()} == {("JSON", "INFO")}


def test_the_command_line_finds_the_stack(stack: Deployed) -> None:
    value = stack.aws("ssm").get_parameter(Name="/yardmaster/yard")["Parameter"]["Value"]
    found = json.loads(value)
    environment = stack.functions["yard-start-training"].environment
    assert found.pop("allowed").items() <= environment.items()
    assert found == {
        "bucket": stack.outputs["BucketName"],
        "table": stack.outputs["TableName"],
        "prefix": "yd",
        "region": "us-east-1",
    }


def test_the_bucket_is_as_the_template_says(stack: Deployed) -> None:
    s3, name = stack.aws("s3"), stack.outputs["BucketName"]
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    rule = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert {statement["Sid"] for statement in statements} == {
        "TlsOnly",
        "ThisAccountOnly",
        "ChannelsAreWrittenOnce",
    }
    assert f"arn:aws:s3:::{name}/*/releases/*/train/*.csv" in statements[2]["Resource"]


def test_the_table_has_its_indexes_and_its_backups(stack: Deployed) -> None:
    client, name = stack.aws("dynamodb"), stack.outputs["TableName"]
    indexes = client.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    keys = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in indexes}
    assert keys == {"due": ["open", "due"], "model": ["model", "number"]}
    assert {index["IndexName"]: index["Projection"] for index in indexes} == {
        "due": {"ProjectionType": "KEYS_ONLY"},
        "model": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["stage"]},
    }
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_every_rule_reaches_a_registered_function_with_its_dead_letter_queue(stack: Deployed) -> None:
    events = stack.aws("events")
    arns = {spec.arn for spec in stack.functions.values()}
    rules = [rule for rule in events.list_rules()["Rules"] if rule["Name"].startswith("yard-")]
    called = set()
    for rule in rules:
        (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        assert target["DeadLetterConfig"]["Arn"].startswith("arn:aws:sqs:")
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 60
        called.add(target["Arn"])
    assert called == arns


def test_the_tick_comes_every_minute(stack: Deployed) -> None:
    rule = stack.aws("events").describe_rule(Name="yard-wake-releases-tick")
    assert rule["ScheduleExpression"] == "rate(1 minute)"


def test_logs_are_forgotten_after_a_month(stack: Deployed) -> None:
    groups = stack.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/yard-")["logGroups"]
    assert {group["logGroupName"].rsplit("/", 1)[1] for group in groups} == set(stack.functions)
    assert {group["retentionInDays"] for group in groups} == {30}


def test_a_functions_role_has_its_own_rights_and_the_shared_ones(stack: Deployed) -> None:
    iam = stack.aws("iam")
    role = stack.functions["yard-start-training"].role_arn.rsplit("/", 1)[1]
    attached = [policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
    assert any(name.startswith("yard-ReleasesPolicy") for name in attached)
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    actions = {
        statement["Sid"]: statement
        for document in documents
        for statement in document["Statement"]
        if "Sid" in statement
    }
    limits = actions["StartJobs"]["Condition"]
    assert limits["NumericLessThanEquals"] == {"sagemaker:MaxRuntimeInSeconds": "86400"}
    assert "ml.m5.*" in limits["ForAllValues:StringLike"]["sagemaker:InstanceTypes"]
