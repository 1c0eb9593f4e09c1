"""UpdateEndpoint and variants that are scaled automatically."""

from typing import Any

import pytest

from local_aws.sagemaker.errors import AwsError
from tests.local_aws.sagemaker.puppets import Account, config, model, variant


class Targets:
    """One registered variant."""

    def __init__(self) -> None:
        self.names = {("e1", "a")}

    def registered(self, endpoint: str, name: str) -> bool:
        return (endpoint, name) in self.names

    def deregister(self, endpoint: str, name: str) -> None:
        self.names.discard((endpoint, name))


@pytest.fixture
def scaled() -> Account:
    account = Account()
    account.core._world.scaling = Targets()
    account.call("CreateModel", **model())
    account.call("CreateModel", **model("m2"))
    account.call("CreateEndpointConfig", **config())
    account.call("CreateEndpoint", EndpointName="e1", EndpointConfigName="c1")
    account.wait(600)
    return account


def update(account: Account, *variants: dict[str, Any]) -> None:
    account.call("CreateEndpointConfig", **config("c2", *variants))
    account.call("UpdateEndpoint", EndpointName="e1", EndpointConfigName="c2")


def test_a_registered_variant_is_not_removed(scaled: Account) -> None:
    with pytest.raises(AwsError, match="which the update would remove"):
        update(scaled, variant("b"))


def test_a_registered_variant_keeps_its_instance_type(scaled: Account) -> None:
    with pytest.raises(AwsError, match="would change the instance type of"):
        update(scaled, variant("a", InstanceType="ml.m5.xlarge"))


def test_a_registered_variant_may_get_another_model_and_a_neighbour(scaled: Account) -> None:
    update(scaled, variant("a", "m2"), variant("b"))


def test_an_endpoint_takes_its_registrations_with_it(scaled: Account) -> None:
    scaled.call("DeleteEndpoint", EndpointName="e1")

    assert not scaled.core._world.scaling.registered("e1", "a")
