"""Prices of SageMaker's instances (AWS Price List API).

The API answers in two regions, for all regions; each product is a JSON document as text. Which attributes tell what an
instance does is documented nowhere: of products of the family `ML Instance` we take `component`, else
`platoinstancetype`, and `instanceName`. Nothing here was tried against AWS.
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from yardmaster.aws.clients import session

SERVICE: Final = "AmazonSageMaker"
FAMILY: Final = "ML Instance"
ENDPOINT_REGION: Final = "us-east-1"
"""https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"""
USES: Final = {"training": "training", "hosting": "hosting", "batchtransform": "transform", "transform": "transform"}
"""What the API calls what an instance does, without spaces and hyphens, and what we call it."""
_HOUR: Final = {"hrs", "hr", "hour", "hours"}


def client() -> Any:
    """Return the client: not of the region that is asked about."""
    return session().create_client("pricing", region_name=ENDPOINT_REGION)


def hourly(pricing: Any, region: str) -> tuple[dict[str, dict[str, float]], str]:
    """Return the on-demand prices of an hour, by use and instance type, and their currency.

    Args:
        pricing: The client.
        region: Whose prices.
    """
    filters = [
        {"Type": "TERM_MATCH", "Field": "productFamily", "Value": FAMILY},
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
    ]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=SERVICE, Filters=filters, FormatVersion="aws_v1")
    found: dict[str, dict[str, float]] = {}
    currencies: set[str] = set()
    for text in (text for page in pages for text in page["PriceList"]):
        product = json.loads(text)
        attributes = product.get("product", {}).get("attributes", {})
        use, kind = _use(attributes), attributes.get("instanceName", "")
        if use is None or not kind.startswith("ml."):
            continue
        for currency, price in _on_demand(product):
            currencies.add(currency)
            # Several products of one type and use would differ in what we don't tell apart: never say too little.
            prices = found.setdefault(use, {})
            prices[kind] = max(price, prices.get(kind, 0.0))
    return found, currencies.pop() if len(currencies) == 1 else "/".join(sorted(currencies))


def _use(attributes: Mapping[str, Any]) -> str | None:
    for name in ("component", "platoinstancetype"):
        if (use := USES.get(re.sub(r"[^a-z]", "", str(attributes.get(name, "")).lower()))) is not None:
            return use
    return None


def _on_demand(product: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield currency and price of each on-demand rate by the hour; what is free is no price."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for rate in term.get("priceDimensions", {}).values():
            if str(rate.get("unit", "")).lower() not in _HOUR:
                continue
            for currency, price in rate.get("pricePerUnit", {}).items():
                if float(price) > 0:
                    yield currency, float(price)
