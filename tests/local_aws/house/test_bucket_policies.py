import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws


def statement(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*", **parts}


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
