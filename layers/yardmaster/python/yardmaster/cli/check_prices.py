"""The price table that a check takes: the one that is named, the one beside the spec, or the stack's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from yardmaster.aws.bucket import UnreadableError
from yardmaster.cli.check_place import Place
from yardmaster.cli.files import read_file
from yardmaster.errors import RefusedError
from yardmaster.rules.bill import OLD, age
from yardmaster.rules.prices import Prices, parse_prices

NAME = "prices.json"
"""The table beside a spec."""
STACKS = "_prices.json"
"""The stack's own, in its bucket."""


@dataclass(frozen=True)
class Table:
    """A price table, where it is from, and what is wrong with it; `prices` is None if there is none."""

    prices: Prices | None = None
    where: str = ""
    notes: tuple[str, ...] = ()


def find(asked: Path | None, spec: Path, place: Place, region: str | None, now: float) -> Table:
    """Return the price table to take.

    Args:
        asked: The file that a person names; None for the usual places.
        spec: The spec's file.
        place: Where the check looks.
        region: Where the instances run; None if nobody said.
        now: The time.

    Raises:
        UsageError: The file that a person names can't be read.
        RefusedError: It is no price table, or another region's.
    """
    if asked is not None:
        return _dated(parse_prices(read_file(asked), region), str(asked), now)
    beside = spec.parent / NAME
    if beside.is_file():
        return _tried(read_file(beside), str(beside), region, now)
    if place.bucket is None:
        return Table()
    try:
        return _tried(place.bucket.read_text(STACKS), place.bucket.uri(STACKS), region, now)
    except UnreadableError:
        return Table()


def _tried(raw: bytes, where: str, region: str | None, now: float) -> Table:
    try:
        return _dated(parse_prices(raw, region), where, now)
    except RefusedError as error:
        return Table(notes=(f"{where} is not used: {error}",))


def _dated(prices: Prices, where: str, now: float) -> Table:
    days = age(prices, datetime.fromtimestamp(now, UTC).date())
    if days is None:
        return Table(prices, where, (f"{where}: its date {prices.date!r} is not like 2026-11-30",))
    if days > OLD:
        return Table(prices, where, (f"{where} is {days} days old: refresh it with `yardmaster prices`",))
    return Table(prices, where)
