"""The project's own template with every parameter given: key, subnets, boundary, alarms and dashboard come to exist."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.template import TemplateError, deploy
from tests.local_aws.template.conftest import Deployed, RememberingHost

ROOT = Path(__file__).parents[3]
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
PARAMETERS = {
    "KmsKeyArn": KEY,
    "VpcSubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "VpcSecurityGroupIds": "sg-0123456789abcdef0",
    "PermissionsBoundaryArn": BOUNDARY,
    "Alarms": "yes",
    "AlarmEmail": "team@example.com",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:pager",
    "Dashboard": "yes",
}


@pytest.fixture(scope="module")
def stack(aws: Callable[[str], Any]) -> Deployed:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))
    host = RememberingHost()
    return Deployed(deploy(ROOT / "template.yaml", "full", PARAMETERS, aws, host), host.functions, aws)


def role_of(stack: Deployed, function: str) -> str:
    return stack.functions[f"full-{function}"].role_arn.rsplit("/", 1)[1]


def attached(stack: Deployed, role: str) -> set[str]:
    policies = stack.aws("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {policy["PolicyName"].removeprefix("full-").split("-")[0] for policy in policies}


def test_storage_is_encrypted_by_the_key(stack: Deployed) -> None:
    rules = stack.aws("s3").get_bucket_encryption(Bucket=stack.outputs["BucketName"])
    (rule,) = rules["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    table = stack.aws("dynamodb").describe_table(TableName=stack.outputs["TableName"])["Table"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == KEY
    for output in ("UndeliveredEventsUrl", "FailedInvocationsUrl"):
        queue = stack.aws("sqs").get_queue_attributes(QueueUrl=stack.outputs[output], AttributeNames=["All"])
        assert queue["Attributes"]["KmsMasterKeyId"] == KEY
    groups = stack.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/full-")["logGroups"]
    assert {group["kmsKeyId"] for group in groups} == {KEY}


def test_functions_know_key_and_network(stack: Deployed) -> None:
    environment = stack.functions["full-start-training"].environment
    assert environment["KMS_KEY_ARN"] == KEY
    assert environment["VPC_SUBNET_IDS"] == PARAMETERS["VpcSubnetIds"]
    assert environment["VPC_SECURITY_GROUP_IDS"] == PARAMETERS["VpcSecurityGroupIds"]
    assert environment["MAX_INSTANCE_COUNT"] == "10"
    assert environment["ALLOWED_INSTANCE_TYPES"].startswith("ml.t2.*,ml.t3.*,")


def test_every_role_has_the_boundary(stack: Deployed) -> None:
    roles = {role_of(stack, name.removeprefix("full-")) for name in stack.functions}
    roles.add(stack.outputs["ExecutionRoleArn"].rsplit("/", 1)[1])
    assert len(roles) == len(stack.functions) + 1
    for role in roles:
        found = stack.aws("iam").get_role(RoleName=role)["Role"]
        assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY, role


def test_the_rights_to_use_the_key_go_to_those_who_need_them(stack: Deployed) -> None:
    assert all(
        "KeyPolicy" in attached(stack, function.role_arn.rsplit("/", 1)[1]) for function in stack.functions.values()
    )
    granting = {name for name in stack.functions if "EndpointKeyPolicy" in attached(stack, role_of(stack, name[5:]))}
    assert granting == {"full-deploy-canary", "full-judge-canary", "full-start-endpoint"}
    execution = attached(stack, stack.outputs["ExecutionRoleArn"].rsplit("/", 1)[1])
    assert execution == {"ExecutionKeyPolicy", "ExecutionNetworkPolicy"}


def test_each_alarm_says_what_to_do_and_what_no_data_means(stack: Deployed) -> None:
    alarms = stack.aws("cloudwatch").describe_alarms(AlarmNamePrefix="full-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == {
        "full-undelivered-events",
        "full-failed-invocations",
        "full-tick",
        "full-stands-still",
    }
    for alarm in alarms:
        assert len(alarm["AlarmDescription"].split()) > 20
        assert alarm["TreatMissingData"] in {"notBreaching", "breaching"}
        assert len(alarm["AlarmActions"]) == len(alarm["OKActions"]) == 2


def test_the_mail_comes_from_a_topic_that_only_this_stack_can_use(stack: Deployed) -> None:
    (subscription,) = stack.aws("sns").list_subscriptions()["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "team@example.com")
    attributes = stack.aws("sns").get_topic_attributes(TopicArn=subscription["TopicArn"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == KEY
    services = {one["Principal"]["Service"] for one in json.loads(attributes["Policy"])["Statement"]}
    assert services == {"cloudwatch.amazonaws.com"}
    environment = stack.functions["full-send-notification"].environment
    assert environment["ALARM_TOPIC_ARN"] == subscription["TopicArn"]


def test_what_people_are_told_is_encrypted_too_and_only_the_function_may_tell_it(stack: Deployed) -> None:
    arn = stack.outputs["NotificationsArn"]
    attributes = stack.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["KmsMasterKeyId"] == KEY
    assert "events.amazonaws.com" not in attributes["Policy"]


def test_the_dashboard_shows_this_stack(stack: Deployed) -> None:
    body = json.loads(stack.aws("cloudwatch").get_dashboard(DashboardName="yardmaster-full")["DashboardBody"])
    shown = json.dumps(body)
    assert all(name in shown for name in stack.functions if name not in {"full-nobody"})
    assert "${" not in shown


def test_a_vpc_is_given_whole_or_not_at_all(aws: Callable[[str], Any]) -> None:
    half = {"VpcSubnetIds": "subnet-0123456789abcdef0"}
    with pytest.raises(TemplateError, match="give VpcSubnetIds and VpcSecurityGroupIds both, or neither"):
        deploy(ROOT / "template.yaml", "half", half, aws, RememberingHost())


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("KmsKeyArn", "alias/mine"),
        ("VpcSubnetIds", "subnet-0123456789abcdef0, subnet-0123456789abcdef1"),
        ("VpcSecurityGroupIds", "default"),
        ("PermissionsBoundaryArn", "boundary"),
        ("AllowedInstanceTypes", "m5.large"),
        ("MaxInstanceCount", "0"),
        ("MaxRunSeconds", "1"),
        ("AlarmEmail", "me"),
        ("AlarmTopicArn", "pager"),
        ("Alarms", "maybe"),
        ("Dashboard", "true"),
        ("OpenTooLongHours", "1"),
        ("LogRetentionDays", "2"),
        ("Prefix", "yard1"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_is_made(
    aws: Callable[[str], Any], parameter: str, value: str
) -> None:
    with pytest.raises(TemplateError, match=f"parameter {parameter} is "):
        deploy(ROOT / "template.yaml", "wrong", {parameter: value}, aws, RememberingHost())
