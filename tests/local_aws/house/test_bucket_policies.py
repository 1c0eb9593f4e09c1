import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.bucket_policies import evaluate
from local_aws.server import LocalAws

KEYS = {"aws:SecureTransport": "true", "aws:PrincipalAccount": "123456789012"}
OBJECT = "arn:aws:s3:::data/churn/data/jan.csv"


def statement(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*", **parts}


@pytest.mark.parametrize(
    ("parts", "effect"),
    [
        ({}, "Deny"),
        ({"Effect": "Allow"}, "Allow"),
        ({"Action": "s3:GetObject"}, None),
        ({"Action": ["s3:GetObject", "s3:putobject"]}, "Deny"),
        ({"Resource": "arn:aws:s3:::data/*/predict/*"}, None),
        ({"Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*/data/*"]}, "Deny"),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, None),
        ({"Condition": {"Bool": {"aws:SecureTransport": True}}}, "Deny"),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}}, None),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}}, "Deny"),
        ({"Condition": {"StringEquals": {"aws:Missing": "x"}}}, None),
        ({"Condition": {"StringNotEquals": {"aws:Missing": "x"}}}, "Deny"),
        ({"Condition": {"BoolIfExists": {"aws:Missing": "false"}}}, "Deny"),
        ({"Condition": {"StringLike": {"aws:PrincipalAccount": ["9*", "1234*"]}}}, "Deny"),
        ({"Condition": {"Null": {"s3:if-none-match": "true"}}}, "Deny"),
        ({"Condition": {"Null": {"s3:if-none-match": "false"}}}, None),
        (
            {"Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"aws:SecureTransport": "false"}}},
            None,
        ),
    ],
)
def test_a_statement_applies_as_in_aws(parts: dict[str, Any], effect: str | None) -> None:
    assert evaluate({"Statement": [statement(**parts)]}, "s3:PutObject", OBJECT, KEYS) == effect


def test_a_deny_beats_an_allow() -> None:
    policy = {"Statement": [statement(Effect="Allow"), statement()]}
    assert evaluate(policy, "s3:PutObject", OBJECT, KEYS) == "Deny"


def test_an_operator_that_is_not_known_is_not_passed_over() -> None:
    policy = {"Statement": statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})}
    with pytest.raises(NotImplementedError, match="IpAddress"):
        evaluate(policy, "s3:PutObject", OBJECT, KEYS)


def test_channels_are_written_once_and_the_rest_is_free(local: LocalAws) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="policed")
    once = statement(
        Action="s3:PutObject",
        Resource="arn:aws:s3:::policed/*/train/*.csv",
        Condition={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
    )
    tls = statement(Resource="arn:aws:s3:::policed/*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    s3.put_bucket_policy(Bucket="policed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls, once]}))
    s3.put_object(Bucket="policed", Key="churn/data/jan.csv", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket="policed", Key="churn/train/a.csv", Body=b"x")
    s3.put_object(Bucket="policed", Key="churn/train/a.csv", Body=b"x", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="policed", Key="churn/train/a.csv", Body=b"y", IfNoneMatch="*")
    upload = s3.create_multipart_upload(Bucket="policed", Key="churn/train/b.csv")["UploadId"]
    where = {"Bucket": "policed", "Key": "churn/train/b.csv", "UploadId": upload}
    part = {"ETag": s3.upload_part(**where, PartNumber=1, Body=b"x")["ETag"], "PartNumber": 1}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [part]})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [part]}, IfNoneMatch="*")
    assert s3.get_object(Bucket="policed", Key="churn/train/b.csv")["Body"].read() == b"x"
