from typing import Any

import pytest

from local_aws.sagemaker.executors.base import HostingOutcome
from tests.local_aws.sagemaker.puppets import Account, variant


def update(account: Account, config_name: str = "c2", **more: Any) -> None:
    account.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName=config_name, **more)


def scaled(account: Account) -> None:
    """Serve variant a with weight 30 and 3 instances, other than its configuration says."""
    account.serve(variant("a", weight=95))
    wish = {"VariantName": "a", "DesiredWeight": 30, "DesiredInstanceCount": 3}
    account.call("UpdateEndpointWeightsAndCapacities", EndpointName="e1", DesiredWeightsAndCapacities=[wish])
    account.wait(120)


def test_the_new_fleet_takes_over_when_it_is_ready_and_the_old_one_ends(account: Account) -> None:
    account.serve(variant("a", "m1"))
    account.config("c2", variant("a", "m2"))
    update(account)
    account.wait(119)
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("Updating", "c1")
    pending = described["PendingDeploymentSummary"]
    assert (pending["EndpointConfigName"], pending["ProductionVariants"][0]["VariantName"]) == ("c2", "a")
    assert account.core.route("e1", None, 0).hosting_id == "e1/a/1"
    account.wait(1)
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c2")
    assert "PendingDeploymentSummary" not in described
    assert account.core.route("e1", None, 0).hosting_id == "e1/a/2"


def test_an_unchanged_variant_keeps_its_container(account: Account) -> None:
    account.serve(variant("a", weight=100))
    account.config("c2", variant("a", weight=95), variant("b", "m2", weight=5))
    update(account)
    account.wait(200)
    assert set(account.executors.hosting) == {"e1/a/1", "e1/b/2"}
    assert account.variants() == {"a": (95, 95, 1, 1), "b": (5, 5, 1, 1)}


def test_the_same_configuration_again_is_a_deployment_like_any_other(account: Account) -> None:
    account.serve()
    update(account, "c1")
    assert account.status() == "Updating"
    account.wait(120)
    assert account.status() == "InService"


@pytest.mark.parametrize(
    ("options", "figures"),
    [
        ({}, (50, 50, 1, 1)),
        ({"RetainAllVariantProperties": False}, (50, 50, 1, 1)),
        ({"RetainAllVariantProperties": True}, (30, 30, 3, 3)),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            (50, 50, 3, 3),
        ),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}],
            },
            (30, 30, 1, 1),
        ),
    ],
)
def test_weights_and_counts_are_reset_unless_the_request_retains_them(
    account: Account, options: dict[str, Any], figures: tuple[float, ...]
) -> None:
    scaled(account)
    account.config("c2", variant("a", weight=50), variant("b", "m2", weight=50))
    update(account, **options)
    account.wait(200)
    assert account.variants() == {"a": figures, "b": (50, 50, 1, 1)}


def test_a_new_fleet_that_fails_is_rolled_back_and_the_old_one_serves_on(account: Account) -> None:
    account.serve()
    before = account.variants()
    account.config("c2", variant("a", weight=1), variant("new", "m2"))
    account.executors.broken = {"/new/"}
    update(account)
    account.wait(120)
    assert account.status() == "RollingBack"
    account.core.route("e1", None, 0.5)
    account.wait(20)
    described = account.call("DescribeEndpoint", EndpointName="e1")
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", "c1")
    assert "production variant new did not pass" in described["FailureReason"]
    assert account.variants() == before
    assert set(account.executors.hosting) == {"e1/a/1", "e1/b/1"}


def test_a_late_outcome_of_a_rolled_back_fleet_changes_nothing(account: Account) -> None:
    account.serve()
    account.config("c2", variant("x", "m2"), variant("new", "m2"))
    account.executors.silent = True
    update(account)
    account.executors.outcomes.append(HostingOutcome("e1/new/2", ready=False))
    account.wait(200)
    account.executors.outcomes.append(HostingOutcome("e1/x/2", ready=True))
    account.wait()
    assert set(account.variants()) == {"a", "b"}


def test_an_update_needs_the_new_and_the_old_configuration(account: Account) -> None:
    account.serve()
    request = {"EndpointName": "e1", "EndpointConfigName": "c2"}
    assert "endpoint-config/c2" in account.refused("UpdateEndpoint", request)
    account.config("c2", variant("a", "m2"))
    account.call("DeleteEndpointConfig", EndpointConfigName="c1")
    assert "endpoint-config/c1" in account.refused("UpdateEndpoint", request)


def test_an_update_needs_quota_for_both_fleets_at_once(account: Account) -> None:
    account.change(quotas={"ml.m5.large for endpoint usage": 3})
    account.serve()
    account.config("c2", variant("a", "m2", count=2))
    request = {"EndpointName": "e1", "EndpointConfigName": "c2"}
    message = account.refused("UpdateEndpoint", request, "ResourceLimitExceeded")
    assert "current utilization of 2 Instances and a request delta of 2 Instances" in message
    assert account.status() == "InService"


def test_a_request_under_way_keeps_its_container_alive(account: Account) -> None:
    account.serve(variant("a", "m1"))
    route = account.core.route("e1", None, 0)
    account.config("c2", variant("a", "m2"))
    update(account)
    account.wait(1000)
    assert route.hosting_id in account.executors.hosting
    account.core.record(route, None)
    assert set(account.executors.hosting) == {"e1/a/2"}
