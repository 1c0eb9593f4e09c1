"""Requests to S3 as calls: the operation is in the method, the path, the query and a header or two."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from local_aws.iam.calls import Call
from local_aws.iam.s3_deletes import objects_of
from local_aws.wsgi import Environ, peeked

Query = Mapping[str, list[str]]

_OBJECT = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject", "POST": "PostObject"}
_BUCKET = {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
_OF_OBJECTS = {"tagging": "Tagging", "acl": "Acl", "attributes": "Attributes", "retention": "Retention"}
_OF_BUCKETS = {
    "location": "BucketLocation",
    "versioning": "BucketVersioning",
    "policy": "BucketPolicy",
    "tagging": "BucketTagging",
}
_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}
_FROM_QUERY = {
    "prefix": "Prefix",
    "delimiter": "Delimiter",
    "max-keys": "MaxKeys",
    "versionId": "VersionId",
    "uploadId": "UploadId",
    "partNumber": "PartNumber",
}
_OF_LISTS = {"encoding-type", "marker", "continuation-token", "start-after", "fetch-owner"}
"""What changes only how a list is told."""
_FROM_HEADERS = {
    "HTTP_IF_NONE_MATCH": "IfNoneMatch",
    "HTTP_IF_MATCH": "IfMatch",
    "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION": "ServerSideEncryption",
    "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION_AWS_KMS_KEY_ID": "SSEKMSKeyId",
    "HTTP_X_AMZ_STORAGE_CLASS": "StorageClass",
}


def s3_call(environ: Environ) -> Call:
    """Return a request as the call that it is; an operation that isn't known gets a name that no table has."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    bucket, _, key = _text(environ["PATH_INFO"]).removeprefix("/").partition("/")
    params: dict[str, Any] = {"Bucket": bucket, **({"Key": key} if key else {})}
    params |= {name: query[part][0] for part, name in _FROM_QUERY.items() if part in query}
    params |= {name: environ[header] for header, name in _FROM_HEADERS.items() if header in environ}
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        params["CopySource"] = unquote(source)
    operation = s3_operation(environ["REQUEST_METHOD"], bucket, key, query, copies=bool(source))
    if operation == "DeleteObjects":
        params["Delete"] = {"Objects": objects_of(peeked(environ))}
    return Call("s3", operation, params)


def s3_operation(method: str, bucket: str, key: str, query: Query, *, copies: bool) -> str:
    """Return botocore's name of the operation that a request asks for.

    Args:
        method: Of HTTP.
        bucket: Of the path; may be empty.
        key: Likewise.
        query: The path's query.
        copies: Whether the header of a copy is there.
    """
    if not bucket:
        return "ListBuckets"
    if "uploads" in query or "uploadId" in query:
        return _of_upload(method, query, copies=copies)
    parts, table = (_OF_OBJECTS, _OBJECT) if key else (_OF_BUCKETS, _BUCKET)
    if part := next((part for part in parts if part in query), None):
        return _VERBS.get(method, method) + ("Object" if key else "") + parts[part]
    if key:
        return "CopyObject" if copies else table.get(method, method)
    return _of_bucket(method, query)


def _of_upload(method: str, query: Query, *, copies: bool) -> str:
    if "uploads" in query:
        return "CreateMultipartUpload" if method == "POST" else "ListMultipartUploads"
    match method:
        case "PUT":
            return "UploadPartCopy" if copies else "UploadPart"
        case "POST":
            return "CompleteMultipartUpload"
        case "DELETE":
            return "AbortMultipartUpload"
        case _:
            return "ListParts"


def _of_bucket(method: str, query: Query) -> str:
    if method == "GET" and "versions" in query:
        return "ListObjectVersions"
    if method == "GET" and "list-type" in query:
        return "ListObjectsV2"
    if method == "POST" and "delete" in query:
        return "DeleteObjects"
    said = [part for part in query if not (part in _FROM_QUERY or part in _OF_LISTS or part.lower().startswith("x-"))]
    if said:
        return f"{method} ?{said[0]}"
    return _BUCKET.get(method, method)


def _text(path: str) -> str:
    """Return WSGI's path, whose characters are bytes, as the text that they encode."""
    return path.encode("latin-1").decode("utf-8", "surrogateescape")
