import json
import threading
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from werkzeug.test import Client, TestResponse

from local_aws.sagemaker.executors.base import Answer
from local_aws.sagemaker.mount import mount
from local_aws.sagemaker.runtime import MAX_BODY
from local_aws.sagemaker.wire import SageMakerApp
from tests.local_aws.sagemaker.puppets import Account, package, training, variant


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """One session for all tests: it keeps the service models that it read."""
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")


@pytest.fixture
def clients(account: Account, session: boto3.Session) -> tuple[Any, Any]:
    """boto3 clients of both services, mounted on the account; each request goes where 0.5 falls."""
    pair = session.client("sagemaker"), session.client("sagemaker-runtime")
    mount(account.core, *pair, draw=lambda: 0.5)
    return pair


@pytest.fixture
def wire(account: Account) -> Client:
    return Client(SageMakerApp(account.core, threading.Lock(), draw=lambda: 0.5))


def post(wire: Client, operation: str, body: Any) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body)
    return wire.post("/", headers={"X-Amz-Target": f"SageMaker.{operation}"}, data=data)


def test_answers_are_json_with_numbers_for_times(account: Account, wire: Client) -> None:
    account.train()
    answer = post(wire, "DescribeTrainingJob", {"TrainingJobName": "j1"})
    assert answer.status_code == 200
    assert answer.content_type == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-RequestId"]
    assert json.loads(answer.data)["CreationTime"] == 1_772_600_000.0


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("DescribeTrainingJob", {"TrainingJobName": "none"}, "ValidationException"),
        ("CreateAutoMLJob", {}, "UnknownOperationException"),
        ("Nonsense", {}, "UnknownOperationException"),
        ("DescribeTrainingJob", b"{", "SerializationException"),
        ("DescribeTrainingJob", b"[]", "SerializationException"),
    ],
)
def test_every_refusal_is_a_400_that_no_client_retries(wire: Client, operation: str, body: Any, code: str) -> None:
    answer = post(wire, operation, body)
    assert answer.status_code == 400
    assert json.loads(answer.data)["__type"] == code
    assert json.loads(answer.data)["message"]


def test_a_request_for_nothing_known_is_refused(wire: Client) -> None:
    assert wire.get("/").status_code == 400


def test_boto3_sees_aws(clients: tuple[Any, Any]) -> None:
    sagemaker, _ = clients
    sagemaker.create_training_job(**training())
    described = sagemaker.describe_training_job(TrainingJobName="j1")
    assert described["CreationTime"].timestamp() == 1_772_600_000
    assert described["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="already exists"):
        sagemaker.create_training_job(**training())
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_endpoint(EndpointName="none")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_boto3_pages_through_a_list(account: Account, clients: tuple[Any, Any]) -> None:
    for at in range(12):
        account.train(f"j{at}")
    pages = clients[0].get_paginator("list_training_jobs").paginate(NameContains="j")
    assert len([job for page in pages for job in page["TrainingJobSummaries"]]) == 12


def test_a_clients_retries_get_through_a_throttle(account: Account, clients: tuple[Any, Any]) -> None:
    refusals = iter([True])
    account.change(throttle=lambda _: next(refusals, False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        assert clients[0].list_models()["Models"] == []


def test_an_invocation_goes_through_and_names_its_variant(account: Account, clients: tuple[Any, Any]) -> None:
    account.serve()
    runtime = clients[1]
    answer = runtime.invoke_endpoint(EndpointName="e1", Body=b"1,2", ContentType="text/csv")
    assert answer["Body"].read() == b"0.5"
    assert (answer["InvokedProductionVariant"], answer["ContentType"]) == ("a", "text/csv")
    answer = runtime.invoke_endpoint(EndpointName="e1", Body=b"1,2", TargetVariant="b")
    assert answer["InvokedProductionVariant"] == "b"
    assert [point.value for point in account.metrics if point.name == "Invocations"] == [1, 1]


def test_a_models_error_reaches_the_caller(account: Account, clients: tuple[Any, Any]) -> None:
    account.serve()
    account.executors.answer = lambda _: Answer(415, b"bad csv", "text/plain", 0.01)
    with pytest.raises(clients[1].exceptions.ModelError) as caught:
        clients[1].invoke_endpoint(EndpointName="e1", Body=b"x")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (response["OriginalStatusCode"], response["OriginalMessage"]) == (415, "bad csv")


def test_a_container_that_is_gone_is_a_models_error_too(account: Account, clients: tuple[Any, Any]) -> None:
    account.serve()
    account.executors.hosting.clear()
    with pytest.raises(clients[1].exceptions.ModelError, match=r"Received server error \(500\)"):
        clients[1].invoke_endpoint(EndpointName="e1", Body=b"x")
    assert [point.value for point in account.metrics if point.name == "Invocation5XXErrors"] == [1]


def test_the_runtimes_refusals_have_its_own_code(account: Account, clients: tuple[Any, Any]) -> None:
    account.serve()
    with pytest.raises(clients[1].exceptions.ValidationError):
        clients[1].invoke_endpoint(EndpointName="none", Body=b"x")


def test_a_body_above_the_limit_is_refused(account: Account, wire: Client) -> None:
    account.serve()
    answer = wire.post("/endpoints/e1/invocations", data=bytes(MAX_BODY + 1))
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationError")


def test_the_lock_is_held_for_the_core_and_free_while_a_model_answers(account: Account) -> None:
    account.serve()
    lock = threading.Lock()
    seen = []

    def answer(_: str) -> Answer:
        seen.append(lock.locked())
        return Answer(200, b"1", "text/csv", 0.01)

    account.executors.answer = answer

    def watched(original: Any) -> Any:
        def call(*given: Any) -> Any:
            seen.append(lock.locked())
            return original(*given)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("call", "route", "record"):
            patch.setattr(account.core, name, watched(getattr(account.core, name)))
        wire = Client(SageMakerApp(account.core, lock))
        assert wire.post("/endpoints/e1/invocations", data=b"1").status_code == 200
        assert post(wire, "ListModels", {}).status_code == 200
    assert seen == [True, False, True, True]


def test_no_request_fails_while_a_fleet_is_replaced(account: Account, wire: Client) -> None:
    account.serve(variant("a", "m1"))
    account.config("c2", variant("a", "m2"))
    account.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2")
    for _ in range(50):
        assert wire.post("/endpoints/e1/invocations", data=b"1").status_code == 200
        account.wait(5)
    assert set(account.executors.hosting) == {"e1/a/2"}


def test_updating_a_package_over_boto3(clients: tuple[Any, Any]) -> None:
    sagemaker, _ = clients
    sagemaker.create_model_package_group(ModelPackageGroupName="g1")
    arn = sagemaker.create_model_package(**package())["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "Approved"
