"""A request becomes the call that boto3 made it of; and a refusal becomes the error that boto3 shows."""

from functools import cache
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from werkzeug.test import EnvironBuilder

from local_aws.iam.calls import Call
from local_aws.iam.wire import call_of


class SeenError(Exception):
    """The request was made; it needn't be sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def stop(request: AWSPreparedRequest, **_: Any) -> None:
    raise SeenError(request)


@cache
def client_of(service: str) -> Any:
    session: Any = boto3.Session(aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1")
    client = session.client(service, endpoint_url="http://127.0.0.1:1", config=Config(retries={"max_attempts": 0}))
    client.meta.events.register("before-send", stop)
    return client


def environ_of(service: str, method: str, **params: Any) -> dict[str, Any]:
    with pytest.raises(SeenError) as seen:
        getattr(client_of(service), method)(**params)
    request = seen.value.request
    headers = [(name, value.decode() if isinstance(value, bytes) else value) for name, value in request.headers.items()]
    body = request.body or b""
    data: Any = body.encode() if isinstance(body, str) else body
    return EnvironBuilder(
        path=request.url,
        method=request.method,
        headers=headers,
        data=bytes(data) if isinstance(data, bytes | bytearray) else data.read(),
    ).get_environ()


KEY = "churn/data/a b+c%ü.csv"
OBJECT = {"Bucket": "b", "Key": KEY}


@pytest.mark.parametrize(
    ("method", "params", "operation", "more"),
    [
        ("get_object", {**OBJECT, "VersionId": "v"}, "GetObject", {}),
        ("head_object", OBJECT, "HeadObject", {}),
        ("put_object", {**OBJECT, "Body": b"x", "IfNoneMatch": "*"}, "PutObject", {"Body": None}),
        (
            "put_object",
            {**OBJECT, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"},
            "PutObject",
            {},
        ),
        ("copy_object", {**OBJECT, "CopySource": "from/k"}, "CopyObject", {}),
        ("create_multipart_upload", OBJECT, "CreateMultipartUpload", {}),
        ("upload_part", {**OBJECT, "UploadId": "u", "PartNumber": 1, "Body": b"x"}, "UploadPart", {"Body": None}),
        (
            "upload_part_copy",
            {**OBJECT, "UploadId": "u", "PartNumber": 1, "CopySource": "f/k"},
            "UploadPartCopy",
            {},
        ),
        (
            "complete_multipart_upload",
            {**OBJECT, "UploadId": "u", "IfNoneMatch": "*", "MultipartUpload": {"Parts": []}},
            "CompleteMultipartUpload",
            {"MultipartUpload": None},
        ),
        ("abort_multipart_upload", {**OBJECT, "UploadId": "u"}, "AbortMultipartUpload", {}),
        ("list_parts", {**OBJECT, "UploadId": "u"}, "ListParts", {}),
        ("delete_object", OBJECT, "DeleteObject", {}),
        ("get_object_tagging", OBJECT, "GetObjectTagging", {}),
        ("list_objects_v2", {"Bucket": "b", "Prefix": "m/ü", "Delimiter": "/"}, "ListObjectsV2", {}),
        ("list_objects", {"Bucket": "b", "Prefix": "m/"}, "ListObjects", {}),
        ("list_object_versions", {"Bucket": "b", "Prefix": "m/"}, "ListObjectVersions", {}),
        ("list_multipart_uploads", {"Bucket": "b"}, "ListMultipartUploads", {}),
        ("head_bucket", {"Bucket": "b"}, "HeadBucket", {}),
        ("get_bucket_location", {"Bucket": "b"}, "GetBucketLocation", {}),
        ("get_bucket_policy", {"Bucket": "b"}, "GetBucketPolicy", {}),
        (
            "delete_objects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "a <ü>&", "VersionId": "v1"}], "Quiet": True}},
            "DeleteObjects",
            {"Delete": {"Objects": [{"Key": "k"}, {"Key": "a <ü>&", "VersionId": "v1"}]}},
        ),
        ("list_buckets", {}, "ListBuckets", {"Bucket": ""}),
    ],
)
def test_s3s_requests(method: str, params: dict[str, Any], operation: str, more: dict[str, Any]) -> None:
    call = call_of(environ_of("s3", method, **params), "s3")
    expected = {name: value for name, value in {**params, **more}.items() if value is not None}
    found = {name: int(value) if name == "PartNumber" else value for name, value in call.params.items()}
    assert (call.operation, found) == (operation, expected)


@pytest.mark.parametrize("method", ["put_bucket_acl", "put_bucket_cors", "put_object_acl", "restore_object"])
def test_what_s3s_table_does_not_have_gets_no_name_of_another_operation(method: str) -> None:
    parts: dict[str, dict[str, Any]] = {
        "put_bucket_acl": {"Bucket": "b", "ACL": "private"},
        "put_bucket_cors": {"Bucket": "b", "CORSConfiguration": {"CORSRules": []}},
        "put_object_acl": {**OBJECT, "ACL": "private"},
        "restore_object": OBJECT,
    }
    call = call_of(environ_of("s3", method, **parts[method]), "s3")
    assert call.operation not in ("PutObject", "CreateBucket", "GetObject", "CreateMultipartUpload", "DeleteObjects")


@pytest.mark.parametrize(
    ("client", "service", "method", "params", "operation"),
    [
        ("sagemaker", "sagemaker", "stop_training_job", {"TrainingJobName": "n"}, "StopTrainingJob"),
        ("dynamodb", "dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "ü"}}}, "GetItem"),
        ("events", "events", "put_events", {"Entries": [{"Source": "s", "DetailType": "d"}]}, "PutEvents"),
        ("sqs", "sqs", "send_message", {"QueueUrl": "http://127.0.0.1:1/1/q", "MessageBody": "m"}, "SendMessage"),
        ("ssm", "ssm", "get_parameter", {"Name": "/y"}, "GetParameter"),
        ("logs", "logs", "create_log_stream", {"logGroupName": "g", "logStreamName": "s"}, "CreateLogStream"),
        ("lambda", "lambda", "invoke", {"FunctionName": "f", "Payload": b"{}"}, "Invoke"),
        ("sagemaker-runtime", "sagemaker", "invoke_endpoint", {"EndpointName": "e", "Body": b"1"}, "InvokeEndpoint"),
        ("cloudwatch", "monitoring", "put_metric_data", {"Namespace": "n", "MetricData": []}, "PutMetricData"),
    ],
)
def test_the_other_protocols(client: str, service: str, method: str, params: dict[str, Any], operation: str) -> None:
    environ = environ_of(client, method, **params)
    call = call_of(environ, service)
    assert call.operation == operation
    expected = {name: value for name, value in params.items() if name not in ("Payload", "Body")}
    assert dict(call.params) == expected
    assert environ["wsgi.input"].read() or not int(environ.get("CONTENT_LENGTH") or 0)


TARGET = {"Arn": "arn:aws:events:us-east-1:1:event-bus/default", "RoleArn": "arn:aws:iam::1:role/r", "Input": "{}"}
WHOLE = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": TARGET}


@pytest.mark.parametrize(
    ("method", "more", "operation"),
    [
        ("create_schedule", WHOLE, "CreateSchedule"),
        ("update_schedule", WHOLE, "UpdateSchedule"),
        ("get_schedule", {}, "GetSchedule"),
        ("delete_schedule", {}, "DeleteSchedule"),
    ],
)
def test_schedulers_requests_name_the_schedule_in_the_path_and_its_group_in_body_or_query(
    method: str, more: dict[str, Any], operation: str
) -> None:
    params = {"Name": "churn-nightly-1", "GroupName": "yard", **more}
    call = call_of(environ_of("scheduler", method, **params), "scheduler")
    found = {name: value for name, value in call.params.items() if name != "ClientToken"}
    assert (call.operation, found) == (operation, params)


def test_the_query_protocol() -> None:
    environ = environ_of("sts", "assume_role", RoleArn="arn:aws:iam::1:role/r", RoleSessionName="session")
    call = call_of(environ, "sts")
    assert (call.operation, call.params["RoleArn"]) == ("AssumeRole", "arn:aws:iam::1:role/r")


@pytest.mark.parametrize("body", [b"not json", b"[1]", b""])
def test_a_body_that_can_not_be_read_has_no_parameters(body: bytes) -> None:
    headers = [("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Content-Type", "application/x-amz-json-1.0")]
    environ = EnvironBuilder(path="/", method="POST", headers=headers, data=body).get_environ()
    assert call_of(environ, "dynamodb") == Call("dynamodb", "ListTables", {})
