"""S3: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.

Which operation needs which actions: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need
from local_aws.iam.services import kms
from local_aws.iam.services.sagemaker_keys import key_arn

_WRITES = {
    "PutObject": True,
    "CompleteMultipartUpload": True,
    "CopyObject": True,
    "CreateMultipartUpload": False,
    "UploadPart": False,
    "UploadPartCopy": False,
}
"""What needs s3:PutObject, and whether it creates the object: the key s3:ObjectCreationOperation.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
"""
_OF_OBJECTS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "ListParts": "ListMultipartUploadParts",
    "GetObjectTagging": "GetObjectTagging",
    "PutObjectTagging": "PutObjectTagging",
    "GetObjectAttributes": "GetObjectAttributes",
    "GetObjectAcl": "GetObjectAcl",
}
_OF_BUCKETS = {
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketTagging": "GetBucketTagging",
}
_LIST_KEYS = {"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"}
_WRITE_KEYS = {
    "s3:if-none-match": "IfNoneMatch",
    "s3:if-match": "IfMatch",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-storage-class": "StorageClass",
}


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    operation = call.operation
    if operation == "ListBuckets":
        return [Need("s3:ListAllMyBuckets", "*")]
    if operation in _OF_BUCKETS:
        return [Need(f"s3:{_OF_BUCKETS[operation]}", _bucket(call), _present(call.params, _LIST_KEYS))]
    if operation in _OF_OBJECTS:
        return [Need(f"s3:{_OF_OBJECTS[operation]}", _object(call))]
    kinds: dict[str, Callable[[Call, Facts], Iterator[Need]]] = {
        "GetObject": _read,
        "HeadObject": _read,
        "DeleteObject": _delete,
        "DeleteObjects": _delete_many,
        **dict.fromkeys(_WRITES, _write),
    }
    return list(kinds[operation](call, facts)) if operation in kinds else None


def _bucket(call: Call) -> str:
    return f"arn:aws:s3:::{call.params['Bucket']}"


def _object(call: Call) -> str:
    return f"{_bucket(call)}/{call.params['Key']}"


def _read(call: Call, facts: Facts) -> Iterator[Need]:
    """A HEAD needs what a GET needs, but the key: it shows nothing of the content."""
    yield _version_need("s3:GetObject", call)
    if call.operation == "GetObject":
        yield from kms.via("s3", ["Decrypt"], facts.key(_bucket(call)), facts)


def _delete(call: Call, _facts: Facts) -> Iterator[Need]:
    yield _version_need("s3:DeleteObject", call)


def _delete_many(call: Call, _facts: Facts) -> Iterator[Need]:
    for one in call.params.get("Delete", {}).get("Objects", ()):
        yield _version_need("s3:DeleteObject", Call("s3", "DeleteObject", {"Bucket": call.params["Bucket"], **one}))


def _version_need(action: str, call: Call) -> Need:
    """A version that is named needs the action of its own, and not that of the object."""
    version = call.params.get("VersionId")
    if version is None:
        return Need(action, _object(call))
    return Need(f"{action}Version", _object(call), {"s3:versionid": (str(version),)})


def _write(call: Call, facts: Facts) -> Iterator[Need]:
    creates = str(_WRITES[call.operation]).lower()
    keys = {**_present(call.params, _WRITE_KEYS), "s3:ObjectCreationOperation": (creates,)}
    yield Need("s3:PutObject", _object(call), keys)
    if call.operation in ("CopyObject", "UploadPartCopy"):
        yield from _read(Call("s3", "GetObject", _source(call.params["CopySource"])), facts)
    # S3 reads the parts of an upload before it puts them together, and each part under the upload's own data key.
    whole = call.operation in ("PutObject", "CopyObject")
    actions = ["GenerateDataKey"] if whole else ["GenerateDataKey", "Decrypt"]
    yield from kms.via("s3", actions, _key_of_write(call, facts), facts)


def _key_of_write(call: Call, facts: Facts) -> str | None:
    """Return the key that a new object is encrypted with: the request's own, else the bucket's."""
    named = call.params.get("SSEKMSKeyId")
    if named:
        return key_arn(str(named), facts)
    return None if call.params.get("ServerSideEncryption") == "AES256" else facts.key(_bucket(call))


def _source(source: Any) -> Mapping[str, Any]:
    """Return bucket, key and version of a CopySource, which boto3 takes as a text too."""
    if not isinstance(source, str):
        return dict(source)
    path, _, version = source.removeprefix("/").partition("?versionId=")
    bucket, _, key = path.partition("/")
    return {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}


def _present(params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {key: (str(params[name]),) for key, name in names.items() if params.get(name) is not None}
