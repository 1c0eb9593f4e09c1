"""Multi-model endpoints: which model of a prefix a request is for."""

import json
import threading

import pytest
from werkzeug.test import Client

from local_aws.sagemaker.access import DeniedError, ExecutionRole, Unlimited
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Answer, Invocation, ModelDataError, ServedContainer
from local_aws.sagemaker.wire import SageMakerApp
from tests.local_aws.sagemaker.puppets import IMAGE, Account, model, transform

CONTAINER = {"Image": IMAGE, "ModelDataUrl": "s3://b/models/", "Mode": "MultiModel"}


@pytest.fixture
def account() -> Account:
    account = Account()
    account.core.call("CreateModel", model(PrimaryContainer=CONTAINER))
    account.config()
    account.endpoint()
    return account


def test_a_multi_model_container_is_described_and_started_with_its_prefix(account: Account) -> None:
    assert account.call("DescribeModel", ModelName="m1")["PrimaryContainer"] == CONTAINER
    served = account.executors.hosting["e1/a/1"].containers
    assert served == (ServedContainer(IMAGE, "s3://b/models/", {}, "container-1", multi_model=True),)


def test_its_prefix_may_be_empty_but_its_bucket_must_be_there(account: Account) -> None:
    request = model("m2", PrimaryContainer=CONTAINER | {"ModelDataUrl": "s3://none/models/"})
    assert "Could not access model data at s3://none/models/" in account.refused("CreateModel", request)


def test_a_multi_model_container_needs_a_prefix(account: Account) -> None:
    request = model("m2", PrimaryContainer={"Image": IMAGE, "Mode": "MultiModel"})
    assert "must have a ModelDataUrl" in account.refused("CreateModel", request)


def test_the_role_must_be_able_to_list_the_prefix() -> None:
    class NoLists(Unlimited):
        def list(self, role: ExecutionRole, uri: str) -> None:
            raise DeniedError("no")

    said = Account(NoLists()).refused("CreateModel", model(PrimaryContainer=CONTAINER))
    assert 'ensure that the role has "s3:ListBucket" permission' in said


def test_no_transform_job_runs_with_a_multi_model_container(account: Account) -> None:
    assert "Batch transform is not supported" in account.refused("CreateTransformJob", transform())


def test_a_request_must_name_its_model(account: Account) -> None:
    assert account.core.route("e1", None, 0.5, "a.tar.gz").variant == "a"
    with pytest.raises(AwsError, match="is missing a target model header") as caught:
        account.core.route("e1", None, 0.5)
    assert (caught.value.code, caught.value.status) == ("ValidationError", 400)


def test_no_other_endpoint_takes_a_target_model() -> None:
    account = Account()
    account.serve()
    with pytest.raises(AwsError, match="e1 is not a multi-model endpoint and does not support target model header"):
        account.core.route("e1", None, 0.5, "a.tar.gz")


@pytest.mark.parametrize(("seconds", "hit"), [(0.0, 1), (1.5, 0)])
def test_metrics_tell_how_long_a_request_waited_for_its_model(account: Account, seconds: float, hit: int) -> None:
    answer = Answer(200, b"0.5", "text/csv", 0.004, loading_seconds=seconds)
    account.core.record(account.core.route("e1", None, 0.5, "a.tar.gz"), answer)
    points = {point.name: point.value for point in account.metrics}
    assert (points["ModelCacheHit"], points["ModelLoadingWaitTime"]) == (hit, seconds * 1e6)


def test_over_the_wire_a_model_that_is_not_there_is_a_validation_error_and_no_invocation(account: Account) -> None:
    asked: list[Invocation] = []

    def invoke(hosting_id: str, invocation: Invocation) -> Answer:
        asked.append(invocation)
        if invocation.target_model != "a.tar.gz":
            raise ModelDataError("Failed to download model data(bucket: b, key: models/none).")
        return Answer(200, b"0.5", "text/csv", 0.004, loading_seconds=0.0)

    account.executors.invoke = invoke  # type: ignore[method-assign]  # a puppet
    wire = Client(SageMakerApp(account.core, threading.Lock()))

    def send(target: str) -> tuple[int, str]:
        headers = {"X-Amzn-SageMaker-Target-Model": target, "Content-Type": "text/csv"}
        answer = wire.post("/endpoints/e1/invocations", data=b"1", headers=headers)
        return answer.status_code, answer.headers.get("x-amzn-ErrorType", "") or answer.get_data(as_text=True)

    assert send("a.tar.gz") == (200, "0.5")
    account.metrics.clear()
    assert send("none") == (400, "ValidationError")
    assert account.metrics == []
    assert [each.target_model for each in asked] == ["a.tar.gz", "none"]
    bare = wire.post("/endpoints/e1/invocations", data=b"1")
    assert "missing a target model header" in json.loads(bare.data)["Message"]
