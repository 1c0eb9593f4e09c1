"""Endpoints that several models share: names, owners, and what the pointer says."""

import json

import pytest

from yardmaster.records import DropKind, Endpoint, Release, Source
from yardmaster.rules import shared_endpoint

RELEASE = Release("abcdefgh", "churn", 7, Source("b", "churn/data/jan.csv", "v1", "jan", DropKind.FILE))


def row(*, shared: bool, model: str = "churn", revision: int = 1) -> Endpoint:
    return Endpoint("everybody", model, revision, shared=shared)


@pytest.mark.parametrize(
    ("found", "model", "shares", "refused"),
    [
        (row(shared=False, revision=0), "churn", True, False),
        (row(shared=False, revision=0), "churn", False, False),
        (row(shared=True), "upsell", True, False),
        (row(shared=False), "churn", False, False),
        (row(shared=False), "upsell", False, True),
        (row(shared=True), "churn", False, True),
        (row(shared=False), "churn", True, True),
    ],
)
def test_an_endpoint_is_of_one_model_or_of_several_and_never_becomes_the_other(
    found: Endpoint, model: str, shares: bool, refused: bool
) -> None:
    said = shared_endpoint.owner_refusal(found, model, shares=shares)
    assert (said is not None) == refused
    assert said is None or "give deploy.endpoint another name" in said


def test_a_release_is_named_by_model_number_and_id() -> None:
    assert shared_endpoint.target_model(RELEASE) == "churn-0007-abcdefgh.tar.gz"


def test_the_same_container_has_the_same_sagemaker_model_and_any_difference_another() -> None:
    def name(endpoint: str = "everybody", image: str = "i:1", **environment: str) -> str:
        return shared_endpoint.model_name("ym", endpoint, image, environment)

    assert name() == name()
    assert len({name(), name("others"), name(image="i:2"), name(A="1")}) == 4
    assert name(B="2", A="1") == name(A="1", B="2")


@pytest.mark.parametrize("endpoint", ["e" * 63, f"{'e' * 39}-{'e' * 23}"])
def test_its_name_fits_whatever_the_endpoint_is_called(endpoint: str) -> None:
    name = shared_endpoint.model_name("ymym", endpoint, "i:1", {})
    assert len(name) <= 63
    assert "--" not in name


def test_the_pointer_says_what_to_send_and_whose_it_is() -> None:
    live = Release(**{**vars(RELEASE), "deploy": {"endpoint": "everybody", "target_model": "churn-0007.tar.gz"}})
    assert json.loads(shared_endpoint.pointer(live)) == {
        "endpoint": "everybody",
        "target_model": "churn-0007.tar.gz",
        "release": "churn #7",
        "id": "abcdefgh",
    }
    assert set(json.loads(shared_endpoint.pointer(None)).values()) == {None}
