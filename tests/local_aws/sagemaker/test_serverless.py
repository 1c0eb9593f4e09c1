"""Serverless variants: what excludes them, how many they answer at once, and the first request after a pause."""

import json
import threading
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import Client

from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Answer
from local_aws.sagemaker.serverless import CONCURRENCY_QUOTA, MAX_BODY, MEMORY_QUOTA
from local_aws.sagemaker.wire import SageMakerApp
from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, Account, config, model, variant

FINE = Answer(200, b"0.5", "text/csv", 0.004)
NETWORK = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}


def serverless(
    name: str = "a", model_name: str = "m1", memory: int = 2048, most: int = 2, **more: Any
) -> dict[str, Any]:
    """Return a right serverless variant; `more` is of its ServerlessConfig."""
    sizes = {"MemorySizeInMB": memory, "MaxConcurrency": most, **more}
    return {"VariantName": name, "ModelName": model_name, "ServerlessConfig": sizes}


@pytest.fixture
def serving(account: Account) -> Account:
    account.model()
    account.config("c1", serverless())
    account.endpoint()
    return account


def request(account: Account, answer: Answer | None = FINE) -> Counter[str]:
    """Send a request; return the sums of its metrics."""
    account.metrics.clear()
    account.core.record(account.core.route("e1", None, 0.5), answer)
    sums: Counter[str] = Counter()
    for point in account.metrics:
        sums[point.name] += int(point.value)
    return sums


def test_a_serverless_endpoint_is_described_without_instances(serving: Account) -> None:
    [summary] = serving.call("DescribeEndpoint", EndpointName="e1")["ProductionVariants"]
    sizes = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}
    assert (summary["CurrentServerlessConfig"], summary["DesiredServerlessConfig"]) == (sizes, sizes)
    assert "CurrentInstanceCount" not in summary
    assert summary["CurrentWeight"] == 1
    [described] = serving.call("DescribeEndpointConfig", EndpointConfigName="c1")["ProductionVariants"]
    assert described["ServerlessConfig"] == sizes


CAPTURE = {
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://b/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (config("c1", serverless("a"), serverless("b")), "do not support multiple production variants"),
        (config("c1", serverless("a"), variant("b")), "do not support multiple production variants"),
        ({**config("c1", serverless()), "DataCaptureConfig": CAPTURE}, "do not support data capture"),
        (config("c1", serverless() | {"InstanceType": "ml.m5.large"}), "InstanceType can't be specified together"),
        (config("c1", serverless() | {"InitialInstanceCount": 1}), "InitialInstanceCount can't be specified"),
        (config("c1", serverless() | {"VolumeSizeInGB": 10}), "VolumeSizeInGB can't be specified"),
        (config("c1", serverless(memory=1500)), "MemorySizeInMB 1500 is not valid. Valid values: 1024, 2048"),
        (config("c1", serverless(memory=512)), "Member must have value greater than or equal to 1024"),
        (config("c1", serverless(most=201)), "Member must have value less than or equal to 200"),
        (config("c1", serverless(ProvisionedConcurrency=3)), "must be less than or equal to MaxConcurrency 2"),
        (config("c1", serverless(model_name="pipeline")), "do not support inference pipelines"),
        (config("c1", serverless(model_name="multi")), "do not support multi-model endpoints"),
        (config("c1", serverless(model_name="network")), "do not support VPC configuration"),
        (config("c1", serverless(model_name="isolated")), "do not support network isolation"),
    ],
)
def test_what_serverless_endpoints_exclude_is_refused(account: Account, request_: dict[str, Any], message: str) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": ARTIFACT}
    account.model()
    account.core.call("CreateModel", model("network", VpcConfig=NETWORK))
    account.core.call("CreateModel", model("isolated", EnableNetworkIsolation=True))
    account.core.call("CreateModel", model("pipeline", PrimaryContainer=None, Containers=[container, container]))
    multi = {"Image": IMAGE, "ModelDataUrl": "s3://b/models/", "Mode": "MultiModel"}
    account.core.call("CreateModel", model("multi", PrimaryContainer=multi))
    assert message in account.refused("CreateEndpointConfig", request_)


def test_requests_beyond_the_concurrency_are_throttled_and_nowhere_counted(serving: Account) -> None:
    routes = [serving.core.route("e1", None, 0.5) for _ in range(2)]
    with pytest.raises(AwsError) as caught:
        serving.core.route("e1", None, 0.5)
    assert (caught.value.code, caught.value.status) == ("ThrottlingException", 400)
    assert serving.metrics == []
    for route in routes:
        serving.core.record(route, FINE)
    assert serving.core.route("e1", None, 0.5).variant == "a"


