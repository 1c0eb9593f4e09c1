"""What goes wrong at a terminal, in one line."""

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from yardmaster.aws.clients import forget
from yardmaster.cli.errors import UsageError, explain
from yardmaster.cli.main import main


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "because"}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "no AWS credentials: "),
        (NoRegionError(), "no AWS region: set AWS_REGION"),
        (ProfileNotFound(profile="team"), "team"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:4599"), "is `make local` running"),
        (ConnectTimeoutError(endpoint_url="http://127.0.0.1:4599"), "is `make local` running"),
        (refusal("ExpiredTokenException"), "log in again"),
        (refusal("AccessDeniedException"), "these credentials may not do this: because"),
        (refusal("ResourceNotFoundException"), "AWS answered ResourceNotFoundException to GetItem: because"),
        (S3UploadFailedError("no such bucket"), "no such bucket"),
        (UsageError("say churn#7"), "say churn#7"),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(error: Exception, says: str) -> None:
    assert says in explain(error)
    assert "\n" not in explain(error)


def test_missing_credentials_end_a_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget()
    assert main(["releases"]) == 2
    forget()
    assert capsys.readouterr().err.startswith("yardmaster: no AWS credentials")
