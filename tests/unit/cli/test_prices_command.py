"""The Price List API's answers, as AWS documents them; none was recorded from AWS."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from yardmaster.aws import price_list
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.prices import prices
from yardmaster.rules.prices import parse_prices

NOW = 1_796_000_000.0


def product(kind: str, price: str, unit: str = "Hrs", currency: str = "USD", **attributes: str) -> str:
    """Return a product as GetProducts gives it: JSON as text."""
    rate = {"unit": unit, "pricePerUnit": {currency: price}, "beginRange": "0", "endRange": "Inf"}
    return json.dumps(
        {
            "product": {
                "productFamily": "ML Instance",
                "attributes": {"instanceName": kind, "regionCode": "us-east-1", **attributes},
                "sku": "X",
            },
            "serviceCode": "AmazonSageMaker",
            "terms": {"OnDemand": {"X.J": {"priceDimensions": {"X.J.6": rate}}}},
            "version": "20261101",
        }
    )


class Pricing:
    """A client that answers with pages, and keeps what it was asked."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages
        self.asked: dict[str, Any] = {}

    def get_paginator(self, name: str) -> "Pricing":
        assert name == "get_products"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked = asked
        for page in self.pages:
            yield {"PriceList": page, "FormatVersion": "aws_v1"}


ANSWER = (
    [
        product("ml.m5.xlarge", "0.2300000000", component="Training"),
        product("ml.m5.xlarge", "0.2310000000", component="Hosting"),
        product("ml.m5.xlarge", "0.2320000000", component="Batch Transform"),
    ],
    [
        product("ml.c5.xlarge", "0.2000000000", platoinstancetype="Hosting"),
        # Not ours: notebooks, what is free, what is not by the hour, and what is no instance.
        product("ml.t3.medium", "0.0500000000", component="Notebook"),
        product("ml.m5.large", "0.0000000000", component="Training"),
        product("ml.m5.large", "5.0", unit="Quantity", component="Training"),
        product("", "0.1", component="Training"),
        # Twice: never too little.
        product("ml.c5.xlarge", "0.1", component="Hosting"),
    ],
)


def run(tmp_path: Path, pricing: Pricing, region: str | None = "us-east-1", output: str | None = "p.json") -> str:
    out = StringIO()
    terminal = Terminal(Console(file=out, width=200), lambda: NOW)
    assert prices(terminal, region, tmp_path / output if output else None, None, lambda: pricing) == 0
    return out.getvalue()


def test_all_pages_become_a_table(tmp_path: Path) -> None:
    pricing = Pricing(*ANSWER)
    said = run(tmp_path, pricing)
    table = parse_prices((tmp_path / "p.json").read_bytes(), "us-east-1")
    assert table.hourly == {
        "training": {"ml.m5.xlarge": 0.23},
        "transform": {"ml.m5.xlarge": 0.232},
        "hosting": {"ml.m5.xlarge": 0.231, "ml.c5.xlarge": 0.2},
    }
    assert (table.date, table.currency) == ("2026-11-30", "USD")
    assert "1 for training, 1 for transform, 2 for hosting" in said
    assert pricing.asked["ServiceCode"] == "AmazonSageMaker"
    fields = {one["Field"]: one["Value"] for one in pricing.asked["Filters"]}
    assert fields == {"productFamily": "ML Instance", "regionCode": "us-east-1"}


def test_without_a_file_it_is_printed(tmp_path: Path) -> None:
    assert parse_prices(run(tmp_path, Pricing(*ANSWER), output=None)).region == "us-east-1"


def test_another_currency_is_told(tmp_path: Path) -> None:
    run(tmp_path, Pricing([product("ml.m5.xlarge", "1.5", currency="CNY", component="Hosting")]), "cn-north-1")
    assert parse_prices((tmp_path / "p.json").read_bytes()).currency == "CNY"


def test_no_answer_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no prices of SageMaker's instances in mars-1"):
        run(tmp_path, Pricing([]), "mars-1")
    assert not (tmp_path / "p.json").exists()


def test_the_region_must_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        def get_config_variable(self, name: str) -> None:
            assert name == "region"

    monkeypatch.setattr("yardmaster.cli.prices.session", Nowhere)
    with pytest.raises(UsageError, match="--region"):
        run(tmp_path, Pricing(*ANSWER), None)


def test_a_file_that_can_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        run(tmp_path, Pricing(*ANSWER), output="nowhere/p.json")


def test_the_real_client_asks_the_region_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = price_list.client()
    assert client.meta.region_name == "us-east-1"
    assert client.can_paginate("get_products")
