import http.client
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.front import PortTakenError, service_of_request
from local_aws.seams import SeamError, Seams
from local_aws.server import LocalAws


@pytest.fixture
def bucket(local: LocalAws) -> str:
    local.client("s3").create_bucket(Bucket="front")
    return "front"


@pytest.fixture
def connection(local: LocalAws) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(local.endpoint.removeprefix("http://"), timeout=20)
    yield connection
    connection.close()


def signed(service: str) -> dict[str, str]:
    scope = f"local/20260304/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


@pytest.mark.parametrize(
    ("environ", "service"),
    [
        ({"HTTP_AUTHORIZATION": signed("sagemaker")["Authorization"]}, "sagemaker"),
        ({"QUERY_STRING": "X-Amz-Credential=a%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=x"}, "s3"),
        ({"HTTP_AUTHORIZATION": "Basic abc"}, ""),
        ({}, ""),
    ],
)
def test_the_service_is_in_the_scope_of_the_signature(environ: dict[str, str], service: str) -> None:
    assert service_of_request(environ) == service


def test_control_plane_and_runtime_of_sagemaker_go_to_the_simulator(local: LocalAws) -> None:
    runtime = local.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName="churn", Body=b"1,2,3", ContentType="text/csv")
    assert json.loads(answer["Body"].read()) == {"path": "/endpoints/churn/invocations", "bytes": 5}
    assert answer["InvokedProductionVariant"] == "stub"


def test_a_connection_is_kept_for_many_requests(connection: http.client.HTTPConnection) -> None:
    for _ in range(3):
        connection.request("POST", "/endpoints/churn/invocations", body=b"12345", headers=signed("sagemaker"))
        answer = connection.getresponse()
        assert json.loads(answer.read())["bytes"] == 5
        assert not answer.will_close


def test_a_chunked_upload_arrives_whole(local: LocalAws, bucket: str, connection: http.client.HTTPConnection) -> None:
    chunks = [b"a,b\n", b"1,2\n" * 1000]
    connection.request("PUT", f"/{bucket}/chunked", body=iter(chunks), headers=signed("s3"), encode_chunked=True)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    assert local.client("s3").get_object(Bucket=bucket, Key="chunked")["Body"].read() == b"".join(chunks)


def test_a_client_that_expects_to_continue_is_told_to(local: LocalAws, bucket: str) -> None:
    host, port = local.endpoint.removeprefix("http://").split(":")
    lines = [
        f"PUT /{bucket}/expected HTTP/1.1",
        f"Host: {host}:{port}",
        f"Authorization: {signed('s3')['Authorization']}",
        "Content-Length: 5",
        "Expect: 100-continue",
        "Connection: close",
    ]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert b"100 Continue" in connection.recv(1000)
        connection.sendall(b"hello")
        received = b""
        while part := connection.recv(10_000):
            received += part
    assert received.startswith(b"HTTP/1.1 200")
    assert local.client("s3").get_object(Bucket=bucket, Key="expected")["Body"].read() == b"hello"


