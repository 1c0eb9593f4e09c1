"""Inference pipelines: models of several containers, their endpoints, transform jobs and packages."""

from typing import Any

import pytest

from local_aws.sagemaker.access import DeniedError, ExecutionRole, Unlimited
from local_aws.sagemaker.executors.base import Answer, HostingOutcome, ServedContainer
from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, ROLE, Account, config, model, package, transform, variant

SCALER = "s3://b/scale/model.tar.gz"
FIRST = {"Image": IMAGE, "ModelDataUrl": SCALER, "Environment": {"A": "1"}, "ContainerHostname": "scale"}
SECOND = {"Image": IMAGE, "ModelDataUrl": ARTIFACT}
BOTH = (ServedContainer(IMAGE, SCALER, {"A": "1"}, "scale"), ServedContainer(IMAGE, ARTIFACT, {}, "container-2"))


def pipeline(name: str = "m1", *containers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a right request for a model of two containers."""
    request = model(name, Containers=list(containers) or [FIRST, SECOND], **changes)
    del request["PrimaryContainer"]
    return request


@pytest.fixture
def account() -> Account:
    account = Account()
    account.objects.uris.add(SCALER)
    return account


def serve(account: Account) -> None:
    account.core.call("CreateModel", pipeline())
    account.config()
    account.endpoint()


def test_a_pipeline_is_described_as_it_was_created_and_listed(account: Account) -> None:
    account.core.call("CreateModel", pipeline(InferenceExecutionConfig={"Mode": "Serial"}))
    described = account.call("DescribeModel", ModelName="m1")
    assert described["Containers"] == [FIRST, SECOND]
    assert described["InferenceExecutionConfig"] == {"Mode": "Serial"}
    assert "PrimaryContainer" not in described
    assert [each["ModelName"] for each in account.call("ListModels")["Models"]] == ["m1"]


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (pipeline("m1", *[SECOND] * 16), "ValidationException", "length less than or equal to 15"),
        (
            {**pipeline(), "PrimaryContainer": SECOND},
            "ValidationException",
            "Either PrimaryContainer or Containers can be given, not both.",
        ),
        (pipeline("m1", FIRST, FIRST), "ValidationException", "Each ContainerHostname must be unique"),
        (
            pipeline("m1", FIRST, {**SECOND, "ModelDataUrl": "s3://b/none.tar.gz"}),
            "ValidationException",
            "Could not find model data at s3://b/none.tar.gz.",
        ),
        (pipeline("m1", FIRST, {"Image": "nginx"}), "ValidationException", 'Using non-ECR image "nginx"'),
        (
            pipeline("m1", *[{**SECOND, "Mode": "MultiModel"}] * 2),
            "ValidationException",
            "More than one container in MultiModel mode is not supported with inference pipeline.",
        ),
        (pipeline("m1", FIRST, {**SECOND, "Mode": "MultiModel"}), "UnknownOperationException", "in MultiModel mode"),
        (pipeline(InferenceExecutionConfig={"Mode": "Direct"}), "UnknownOperationException", "Mode Direct"),
    ],
)
def test_a_pipeline_that_can_not_be_is_refused(
    account: Account, request_: dict[str, Any], code: str, message: str
) -> None:
    assert message in account.refused("CreateModel", request_, code)


def test_an_endpoint_starts_all_containers_and_describes_their_images(account: Account) -> None:
    serve(account)
    assert account.executors.hosting["e1/a/1"].containers == BOTH
    [summary] = account.call("DescribeEndpoint", EndpointName="e1")["ProductionVariants"]
    assert [image["SpecifiedImage"] for image in summary["DeployedImages"]] == [IMAGE, IMAGE]


def test_containers_that_fail_their_pings_are_named(account: Account) -> None:
    account.executors.silent = True
    serve(account)
    account.executors.outcomes.append(HostingOutcome("e1/a/1", ready=False, failed=("container-2",)))
    account.wait()
    reason = account.call("DescribeEndpoint", EndpointName="e1")["FailureReason"]
    assert reason.startswith("The container-2 for production variant a did not pass the ping health check.")


def test_an_endpoint_fails_if_the_data_of_a_later_container_is_gone(account: Account) -> None:
    account.core.call("CreateModel", pipeline())
    account.config()
    account.objects.uris.remove(ARTIFACT)
    account.endpoint()
    reason = account.call("DescribeEndpoint", EndpointName="e1")["FailureReason"]
    assert reason.startswith(f'Failed to download model data for container "container_2" from URL: "{ARTIFACT}"')


@pytest.mark.parametrize(
    ("answer", "message", "status"),
    [
        (
            Answer(500, b"bad row", "text/plain", 0.1, "scale"),
            'Received server error (500) from scale with message "bad row". See https://',
            500,
        ),
        (
            Answer(415, b"no csv", "text/plain", 0.1, "container-2"),
            'Received client error (415) from container-2 with message "no csv". See https://',
            415,
        ),
        (
            Answer(413, b"", "text/csv", 0.1, "scale", "Received response from scale with status code 200. However, …"),
            "Received response from scale with status code 200. However, … See https://",
            413,
        ),
    ],
)
def test_an_error_names_its_container(account: Account, answer: Answer, message: str, status: int) -> None:
    serve(account)
    route = account.core.route("e1", None, 0.5)
    account.core.record(route, answer)
    error = account.core.model_error(route, answer)
    assert error is not None
    assert (error.code, error.status, error.fields["OriginalStatusCode"]) == ("ModelError", 424, status)
    assert error.message.startswith(message)
    points = {point.name: point.value for point in account.metrics}
    assert (points["InvocationModelErrors"], points["ModelLatency"]) == (1, 100_000)


def test_a_transform_job_gets_all_containers_with_its_own_environment(account: Account) -> None:
    account.core.call("CreateModel", pipeline())
    account.core.call("CreateTransformJob", transform(Environment={"B": "2"}))
    account.wait(60)
    request = account.executors.transforms["t1"]
    assert [each.environment for each in request.containers] == [{"A": "1", "B": "2"}, {"B": "2"}]
    assert [each.model_data_url for each in request.containers] == [SCALER, ARTIFACT]


def test_a_package_of_several_containers_is_deployed_with_all_of_them(account: Account) -> None:
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    specification = package()["InferenceSpecification"] | {"Containers": [FIRST, SECOND]}
    request = package(InferenceSpecification=specification, ModelApprovalStatus="Approved")
    arn = account.core.call("CreateModelPackage", request)["ModelPackageArn"]
    account.core.call("CreateModel", model(PrimaryContainer={"ModelPackageName": arn}))
    account.config()
    account.endpoint()
    assert account.executors.hosting["e1/a/1"].containers == BOTH


def test_a_canary_of_a_pipeline_shares_the_traffic_with_a_model_of_one_container(account: Account) -> None:
    account.model("m1")
    account.core.call("CreateModel", pipeline("m2"))
    account.config("c1", variant("a"))
    account.endpoint()
    account.config("c2", variant("a", weight=95), variant("b", "m2", weight=5))
    account.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2")
    account.wait(200)
    assert account.status() == "InService"
    assert account.core.route("e1", None, 0.99).hosting_id == "e1/b/2"
    assert account.core.route("e1", None, 0.1).hosting_id == "e1/a/1", "the old one keeps its container"


def test_the_role_must_be_able_to_read_the_data_of_each_container() -> None:
    class NoScaler(Unlimited):
        def read(self, role: ExecutionRole, uri: str) -> None:
            if uri == SCALER:
                raise DeniedError("no")

    account = Account(NoScaler())
    account.objects.uris.add(SCALER)
    said = account.refused("CreateModel", pipeline())
    assert said.startswith(f'Could not access model data at {SCALER}. Please ensure that the role "{ROLE}" exists')


def test_a_configuration_of_a_pipeline_is_like_any_other(account: Account) -> None:
    account.core.call("CreateModel", pipeline())
    account.core.call("CreateEndpointConfig", config())
    assert account.call("DescribeEndpointConfig", EndpointConfigName="c1")["ProductionVariants"][0]["ModelName"] == "m1"
