"""Price tables: read as they are, refused in words."""

import json
from typing import Any

import pytest

from yardmaster.errors import RefusedError
from yardmaster.rules.prices import parse_prices

TABLE: dict[str, Any] = {
    "date": "2026-11-30",
    "region": "us-east-1",
    "currency": "USD",
    "source": "by hand",
    "hourly": {"training": {"ml.m5.xlarge": 0.23}, "hosting": {"ml.m5.large": 0.115}},
}


def test_a_table_says_what_an_hour_costs_and_when_it_was_made() -> None:
    prices = parse_prices(json.dumps(TABLE), "us-east-1")
    assert prices.of("training", "ml.m5.xlarge") == 0.23
    assert prices.of("hosting", "ml.m5.xlarge") is None
    assert prices.of("transform", "ml.m5.large") is None
    assert prices.date == "2026-11-30"
    assert parse_prices(prices.to_json()) == prices


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hourly": None}, "no object `hourly`"),
        ({"date": ""}, "does not say its date"),
        ({"currency": 3, "source": None}, "does not say its currency, source"),
        ({"region": "eu-west-1"}, "is for eu-west-1, and the instances run in us-east-1"),
        ({"hourly": {"training": []}}, "hourly.training is no object"),
        ({"hourly": {"training": {"ml.m5.xlarge": "0.23"}}}, "hourly.training.ml.m5.xlarge is no price"),
        ({"hourly": {"training": {"ml.m5.xlarge": -1}}}, "is no price"),
        ({"hourly": {"training": {"ml.m5.xlarge": True}}}, "is no price"),
    ],
)
def test_another_file_is_refused_in_words(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        parse_prices(json.dumps(TABLE | changed), "us-east-1")


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="price table"):
        parse_prices(text)
