"""Errors as boto3 raises them."""

from typing import Any

from botocore.exceptions import ClientError


def refusal(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)
