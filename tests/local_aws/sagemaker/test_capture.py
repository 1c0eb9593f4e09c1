"""Data capture: what is written where, when, in which form, and as whom."""

import json
from base64 import b64decode
from typing import Any

import pytest

from local_aws.sagemaker.access import DeniedError, ExecutionRole, Unlimited
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Answer, Invocation
from tests.local_aws.sagemaker.puppets import ROLE, Account, config, variant

REQUEST = Invocation(b"1,2", "text/csv", "text/csv")
LISTED = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


def capture(**changes: Any) -> dict[str, Any]:
    return {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://b/churn/captured/",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": LISTED,
        **changes,
    }


def serve(account: Account, **changes: Any) -> None:
    account.model()
    account.call("CreateEndpointConfig", **config("c1", variant("a")), DataCaptureConfig=capture(**changes))
    account.endpoint()


def ask(account: Account, request: Invocation = REQUEST, answer: Answer | None = None) -> None:
    route = account.core.route("e1", None, 0.5)
    account.core.record(route, answer or account.executors.invoke(route.hosting_id, request), request)


def lines(account: Account) -> list[dict[str, Any]]:
    return [json.loads(line) for body in account.captured.values() for line in body.splitlines()]


def test_a_request_and_its_answer_are_written_a_minute_later_in_the_documented_form(account: Account) -> None:
    serve(account)
    ask(account)
    account.wait(59)
    assert account.captured == {}
    account.wait(1)

    ((uri, body),) = account.captured.items()
    folder, _, name = uri.rpartition("/")
    assert folder == "s3://b/churn/captured/e1/a/2026/03/04/04"
    assert name.startswith("56-40-000-")
    assert name.endswith(".jsonl")
    assert body.endswith(b"\n")
    (line,) = lines(account)
    assert line.pop("eventMetadata").keys() == {"eventId", "inferenceTime"}
    assert line == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "1,2",
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv",
                "mode": "OUTPUT",
                "data": "0.5",
                "encoding": "CSV",
            },
        },
        "eventVersion": "0",
    }


def test_the_time_is_the_endpoints_own_and_each_hour_has_its_folder(account: Account) -> None:
    serve(account)
    ask(account)
    account.wait(3600)
    ask(account)
    account.wait(60)

    times = [line["eventMetadata"]["inferenceTime"] for line in lines(account)]
    assert times == ["2026-03-04T04:56:40Z", "2026-03-04T05:56:40Z"]
    assert [uri.split("/")[-2] for uri in account.captured] == ["04", "05"]


def test_requests_of_one_minute_share_a_file(account: Account) -> None:
    serve(account)
    for _ in range(5):
        ask(account)
        account.wait(5)
    account.wait(60)

    assert len(account.captured) == 1
    assert len({line["eventMetadata"]["eventId"] for line in lines(account)}) == 5


def test_only_the_asked_share_is_captured(account: Account) -> None:
    serve(account, InitialSamplingPercentage=20)
    for _ in range(1000):
        ask(account)
    account.wait(60)

    assert 150 < len(lines(account)) < 250


@pytest.mark.parametrize("changes", [{"InitialSamplingPercentage": 0}, {"EnableCapture": False}])
def test_what_is_switched_off_captures_nothing(account: Account, changes: dict[str, Any]) -> None:
    serve(account, **changes)
    ask(account)
    account.wait(120)

    assert account.captured == {}


@pytest.mark.parametrize(
    ("modes", "sides"),
    [
        (["Input"], ["endpointInput"]),
        (["Output"], ["endpointOutput"]),
        (["InputAndOutput"], ["endpointInput", "endpointOutput"]),
    ],
)
def test_the_options_say_which_side_is_captured(account: Account, modes: list[str], sides: list[str]) -> None:
    serve(account, CaptureOptions=[{"CaptureMode": mode} for mode in modes])
    ask(account)
    account.wait(60)

    assert list(lines(account)[0]["captureData"]) == sides


@pytest.mark.parametrize(
    ("content_type", "header", "encoding"),
    [
        ("text/csv; charset=utf-8", LISTED, "CSV"),
        ("application/json", LISTED, "JSON"),
        ("application/x-recordio", LISTED, "BASE64"),
        ("text/csv", {"JsonContentTypes": ["application/json"]}, "BASE64"),
        ("text/x-mine", {"CsvContentTypes": ["text/x-mine"]}, "CSV"),
    ],
)
def test_what_the_header_lists_is_text_and_all_else_base64(
    account: Account, content_type: str, header: dict[str, Any], encoding: str
) -> None:
    serve(account, CaptureContentTypeHeader=header)
    ask(account, answer=Answer(200, b"0.25", content_type, 0.001))
    account.wait(60)

    output = lines(account)[0]["captureData"]["endpointOutput"]
    assert output["encoding"] == encoding
    assert output["observedContentType"] == content_type
    assert (b64decode(output["data"]) if encoding == "BASE64" else output["data"].encode()) == b"0.25"


