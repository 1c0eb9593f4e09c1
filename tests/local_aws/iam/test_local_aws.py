"""Rights on a real local AWS: over the wire, with boto3, in functions' processes."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.function_spec import FunctionSpec
from local_aws.iam.roles import TrustError
from local_aws.server import LocalAws
from tests.local_aws.house.support import Queue
from tests.local_aws.iam.support import ACCOUNT, allow, deny
from tests.waiting import eventually

Grant = Callable[..., None]
AsRole = Callable[[str], Any]
MakeFunction = Callable[..., FunctionSpec]

READS = """
import boto3
from botocore.config import Config

def handler(event, context):
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    return s3.get_object(Bucket=event["bucket"], Key="k")["Body"].read().decode()
"""


@pytest.fixture(scope="module")
def bucket(local: LocalAws) -> str:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="rights")
    s3.put_object(Bucket="rights", Key="k", Body=b"content")
    return "rights"


def denied(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    """Return code, HTTP status and sentence of a call that is denied."""
    with pytest.raises(ClientError) as error:
        call(**params)
    answer: Any = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_function_gets_awss_error_until_its_role_has_the_right_and_from_then_on_at_once_what_it_asks_for(
    local: LocalAws, bucket: str, role: str, grant: Grant, function: MakeFunction
) -> None:
    spec = function(READS)
    outcome = local.functions.invoke(spec.name, {"bucket": bucket})
    assert outcome.payload["errorMessage"] == (
        "An error occurred (AccessDenied) when calling the GetObject operation: "
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{spec.name} is not authorized to perform: s3:GetObject on "
        'resource: "arn:aws:s3:::rights/k" because no identity-based policy allows the s3:GetObject action'
    )
    grant(allow("s3:GetObject", "arn:aws:s3:::rights/*"))
    assert local.functions.invoke(spec.name, {"bucket": bucket}).payload == "content"


def test_s3_denies_in_xml_and_without_words_to_head(as_role: AsRole, bucket: str) -> None:
    s3 = as_role("s3")
    code, status, message = denied(s3.put_object, Bucket=bucket, Key="a <b>&.csv", Body=b"x")
    assert (code, status) == ("AccessDenied", 403)
    assert '"arn:aws:s3:::rights/a <b>&.csv"' in message
    assert denied(s3.head_object, Bucket=bucket, Key="k")[:2] == ("403", 403)
    assert denied(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "method", "params", "code", "status"),
    [
        ("sagemaker", "describe_endpoint", {"EndpointName": "e"}, "AccessDeniedException", 400),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}, "AccessDeniedException", 400),
        ("events", "put_events", {"Entries": [{"Source": "s", "DetailType": "d"}]}, "AccessDeniedException", 400),
        ("logs", "create_log_stream", {"logGroupName": "g", "logStreamName": "s"}, "AccessDeniedException", 400),
        ("ssm", "get_parameter", {"Name": "/y"}, "AccessDeniedException", 400),
        ("lambda", "invoke", {"FunctionName": "f"}, "AccessDeniedException", 403),
        ("scheduler", "delete_schedule", {"GroupName": "g", "Name": "n"}, "AccessDeniedException", 403),
        ("sqs", "send_message", {"QueueUrl": "http://h/1/q", "MessageBody": "m"}, "AccessDenied", 403),
        (
            "cloudwatch",
            "get_metric_data",
            {"MetricDataQueries": [], "StartTime": 0, "EndTime": 1},
            "AccessDenied",
            403,
        ),
        (
            "sts",
            "assume_role",
            {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "RoleSessionName": "me"},
            "AccessDenied",
            403,
        ),
    ],
)
def test_each_protocol_denies_in_its_own_form(
    as_role: AsRole, service: str, method: str, params: dict[str, Any], code: str, status: int
) -> None:
    found = denied(getattr(as_role(service), method), **params)
    assert found[:2] == (code, status)
    assert found[2].startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/")
    assert "because no identity-based policy allows the " in found[2]


def test_of_many_deletions_each_is_judged_and_a_version_needs_a_right_of_its_own(
    local: LocalAws, as_role: AsRole, bucket: str, grant: Grant
) -> None:
    admin = local.client("s3")
    admin.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    keys = ["mine/a <b>&.csv", "mine/b.csv", "theirs/c.csv"]
    versions = {key: admin.put_object(Bucket=bucket, Key=key, Body=b"x")["VersionId"] for key in keys}
    named = [{"Key": key, "VersionId": version} for key, version in versions.items()]
    s3 = as_role("s3")

    every = allow("s3:DeleteObject", "arn:aws:s3:::rights/*")
    grant(every)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named})
    assert [one["Code"] for one in answer["Errors"]] == ["AccessDenied"] * 3
    assert "Deleted" not in answer

    grant(every, allow("s3:DeleteObjectVersion", "arn:aws:s3:::rights/mine/*"))
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named})
    assert [one["Key"] for one in answer["Deleted"]] == keys[:2]
    assert answer["Errors"] == [{**named[2], "Code": "AccessDenied", "Message": "Access Denied"}]
    found = admin.list_object_versions(Bucket=bucket)["Versions"]
    assert [(one["Key"], one["VersionId"]) for one in found if one["Key"] in keys] == [tuple(named[2].values())]

    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [named[2], {"Key": keys[0]}]})
    assert [one["Key"] for one in answer["Errors"]] == [keys[2]]
    assert admin.delete_objects(Bucket=bucket, Delete={"Objects": named[2:]})["Deleted"] == named[2:]


def test_a_schedule_is_made_changed_and_removed_by_who_may_in_its_group(
    local: LocalAws, as_role: AsRole, grant: Grant
) -> None:
    local.client("scheduler").create_schedule_group(Name="mine")
    scheduler = as_role("scheduler")
    target = {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/fires"}
    wanted = {
        "Name": "nightly",
        "ScheduleExpression": "cron(0 2 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    grant(
        allow("scheduler:*", f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/mine/*"),
        allow("iam:PassRole", target["RoleArn"]),
    )
    scheduler.create_schedule(GroupName="mine", **wanted)
    scheduler.update_schedule(GroupName="mine", **wanted)
    assert scheduler.get_schedule(GroupName="mine", Name="nightly")["GroupName"] == "mine"
    scheduler.delete_schedule(GroupName="mine", Name="nightly")
    assert "schedule/default/nightly" in denied(scheduler.create_schedule, **wanted)[2]


def test_a_missing_object_is_not_found_to_who_may_list_the_bucket_and_denied_to_others(
    as_role: AsRole, bucket: str, grant: Grant
) -> None:
    s3 = as_role("s3")
    grant(allow("s3:GetObject"))
    code, status, message = denied(s3.get_object, Bucket=bucket, Key="missing")
    assert (code, status) == ("AccessDenied", 403)
    assert 's3:ListBucket on resource: "arn:aws:s3:::rights"' in message
    assert denied(s3.head_object, Bucket=bucket, Key="missing")[0] == "403"
    grant(allow(["s3:GetObject", "s3:ListBucket"]))
    assert denied(s3.get_object, Bucket=bucket, Key="missing")[0] == "NoSuchKey"
    assert denied(s3.head_object, Bucket=bucket, Key="missing")[0] == "404"


def test_a_condition_on_the_prefix_does_not_make_a_missing_object_not_found(
    as_role: AsRole, bucket: str, grant: Grant
) -> None:
    prefix = {"StringLike": {"s3:prefix": "releases/*"}}
    grant(allow("s3:GetObject"), allow("s3:ListBucket", "arn:aws:s3:::rights", Condition=prefix))
    s3 = as_role("s3")
    assert s3.list_objects_v2(Bucket=bucket, Prefix="releases/")["KeyCount"] == 0
    assert denied(s3.list_objects_v2, Bucket=bucket, Prefix="other/")[0] == "AccessDenied"
    assert denied(s3.get_object, Bucket=bucket, Key="missing")[0] == "AccessDenied"


def test_managed_policies_boundaries_and_denies_take_effect_at_once(
    local: LocalAws, as_role: AsRole, bucket: str, role: str, grant: Grant
) -> None:
    iam, s3, read = local.client("iam"), as_role("s3"), {"Bucket": bucket, "Key": "k"}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow("s3:*")})
    all_of_s3 = iam.create_policy(PolicyName="all-of-s3", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=all_of_s3)
    assert s3.get_object(**read)
    grant(deny("s3:Get*"))
    assert "with an explicit deny in an identity-based policy" in denied(s3.get_object, **read)[2]
    iam.delete_role_policy(RoleName=role, PolicyName="rights")
    only_queues = json.dumps({"Version": "2012-10-17", "Statement": allow("sqs:*")})
    boundary = iam.create_policy(PolicyName="only-queues", PolicyDocument=only_queues)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    assert "no permissions boundary allows the s3:GetObject action" in denied(s3.get_object, **read)[2]


def test_many_deletes_are_judged_key_by_key(local: LocalAws, as_role: AsRole, grant: Grant) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="deletes")
    for key in ("mine/a", "yours/a"):
        s3.put_object(Bucket="deletes", Key=key, Body=b"x")
    grant(allow("s3:DeleteObject", "arn:aws:s3:::deletes/mine/*"))
    objects = {"Objects": [{"Key": "mine/a"}, {"Key": "yours/a"}]}
    answer = as_role("s3").delete_objects(Bucket="deletes", Delete=objects)
    assert [one["Key"] for one in answer["Deleted"]] == ["mine/a"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("yours/a", "AccessDenied")]


def test_what_local_aws_can_not_judge_is_refused_and_says_why(as_role: AsRole, bucket: str, grant: Grant) -> None:
    code, status, message = denied(as_role("s3").put_bucket_acl, Bucket=bucket, ACL="private")
    assert (code, status) == ("NotImplemented", 501)
    assert "add it to local_aws/iam/services/s3.py" in message
    grant(allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    assert "IpAddress" in denied(as_role("s3").get_object, Bucket=bucket, Key="k")[2]


def test_who_one_is_and_a_session_that_nobody_knows(local: LocalAws, as_role: AsRole, role: str) -> None:
    assert as_role("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{role}"
    request = urllib.request.Request(f"{local.endpoint}/rights/k")  # noqa: S310
    scope = "ASIAUNKNOWN/20260304/us-east-1/s3/aws4_request"
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)  # noqa: S310


def test_a_role_that_lambda_may_not_assume_makes_no_function(
    local: LocalAws, role: str, function: MakeFunction
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    local.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document)
    with pytest.raises(TrustError, match="does not allow lambda"):
        function(READS)


def get(local: LocalAws, path: str) -> Any:
    with urllib.request.urlopen(f"{local.endpoint}/_local/{path}", timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def test_a_person_gets_a_functions_credentials_and_sees_what_was_used(
    local: LocalAws, bucket: str, role: str, grant: Grant, function: MakeFunction
) -> None:
    spec = function(READS)
    grant(allow("s3:GetObject", "arn:aws:s3:::rights/*", Sid="Read"))
    local.functions.invoke(spec.name, {"bucket": bucket})
    assert sorted(get(local, f"credentials?function={spec.name}")) == [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(local, "credentials?function=nobody")
    rows = [row for row in get(local, "rights") if row["role"] == role and row["action"] == "s3:GetObject"]
    assert [(row["allowed"], row["grant"]["sid"], row["count"], row["example"]) for row in rows] == [
        (True, "Read", 1, "arn:aws:s3:::rights/k")
    ]


def test_what_a_function_logs_is_in_cloudwatch_if_its_role_may_write_it(
    local: LocalAws, role: str, grant: Grant, function: MakeFunction
) -> None:
    spec = function("def handler(event, context):\n    print(event['word'])\n")
    local.functions.invoke(spec.name, {"word": "unheard"})
    grant(allow("logs:*", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{spec.name}*"))
    local.functions.invoke(spec.name, {"word": "heard"})
    where = {"logGroupName": f"/aws/lambda/{spec.name}", "logStreamName": "local"}
    messages = [event["message"] for event in local.client("logs").get_log_events(**where)["events"]]
    assert "heard" in messages
    assert "unheard" not in messages


def test_a_function_sends_what_it_fails_on_with_its_own_rights(
    local: LocalAws, role: str, grant: Grant, function: MakeFunction, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue(local, "failed-invocations")
    spec = function("def handler(event, context):\n    raise ValueError(event)\n", retries=0, on_failure_arn=queue.arn)
    local.functions.invoke_async(spec.name, "first")
    eventually(lambda: "sqs:SendMessage on resource" in caplog.text)
    grant(allow("sqs:SendMessage", queue.arn))
    local.functions.invoke_async(spec.name, "second")
    (message,) = eventually(queue.messages)
    assert json.loads(message["Body"])["requestPayload"] == "second"


def rule_to(local: LocalAws, name: str, arn: str, dead_letters: str) -> str:
    events = local.client("events")
    rule = str(events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"])
    target = {"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": dead_letters}}
    events.put_targets(Rule=name, Targets=[target])
    return rule


def queue_policy(local: LocalAws, queue: Queue, source: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnLike": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    local.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})


def test_a_queue_takes_dead_letters_from_the_rules_that_its_policy_names(
    local: LocalAws, caplog: pytest.LogCaptureFixture
) -> None:
    queue = Queue(local, "dead-letters")
    queue_policy(local, queue, "arn:aws:events:us-east-1:*:rule/other-*")
    nowhere = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:nowhere"
    rule = rule_to(local, "stack.rule", nowhere, queue.arn)
    entry = {"Source": "stack.rule", "DetailType": "d", "Detail": "{}"}
    local.client("events").put_events(Entries=[entry])
    eventually(lambda: "because no resource-based policy allows the sqs:SendMessage action" in caplog.text)
    assert queue.messages() == []
    queue_policy(local, queue, rule)
    local.client("events").put_events(Entries=[entry])
    (message,) = eventually(queue.messages)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "RESOURCE_NOT_FOUND"


def test_a_function_is_called_by_the_rules_that_its_permissions_name(
    local: LocalAws, role: str, function: MakeFunction, tmp_path: Path
) -> None:
    queue, seen = Queue(local, "not-permitted"), tmp_path / "seen"
    source = f"def handler(event, context):\n    open({str(seen)!r}, 'a').write(event['detail-type'])\n"
    spec = function(source, callers=("arn:aws:events:us-east-1:*:rule/permitted",))
    for name in ("permitted", "stranger"):
        rule_to(local, name, spec.arn, queue.arn)
    entries = [{"Source": name, "DetailType": name, "Detail": "{}"} for name in ("stranger", "permitted")]
    local.client("events").put_events(Entries=entries)
    (message,) = eventually(queue.messages)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert json.loads(message["Body"])["source"] == "stranger"
    eventually(seen.exists)
    assert seen.read_text() == "permitted"
