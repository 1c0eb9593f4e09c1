from typing import Any

import pytest

from local_aws.sagemaker.executors.base import HostingOutcome
from tests.local_aws.sagemaker.puppets import ARTIFACT, Account, variant

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e1"


def test_an_endpoint_is_creating_until_instances_and_containers_are_ready(account: Account) -> None:
    account.model()
    account.config()
    account.executors.silent = True
    account.endpoint(seconds=500)
    assert account.status() == "Creating"
    assert "ProductionVariants" not in account.call("DescribeEndpoint", EndpointName="e1")
    account.executors.outcomes.append(HostingOutcome("e1/a/1", ready=True))
    account.wait()
    assert account.status() == "InService"
    assert account.variants() == {"a": (1.0, 1.0, 1, 1)}


def test_an_endpoint_takes_its_instances_time_to_start(account: Account) -> None:
    account.model()
    account.config()
    account.endpoint(seconds=119)
    assert account.status() == "Creating"
    account.wait(1)
    assert account.status() == "InService"


def test_a_container_that_fails_its_ping_fails_the_endpoint_which_can_only_be_deleted(account: Account) -> None:
    account.executors.broken = {"/b/"}
    account.serve()
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith(
        "The primary container for production variant b did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )
    assert account.executors.hosting == {}
    message = account.refused("UpdateEndpoint", {"EndpointName": "e1", "EndpointConfigName": "c1"})
    assert message.startswith("Cannot update failed endpoint")
    account.call("DeleteEndpoint", EndpointName="e1")


def test_a_lost_artifact_fails_the_endpoint(account: Account) -> None:
    account.model()
    account.config()
    account.objects.uris.discard(ARTIFACT)
    account.endpoint()
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith("Failed to download model data for container")


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("UpdateEndpoint", {"EndpointName": "e1", "EndpointConfigName": "c1"}),
    (
        "UpdateEndpointWeightsAndCapacities",
        {"EndpointName": "e1", "DesiredWeightsAndCapacities": [{"VariantName": "a", "DesiredWeight": 1}]},
    ),
    ("DeleteEndpoint", {"EndpointName": "e1"}),
]


def begin(account: Account, phase: str) -> None:
    """Bring endpoint e1 into a phase in which it is busy."""
    if phase == "Creating":
        account.model()
        account.config()
        account.endpoint(seconds=10)
        return
    account.serve()
    if phase == "RollingBack":
        account.change(fail_scaling=lambda _: True)
    if phase in ("Updating", "RollingBack"):
        account.core.call(*CHANGES[1])
    if phase == "RollingBack":
        account.wait(20)
    if phase == "SystemUpdating":
        account.core.update_system("e1", 100)
    if phase == "Deleting":
        account.core.call(*CHANGES[2])


@pytest.mark.parametrize("phase", ["Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting"])
@pytest.mark.parametrize(("operation", "params"), CHANGES)
def test_a_busy_endpoint_refuses_every_change(
    account: Account, phase: str, operation: str, params: dict[str, Any]
) -> None:
    begin(account, phase)
    assert account.status() == phase
    assert account.refused(operation, params) == f'Cannot update in-progress endpoint "{ARN}".'


@pytest.mark.parametrize(("operation", "params"), [*CHANGES, ("DescribeEndpoint", {"EndpointName": "e1"})])
def test_an_unknown_endpoint_is_not_found(account: Account, operation: str, params: dict[str, Any]) -> None:
    assert account.refused(operation, params) == f'Could not find endpoint "{ARN}".'


@pytest.mark.parametrize("name", ["e1", "E1"])
def test_a_name_is_taken_whatever_its_case_and_also_while_deleting(account: Account, name: str) -> None:
    account.serve()
    again = {"EndpointName": name, "EndpointConfigName": "c1"}
    assert account.refused("CreateEndpoint", again) == f'Cannot create already existing endpoint "{ARN}".'
    account.call("DeleteEndpoint", EndpointName="e1")
    account.wait(29)
    assert account.refused("CreateEndpoint", again).startswith("Cannot create already existing endpoint")
    account.wait(1)
    account.core.call("CreateEndpoint", again)


def test_a_deleted_endpoint_is_gone_and_its_containers_too(account: Account) -> None:
    account.serve()
    account.call("DeleteEndpoint", EndpointName="e1")
    account.wait(30)
    assert account.refused("DescribeEndpoint", {"EndpointName": "e1"}).startswith("Could not find endpoint")
    assert account.executors.hosting == {}


def test_an_endpoint_needs_its_configuration(account: Account) -> None:
    message = account.refused("CreateEndpoint", {"EndpointName": "e1", "EndpointConfigName": "none"})
    assert message.startswith('Could not find endpoint configuration "arn:')


def test_a_young_configuration_is_not_seen_while_reads_lag(account: Account) -> None:
    account.change(read_lag_seconds=5)
    account.model()
    assert account.refused("DescribeModel", {"ModelName": "m1"}).startswith("Could not find model")
    account.wait(5)
    account.config()
    assert account.refused("CreateEndpoint", {"EndpointName": "e1", "EndpointConfigName": "c1"}).startswith(
        "Could not find"
    )
    account.wait(5)
    account.endpoint()
    assert account.status() == "InService"


def test_the_quota_counts_the_instances_of_all_endpoints(account: Account) -> None:
    account.change(quotas={"ml.m5.large for endpoint usage": 3})
    account.serve()
    account.config("c2", variant("a", count=2))
    message = account.refused(
        "CreateEndpoint", {"EndpointName": "e2", "EndpointConfigName": "c2"}, "ResourceLimitExceeded"
    )
    assert "is 3 Instances, with current utilization of 2 Instances and a request delta of 2 Instances" in message


@pytest.mark.parametrize(
    "config",
    [
        {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                "WaitIntervalInSeconds": 0,
            }
        },
        {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {"Type": "LINEAR", "WaitIntervalInSeconds": 0},
            }
        },
    ],
)
def test_guardrails_are_refused_not_ignored(account: Account, config: dict[str, Any]) -> None:
    account.serve()
    request = {"EndpointName": "e1", "EndpointConfigName": "c1", "DeploymentConfig": config}
    account.refused("UpdateEndpoint", request, "UnknownOperationException")
