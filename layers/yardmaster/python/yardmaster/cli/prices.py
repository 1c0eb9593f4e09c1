"""`yardmaster prices`: a fresh price table, from the AWS Price List API."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yardmaster.aws import price_list
from yardmaster.aws.clients import session
from yardmaster.cli.check_prices import STACKS
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.rules.prices import USES, Prices

SOURCE = "AWS Price List API, on demand"


def prices(
    terminal: Terminal,
    region: str | None,
    output: Path | None,
    stack: str | None,
    pricing: Callable[[], Any] = price_list.client,
) -> int:
    """Fetch a region's prices, and print them, write them to a file, or give them to a stack; return the exit code.

    Args:
        terminal: Where to talk.
        region: Whose prices; None for the environment's.
        output: The file to write; None for none.
        stack: The stack whose own table it becomes; None for none.
        pricing: Returns the client.

    Raises:
        UsageError: No region is known, AWS has no prices of it, or the file can't be written.
    """
    region = region or session().get_config_variable("region")
    if not region:
        raise UsageError("which region's prices? Say --region eu-west-1, or set AWS_REGION")
    table = _fetch(pricing(), region, terminal.clock())
    counts = ", ".join(f"{len(table.hourly.get(use, {}))} for {use}" for use in USES)
    if output is not None:
        _write(output, table.to_json())
        terminal.say(f"{output}: prices of {region} on {table.date}: {counts}")
    if stack is not None:
        found = Stack.find(stack)
        found.bucket.write(STACKS, table.to_json().encode(), "application/json")
        terminal.say(f"{found.bucket.uri(STACKS)}: prices of {region} on {table.date}: {counts}")
    if output is None and stack is None:
        terminal.say(table.to_json().rstrip())
    return 0


def _fetch(client: Any, region: str, now: float) -> Prices:
    hourly, currency = price_list.hourly(client, region)
    if not any(hourly.values()):
        raise UsageError(f"the Price List API has no prices of SageMaker's instances in {region}: is it its code?")
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    return Prices(today, region, currency, SOURCE, {use: hourly.get(use, {}) for use in USES})


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
