"""What a received drop does next."""

from dataclasses import replace

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Model, SpecPin, Stage
from yardmaster.rules import received
from yardmaster.rules.received import Follow, Learn, Refuse, Use, WaitForSpec

PIN = SpecPin("churn/spec.yaml", "v2", "b" * 64)
EARLIER_PIN = SpecPin("churn/spec.yaml", "v1", "a" * 64)
MODEL = Model("churn", "salt", spec=PIN, in_service="live0000")
DROP = release(Stage.RECEIVED)


def test_a_drop_follows_the_spec_in_force_and_is_compared_with_the_model_in_service() -> None:
    assert received.spec_for(DROP, MODEL) == Follow(PIN, "live0000")


def test_a_drop_that_was_pinned_stays_with_its_spec_and_its_baseline() -> None:
    pinned = replace(DROP, spec=EARLIER_PIN, baseline="old00000")

    for model in (MODEL, replace(MODEL, spec=None, spec_deleted=True), replace(MODEL, spec=None, spec_error="bad")):
        assert received.spec_for(pinned, model) == Follow(EARLIER_PIN, "old00000")


@pytest.mark.parametrize(
    ("model", "words"),
    [(replace(MODEL, spec=None), "spec.proposed.yaml"), (replace(MODEL, spec=None, spec_error="bad"), "was refused")],
)
def test_a_drop_waits_while_there_is_no_spec_or_a_wrong_one(model: Model, words: str) -> None:
    found = received.spec_for(DROP, model)

    assert isinstance(found, WaitForSpec)
    assert words in found.reason


def test_a_drop_after_the_specs_deletion_is_refused() -> None:
    assert isinstance(received.spec_for(DROP, replace(MODEL, spec=None, spec_deleted=True)), Refuse)


def test_the_same_bytes_with_the_same_spec_are_unchanged() -> None:
    mine = replace(DROP, spec=PIN)
    before = release(Stage.LIVE, spec=PIN, data_digest="d1")

    assert received.is_unchanged(mine, "d1", before)
    assert not received.is_unchanged(mine, "d2", before)
    assert not received.is_unchanged(mine, "d1", replace(before, spec=EARLIER_PIN))
    assert not received.is_unchanged(mine, "d1", None)


@pytest.mark.parametrize(
    ("stage", "digest", "counts"),
    [
        (Stage.LIVE, "d1", True),
        (Stage.REJECTED, "d1", True),
        (Stage.UNCHANGED, "d1", True),
        (Stage.FAILED, "d1", False),
        (Stage.CANCELLED, "d1", False),
        (Stage.REFUSED, "d1", False),
        (Stage.RECEIVED, None, False),
    ],
)
def test_a_drop_after_one_that_failed_is_tried_again(stage: Stage, digest: str | None, counts: bool) -> None:
    assert received.counts_as_previous(release(stage, data_digest=digest)) is counts


def test_only_another_invocations_claim_that_still_lasts_keeps_others_away() -> None:
    claimed = replace(DROP, claimed_by="one", due=NOW + 60)

    assert received.is_claimed(claimed, "two", NOW)
    assert not received.is_claimed(claimed, "one", NOW)
    assert not received.is_claimed(claimed, "two", NOW + 61)
    assert not received.is_claimed(DROP, "two", NOW)


def test_columns_are_frozen_once_a_model_serves() -> None:
    frozen = replace(MODEL, columns_uri="s3://b/columns.json", columns_digest="c1", columns_data="spec1")

    assert received.columns_for(replace(MODEL, in_service=None), "spec1") == Learn()
    assert received.columns_for(frozen, "spec1") == Use("s3://b/columns.json", "c1")
    refused = received.columns_for(frozen, "spec2")
    assert isinstance(refused, Refuse)
    assert "start a new model" in refused.reason
    assert received.columns_for(replace(frozen, in_service=None), "spec2") == Learn()