def test_over_the_wire_a_throttled_request_says_nothing_but_its_code(serving: Account) -> None:
    for _ in range(2):
        serving.core.route("e1", None, 0.5)
    wire = Client(SageMakerApp(serving.core, threading.Lock()))
    answer = wire.post("/endpoints/e1/invocations", data=b"1")
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ThrottlingException")
    assert json.loads(answer.data) == {"Message": None}


def test_the_first_request_after_a_pause_is_cold(serving: Account) -> None:
    overhead, setup = 5_000, 5_000_000
    assert request(serving) == {
        "Invocations": 1,
        "ModelLatency": 4000,
        "OverheadLatency": overhead + setup,
        "ModelSetupTime": setup,
        "Invocation4XXErrors": 0,
        "Invocation5XXErrors": 0,
        "InvocationModelErrors": 0,
    }
    serving.wait(299)
    assert request(serving)["OverheadLatency"] == overhead
    serving.wait(300)
    assert request(serving)["ModelSetupTime"] == setup


def test_with_provisioned_concurrency_no_request_is_cold(account: Account) -> None:
    account.model()
    account.config("c1", serverless(ProvisionedConcurrency=1))
    account.endpoint()
    assert "ModelSetupTime" not in request(account)


def test_a_body_may_be_of_four_megabytes(serving: Account) -> None:
    serving.core.route("e1", None, 0.5, size=MAX_BODY)
    with pytest.raises(AwsError, match="length less than or equal to 4194304"):
        serving.core.route("e1", None, 0.5, size=MAX_BODY + 1)


def test_an_endpoint_with_instances_never_becomes_serverless_and_a_serverless_one_may_get_instances(
    serving: Account,
) -> None:
    serving.config("c2", variant("a"))
    serving.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2")
    serving.wait(200)
    assert serving.variants() == {"a": (1, 1, 1, 1)}
    update = {"EndpointName": "e1", "EndpointConfigName": "c1"}
    assert "to a serverless endpoint" in serving.refused("UpdateEndpoint", update)


def test_a_serverless_endpoint_moves_to_another_model(serving: Account) -> None:
    serving.model("m2")
    serving.config("c2", serverless("b", "m2", memory=4096))
    serving.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2", RetainAllVariantProperties=True)
    serving.wait(200)
    assert serving.status() == "InService"
    assert serving.core.route("e1", None, 0.5).variant == "b"


def test_the_concurrency_of_a_serverless_variant_can_be_changed_its_instances_can_not(serving: Account) -> None:
    wish = {"VariantName": "a", "ServerlessUpdateConfig": {"MaxConcurrency": 5, "ProvisionedConcurrency": 1}}
    serving.call("UpdateEndpointWeightsAndCapacities", EndpointName="e1", DesiredWeightsAndCapacities=[wish])
    [summary] = serving.call("DescribeEndpoint", EndpointName="e1")["ProductionVariants"]
    assert summary["CurrentServerlessConfig"]["MaxConcurrency"] == 2
    assert summary["DesiredServerlessConfig"]["MaxConcurrency"] == 5
    serving.wait(20)
    [summary] = serving.call("DescribeEndpoint", EndpointName="e1")["ProductionVariants"]
    assert summary["CurrentServerlessConfig"]["MaxConcurrency"] == 5


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"DesiredInstanceCount": 2}, "Variant a is serverless: it has no DesiredInstanceCount."),
        ({"ServerlessUpdateConfig": {"ProvisionedConcurrency": 3}}, "less than or equal to MaxConcurrency 2"),
    ],
)
def test_a_change_that_a_serverless_variant_can_not_have_is_refused(
    serving: Account, wish: dict[str, Any], message: str
) -> None:
    params = {"EndpointName": "e1", "DesiredWeightsAndCapacities": [{"VariantName": "a", **wish}]}
    assert message in serving.refused("UpdateEndpointWeightsAndCapacities", params)


def test_a_variant_with_instances_has_no_concurrency(account: Account) -> None:
    account.serve()
    wish = {"VariantName": "a", "ServerlessUpdateConfig": {"MaxConcurrency": 5}}
    params = {"EndpointName": "e1", "DesiredWeightsAndCapacities": [wish]}
    assert "Variant a is not serverless" in account.refused("UpdateEndpointWeightsAndCapacities", params)


@pytest.mark.parametrize(
    ("quota", "limit", "wanted"),
    [(MEMORY_QUOTA, 3072, serverless(memory=4096)), (CONCURRENCY_QUOTA, 3, serverless(most=2))],
)
def test_the_accounts_quotas_count(serving: Account, quota: str, limit: int, wanted: dict[str, Any]) -> None:
    serving.change(quotas={quota: limit})
    serving.config("c2", wanted)
    create = {"EndpointName": "e2", "EndpointConfigName": "c2"}
    assert f"'{quota}' is {limit}" in serving.refused("CreateEndpoint", create, "ResourceLimitExceeded")
    assert serving.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c1"), "what is replaced doesn't count"
