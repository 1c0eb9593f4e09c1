from typing import Any

import pytest

from tests.local_aws.sagemaker.puppets import Account, variant


def wish(*wishes: dict[str, Any]) -> dict[str, Any]:
    return {"EndpointName": "e1", "DesiredWeightsAndCapacities": list(wishes)}


SWAP = wish({"VariantName": "a", "DesiredWeight": 5}, {"VariantName": "b", "DesiredWeight": 95})


def test_a_swap_is_desired_at_once_and_current_when_it_is_done(account: Account) -> None:
    account.serve()
    account.core.call("UpdateEndpointWeightsAndCapacities", SWAP)
    assert account.status() == "Updating"
    assert account.variants() == {"a": (95, 5, 1, 1), "b": (5, 95, 1, 1)}
    account.wait(20)
    assert account.status() == "InService"
    assert account.variants() == {"a": (5, 5, 1, 1), "b": (95, 95, 1, 1)}


def test_a_one_sided_change_leaves_the_other_variant_as_it_is(account: Account) -> None:
    account.serve()
    account.core.call("UpdateEndpointWeightsAndCapacities", wish({"VariantName": "a", "DesiredWeight": 5}))
    account.wait(20)
    assert account.variants() == {"a": (5, 5, 1, 1), "b": (5, 5, 1, 1)}


def test_a_weight_of_zero_is_kept_and_gets_no_traffic(account: Account) -> None:
    account.serve()
    account.core.call("UpdateEndpointWeightsAndCapacities", wish({"VariantName": "a", "DesiredWeight": 0}))
    account.wait(20)
    assert account.variants()["a"] == (0, 0, 1, 1)
    assert account.core.route("e1", None, 0.0).variant == "b"


def test_more_capacity_takes_as_long_as_instances_do(account: Account) -> None:
    account.serve()
    account.core.call("UpdateEndpointWeightsAndCapacities", wish({"VariantName": "b", "DesiredInstanceCount": 3}))
    account.wait(119)
    assert account.variants()["b"] == (5, 5, 1, 3)
    account.wait(1)
    assert account.variants()["b"] == (5, 5, 3, 3)
    assert account.variants()["a"] == (95, 95, 1, 1)


def test_a_change_that_fails_is_rolled_back_to_an_in_service_with_the_old_weights(account: Account) -> None:
    account.serve()
    account.change(fail_scaling=lambda name: name == "e1")
    account.core.call("UpdateEndpointWeightsAndCapacities", SWAP)
    account.wait(20)
    assert account.status() == "RollingBack"
    assert account.variants()["b"] == (5, 95, 1, 1)
    account.wait(20)
    assert account.status() == "InService"
    assert account.variants() == {"a": (95, 95, 1, 1), "b": (5, 5, 1, 1)}


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (
            [{"VariantName": "x", "DesiredWeight": 1}],
            'The variant name(s) "x" is/are not present within endpoint configuration "c1".',
        ),
        ([{"VariantName": "a"}, {"VariantName": "a"}], "named more than once"),
        ([{"VariantName": "a", "DesiredInstanceCount": 0}], "must be at least 1"),
        ([{"VariantName": "a", "DesiredWeight": -1}], "Member must have value greater than or equal to 0"),
        ([], "Member must have length greater than or equal to 1"),
    ],
)
def test_a_change_that_can_not_be_is_refused(account: Account, wishes: list[dict[str, Any]], message: str) -> None:
    account.serve()
    assert message in account.refused("UpdateEndpointWeightsAndCapacities", wish(*wishes))
    assert account.status() == "InService"


def test_more_capacity_needs_quota(account: Account) -> None:
    account.change(quotas={"ml.m5.large for endpoint usage": 3})
    account.serve(variant("a"), variant("b", "m2"))
    request = wish({"VariantName": "b", "DesiredInstanceCount": 3})
    message = account.refused("UpdateEndpointWeightsAndCapacities", request, "ResourceLimitExceeded")
    assert "current utilization of 2 Instances and a request delta of 2 Instances" in message
    account.core.call("UpdateEndpointWeightsAndCapacities", wish({"VariantName": "b", "DesiredInstanceCount": 2}))


def test_maintenance_ends_in_service(account: Account) -> None:
    account.serve()
    account.core.update_system("e1", 50)
    assert account.status() == "SystemUpdating"
    assert account.core.route("e1", "a", 0).variant == "a"
    account.wait(50)
    assert account.status() == "InService"
