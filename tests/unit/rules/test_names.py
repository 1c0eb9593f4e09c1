"""Names are deterministic, short enough, and lead back to their release."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yardmaster.rules import names

MODELS = st.from_regex(names.MODEL_NAME, fullmatch=True)
IDS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=8, max_size=8)
SAGEMAKER = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}")


def test_a_release_id_is_eight_characters_of_one_version_of_one_object() -> None:
    first = names.release_id("bucket", "churn/data/jan.csv", "v1")

    assert re.fullmatch(r"[a-z2-7]{8}", first)
    assert first == names.release_id("bucket", "churn/data/jan.csv", "v1")
    others = {
        names.release_id("other", "churn/data/jan.csv", "v1"),
        names.release_id("bucket", "churn/data/feb.csv", "v1"),
        names.release_id("bucket", "churn/data/jan.csv", "v2"),
        names.release_id("bucket", "churn/data/jan.csv", "v1", salt=1),
    }
    assert len(others - {first}) == 4


@given(
    prefix=st.from_regex(r"[a-z][a-z0-9]{0,3}", fullmatch=True), model=MODELS, release=IDS, attempt=st.integers(1, 9999)
)
def test_a_job_name_fits_a_tuning_job_and_leads_back_to_its_release(
    prefix: str, model: str, release: str, attempt: int
) -> None:
    name = names.job_name(prefix, model, release, attempt)

    assert SAGEMAKER.fullmatch(name)
    assert name.startswith(f"{prefix}-")
    for suffix in ("", "-candidate", "-baseline", "-shared", "-alone"):
        assert names.release_of_job(prefix, name + suffix) == release


@pytest.mark.parametrize(
    "name",
    [
        "other-churn-abcdefgh-1",
        "ym-churn-abcdefgh",
        "ym-churn-abcdefg-1",
        "ym-churn-ABCDEFGH-1",
        "ym-abcdefgh-1",
        "ym-churn-abcdefgh-1-001-9f8e7d6c",
        "",
    ],
)
def test_other_names_lead_to_no_release(name: str) -> None:
    assert names.release_of_job("ym", name) is None


def test_a_row_is_split_alike_in_every_drop_of_a_model_and_differently_for_another_model() -> None:
    assert names.channel_salt("bucket", "churn") == names.channel_salt("bucket", "churn")
    assert names.channel_salt("bucket", "churn") != names.channel_salt("bucket", "fraud")


@pytest.mark.parametrize(
    ("group", "model"),
    [
        ("ym-churn", "churn"),
        ("ym-churn-eu", "churn-eu"),
        ("ym-", None),
        ("ym", None),
        ("ym2-churn", None),
        ("other-ym-churn", None),
        ("ym-Churn", None),
    ],
)
def test_a_package_group_tells_its_model(group: str, model: str | None) -> None:
    assert names.model_of_group("ym", group) == model


@given(MODELS)
def test_the_group_of_a_model_leads_back_to_it(model: str) -> None:
    assert names.model_of_group("ym", names.package_group("ym", model)) == model