def test_without_a_header_all_is_base64(account: Account) -> None:
    account.model()
    asked = {name: value for name, value in capture().items() if name != "CaptureContentTypeHeader"}
    account.call("CreateEndpointConfig", **config("c1", variant("a")), DataCaptureConfig=asked)
    account.endpoint()
    ask(account)
    account.wait(60)

    assert lines(account)[0]["captureData"]["endpointInput"]["encoding"] == "BASE64"


def test_failed_requests_are_not_captured(account: Account) -> None:
    serve(account)
    ask(account, answer=Answer(500, b"no", "text/plain", 0.001))
    account.core.record(account.core.route("e1", None, 0.5), None, REQUEST)
    account.wait(120)

    assert account.captured == {}


def test_both_descriptions_tell_of_it(account: Account) -> None:
    serve(account, KmsKeyId="alias/mine")

    assert account.call("DescribeEndpointConfig", EndpointConfigName="c1")["DataCaptureConfig"] == capture(
        KmsKeyId="alias/mine"
    )
    assert account.call("DescribeEndpoint", EndpointName="e1")["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": "s3://b/churn/captured/",
        "KmsKeyId": "alias/mine",
    }


def test_a_new_configuration_decides_from_when_it_is_in_service(account: Account) -> None:
    serve(account)
    account.config("c2", variant("a"))
    account.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2", RetainAllVariantProperties=True)
    account.wait(200)
    ask(account)
    account.wait(120)

    assert "DataCaptureConfig" not in account.call("DescribeEndpoint", EndpointName="e1")
    assert account.captured == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"InitialSamplingPercentage": 101}, "less than or equal to 100"),
        (
            {"InitialSamplingPercentage": None},
            "initialSamplingPercentage' failed to satisfy constraint: Member must no",
        ),
        ({"DestinationS3Uri": None}, "destinationS3Uri' failed to satisfy constraint: Member must not be null"),
        ({"CaptureOptions": []}, "greater than or equal to 1"),
        ({"CaptureOptions": [{"CaptureMode": "Both"}]}, "enum value set"),
        ({"DestinationS3Uri": "b/captured"}, "destinationS3Uri"),
        ({"DestinationS3Uri": "https://b.example/captured"}, "It must begin with s3://"),
    ],
)
def test_what_aws_refuses_is_refused(account: Account, changes: dict[str, Any], message: str) -> None:
    account.model()
    refused = account.refused("CreateEndpointConfig", {**config("c1"), "DataCaptureConfig": capture(**changes)})
    assert message in refused


class Strict(Unlimited):
    """Notes who writes captures under which key, and refuses once told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[ExecutionRole, str | None]] = []
        self.refuses = False

    def write(self, role: ExecutionRole, uri: str, key: str | None = None) -> None:
        self.asked.append((role, key))
        if self.refuses:
            raise DeniedError(f"AccessDenied: {uri}")


def strict() -> tuple[Account, Strict]:
    access = Strict()
    account = Account(access)
    serve(account, KmsKeyId="alias/mine")
    return account, access


def test_it_is_the_models_role_that_writes() -> None:
    account, access = strict()
    ask(account)
    account.wait(60)

    endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e1"
    assert access.asked == [(ExecutionRole(ROLE, endpoint), "alias/mine")]
    assert len(account.captured) == 1


def test_a_role_that_may_not_write_loses_the_lines_and_the_endpoint_serves_on() -> None:
    account, access = strict()
    access.refuses = True
    ask(account)
    account.wait(60)
    ask(account)

    assert account.captured == {}
    assert [line.stream for line in account.logs] == ["a/data-log"]
    assert "AccessDenied" in account.logs[0].message


def test_no_request_writes_to_s3(account: Account) -> None:
    serve(account)
    account.put_capture = lambda uri, body: pytest.fail(f"{uri} was written within a request")
    with pytest.raises(AwsError):
        account.core.route("none", None, 0.5)
    for _ in range(10):
        ask(account)
        account.now += 600  # Even long after it was due: `advance` writes, and nobody else.