@pytest.mark.parametrize("key", ["reports/a b+c.html", "ümlaut/ß.csv", "100%/x=y&z.csv", "a//b", "slash%2Fencoded"])
def test_keys_survive_as_they_are(local: LocalAws, bucket: str, key: str) -> None:
    s3 = local.client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode(), Metadata={"some_name": "v"})
    answer = s3.get_object(Bucket=bucket, Key=key)
    assert answer["Body"].read() == key.encode()
    assert key in [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    with urllib.request.urlopen(url, timeout=20) as presigned:  # noqa: S310
        assert presigned.read() == key.encode()


def test_a_browser_reads_reports_without_a_signature(local: LocalAws, bucket: str) -> None:
    local.client("s3").put_object(Bucket=bucket, Key="index.html", Body=b"<p>", ContentType="text/html")
    with urllib.request.urlopen(f"{local.endpoint}/{bucket}/index.html", timeout=20) as answer:  # noqa: S310
        assert (answer.read(), answer.headers["Content-Type"]) == (b"<p>", "text/html")


def test_what_moto_does_not_have_is_said_in_words(local: LocalAws) -> None:
    with pytest.raises(ClientError, match="local AWS"):
        local.client("cloudwatch").list_metric_streams()


def test_health_waits_for_the_stack_and_then_gives_its_outputs(local: LocalAws) -> None:
    url = f"{local.endpoint}/_local/health"
    with pytest.raises(urllib.error.HTTPError) as starting:
        urllib.request.urlopen(url, timeout=20)  # noqa: S310
    assert starting.value.code == 503
    starting.value.close()
    local.outputs = {"BucketName": "data"}
    try:
        with urllib.request.urlopen(url, timeout=20) as ready:  # noqa: S310
            assert json.loads(ready.read()) == {"BucketName": "data"}
    finally:
        local.outputs = None


def test_releases_are_read_from_the_table(local: LocalAws) -> None:
    dynamodb = local.client("dynamodb")
    dynamodb.create_table(
        TableName="releases",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    body = {
        "id": "abcdefgh",
        "model": "churn",
        "number": 1,
        "stage": "live",
        "reason": "first release",
        "history": [{"stage": "received", "at": 1.0, "reason": "uploaded"}],
        "waiting_for": None,
        "attempt": 1,
        "created_at": 1.0,
    }
    for sk, content in (("RELEASE", body), ("OTHER", {})):
        item = {"pk": {"S": "RELEASE#abcdefgh"}, "sk": {"S": sk}, "body": {"S": json.dumps(content)}}
        dynamodb.put_item(TableName="releases", Item=item)
    with urllib.request.urlopen(f"{local.endpoint}/_local/releases", timeout=20) as answer:  # noqa: S310
        releases = json.loads(answer.read())
    names = ("model", "number", "stage", "reason", "history", "waiting_for", "attempt")
    assert releases == [{"release": "abcdefgh", **{name: body[name] for name in names}}]


def test_a_taken_port_is_said_clearly(local: LocalAws, tmp_path: Path) -> None:
    from local_aws.front import HttpServer

    port = int(local.endpoint.rsplit(":", 1)[1])
    with pytest.raises(PortTakenError, match=f"port {port} is taken"):
        HttpServer(stub_app, port)


def test_an_address_that_is_not_of_this_machine_is_not_called_a_taken_port() -> None:
    from local_aws.front import HttpServer

    with pytest.raises(OSError, match=r"192\.0\.2\.1"):
        HttpServer(stub_app, 0, also_on="192.0.2.1")


ENGINE_FAILS = """
import pathlib, sys
from local_aws.server import LocalAws
def engine(parts):
    raise RuntimeError("no engine today")
LocalAws(pathlib.Path(sys.argv[1]), engine)
"""


def test_a_local_aws_that_cannot_be_built_lets_the_process_end(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENGINE_FAILS, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "no engine today" in ended.stderr


def stub_app(_environ: object, _start_response: object) -> list[bytes]:
    return []


class Changed:
    def put(self, entry: str, extra: int = 0) -> str:
        return entry + str(extra)


def test_a_seam_is_put_back_and_refuses_a_moto_that_has_changed() -> None:
    seams = Seams()
    before = Changed.put
    seams.wrap(
        Changed, "put", "self entry extra", lambda original: lambda self, entry, extra=1: original(self, entry, 7)
    )
    assert Changed().put("a") == "a7"
    seams.restore()
    assert Changed.put is before
    with pytest.raises(SeamError, match="takes self entry extra, not self entry: install moto"):
        seams.replace(Changed, "put", "self entry", before)
    with pytest.raises(SeamError, match="has no"):
        seams.replace(Changed, "gone", "self", before)


def test_answers_are_dated_by_the_virtual_clock(local: LocalAws) -> None:
    for answer in (
        local.client("dynamodb").list_tables(),
        local.client("sagemaker").list_endpoints(),
        local.client("s3").list_buckets(),
    ):
        dated = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
        assert abs(dated - local.clock.now()) < 5 * local.clock.factor  # five real seconds, for a loaded machine


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("training-jobs/ym-churn/interrupt?seconds=60", 200, {"job": "ym-churn", "happened": "interrupt"}),
        ("transform-jobs/ym-churn/fail", 200, {"job": "ym-churn", "happened": "fail"}),
        ("training-jobs/none/fail", 400, {"message": "no training-jobs/none/fail"}),
        ("training-jobs/ym-churn/interrupt?seconds=x", 400, {"message": "could not convert string to float: 'x'"}),
    ],
)
def test_what_aws_does_to_jobs_is_provoked_at_a_door_of_its_own(
    connection: http.client.HTTPConnection, path: str, status: int, answer: dict[str, str]
) -> None:
    connection.request("POST", f"/_local/{path}")
    found = connection.getresponse()
    assert (found.status, json.loads(found.read())) == (status, answer)


@pytest.mark.parametrize(
    ("deal", "status", "answer"),
    [("offer?arn=a%2Fb", 200, {"arn": "offered a/b"}), ("steal?arn=a", 400, {"message": "no deal steal"})],
)
def test_deals_of_the_marketplace_are_done_at_a_door_of_their_own(
    connection: http.client.HTTPConnection, deal: str, status: int, answer: dict[str, str]
) -> None:
    connection.request("POST", f"/_local/marketplace/{deal}")
    found = connection.getresponse()
    assert (found.status, json.loads(found.read())) == (status, answer)
