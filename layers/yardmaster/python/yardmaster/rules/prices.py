"""What instances cost: a price table that people give and refresh, since no price is built in.

The table is a JSON file:

    {"date": "2026-11-30", "region": "us-east-1", "currency": "USD", "source": "AWS Price List API",
     "hourly": {"training": {"ml.m5.xlarge": 0.23}, "transform": {…}, "hosting": {…}}}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from yardmaster.errors import RefusedError

Use = Literal["training", "transform", "hosting"]
"""What an instance does: SageMaker's prices differ by it."""
USES: Final[tuple[Use, ...]] = get_args(Use)


@dataclass(frozen=True)
class Prices:
    """A price table: by use and instance type, the price of an hour; `date` is when it was made."""

    date: str
    region: str
    currency: str
    source: str
    hourly: Mapping[Use, Mapping[str, float]]

    def of(self, use: Use, instance_type: str) -> float | None:
        """Return the price of an instance for an hour; None if the table does not have it."""
        return self.hourly.get(use, {}).get(instance_type)

    def to_json(self) -> str:
        """Return the table as its file has it."""
        body = {
            "date": self.date,
            "region": self.region,
            "currency": self.currency,
            "source": self.source,
            "hourly": {use: dict(sorted(self.hourly.get(use, {}).items())) for use in USES},
        }
        return json.dumps(body, indent=1) + "\n"


def parse_prices(text: str | bytes, region: str | None = None) -> Prices:
    """Read a price table.

    Args:
        text: The file.
        region: Where the instances run; a table of another region is refused. None takes any.

    Raises:
        RefusedError: It is no price table, or another region's.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise RefusedError(f"the price table is no JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("hourly"), dict):
        raise RefusedError(f"the price table has no object `hourly` with the prices of {', '.join(USES)}")
    words = {name: body.get(name) for name in ("date", "region", "currency", "source")}
    if missing := [name for name, value in words.items() if not isinstance(value, str) or not value]:
        raise RefusedError(f"the price table does not say its {', '.join(missing)}")
    if region is not None and words["region"] != region:
        raise RefusedError(f"the price table is for {words['region']}, and the instances run in {region}")
    hourly = {use: _hourly(use, body["hourly"].get(use, {})) for use in USES}
    return Prices(**{name: str(value) for name, value in words.items()}, hourly=hourly)


def _hourly(use: str, found: Any) -> dict[str, float]:
    if not isinstance(found, dict):
        raise RefusedError(f"the price table's hourly.{use} is no object of instance types and prices")
    for kind, price in found.items():
        if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price < float("inf"):
            raise RefusedError(f"the price table's hourly.{use}.{kind} is no price of an hour")
    return {kind: float(price) for kind, price in found.items()}
