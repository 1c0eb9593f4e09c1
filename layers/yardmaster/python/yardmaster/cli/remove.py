"""`yardmaster remove --all`: what of a stack still costs money or stays, and taking it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yardmaster.aws import endpoint, leftovers, stack_rules
from yardmaster.aws.clients import client
from yardmaster.aws.leftovers import COSTS, JOBS, Kind, Leftover
from yardmaster.aws.sagemaker_errors import BusyError
from yardmaster.aws.stack import Whereabouts, find_stack
from yardmaster.aws.table import ReleaseTable
from yardmaster.cli import remove_batches
from yardmaster.cli.follow import Terminal
from yardmaster.cli.remove_batches import StackBatches
from yardmaster.records import Endpoint
from yardmaster.rules.names import FUNCTIONS
from yardmaster.rules.prices import Prices

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sagemaker import SageMakerClient

PATIENCE = 20 * 60.0
"""Seconds for endpoints that are being changed: they can't be deleted before that is over."""


@dataclass(frozen=True)
class Remains:
    """A stack, perhaps deleted already: then `where` is None, and only tags tell what was its own.

    Attributes:
        registered: The endpoints that its table knows.
        batches: Its batches of predictions, and their schedules.
        model: Only what belongs to this model; None for all.
        prices: What instances cost; None if nobody said.
        spared: The names of endpoints that several models share, and of what they run: no model takes them along.
    """

    name: str
    prefix: str
    where: Whereabouts | None
    registered: tuple[str, ...]
    sagemaker: "SageMakerClient"
    events: "EventBridgeClient"
    batches: StackBatches
    model: str | None = None
    prices: Prices | None = None
    spared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, name: str, prefix: str, model: str | None = None, prices: Prices | None = None) -> "Remains":
        """Look for a stack by its name; without its SSM parameter, `prefix` says how its names begin."""
        where, sagemaker = find_stack(client("ssm"), name), client("sagemaker")
        table = ReleaseTable(client("dynamodb"), where.table) if where else None
        rows = table.all_endpoints() if table else []
        return cls(
            name=name,
            prefix=where.prefix if where else prefix,
            where=where,
            # One that several models share is nobody's alone.
            registered=tuple(row.name for row in rows if model is None or (row.model == model and not row.shared)),
            sagemaker=sagemaker,
            events=client("events"),
            batches=StackBatches(client("scheduler"), name, table),
            model=model,
            prices=prices,
            spared=spared(sagemaker, rows) if model else frozenset(),
        )

    def find(self) -> list[Leftover]:
        """Return what it has in SageMaker."""
        found = leftovers.find(self.sagemaker, self.name, self.prefix, self.model)
        return [one for one in found if one.name not in self.spared]

    def handed_over(self, found: Iterable[Leftover]) -> list[str]:
        """Return the endpoints of its table that exist, but carry its tag no more."""
        tagged = {one.name for one in found if one.kind is Kind.ENDPOINT}
        others = [name for name in self.registered if name not in tagged]
        return [name for name in others if endpoint.describe(self.sagemaker, name) is not None]

    def hourly(self, one: Leftover) -> float | None:
        """Return what something costs an hour; None where the price table does not say."""
        if self.prices is None or one.kind not in COSTS or (found := leftovers.size(self.sagemaker, one)) is None:
            return None
        use, instances = found
        prices = [(self.prices.of(use, kind), count) for kind, count in instances.items()]
        known = [price * count for price, count in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None


def spared(sagemaker: "SageMakerClient", rows: Iterable[Endpoint]) -> frozenset[str]:
    """Return the names of the endpoints that several models share, of their configurations, and of what these run."""
    found: set[str] = set()
    for row in rows:
        state = endpoint.describe(sagemaker, row.name) if row.shared else None
        config = endpoint.describe_config(sagemaker, state.config) if state else None
        found |= {row.name, state.config} if state else set()
        found |= {variant.model_name for variant in config.variants} if config else set()
    return frozenset(found)


def remove(remains: Remains, terminal: Terminal, *, yes: bool, patience: float = PATIENCE) -> int:
    """Say what there is; with `yes`, put the stack to sleep and take away what costs money, and what that needs.

    Returns:
        The exit code: 0 if nothing costs money any more, 1 if something does.
    """
    found = remains.find()
    tell(terminal, remains, found)
    remove_batches.tell(terminal, remains.batches.schedules(), remains.batches.under_way())
    if yes:
        asleep = stack_rules.disable(remains.events, remains.name, FUNCTIONS)
        terminal.say(f"{len(asleep)} rules are disabled: nothing wakes the stack any more")
        remains.batches.end(terminal, "yardmaster remove --all", terminal.clock())
        found = take_away(remains, terminal, patience)
    _tell_what_stays(terminal, remains, found, yes=yes)
    return 1 if any(one.kind in COSTS for one in found) else 0


def take_away(remains: Remains, terminal: Terminal, patience: float) -> list[Leftover]:
    """Take away what can be, until nothing costs money or time is up; return what is left."""
    told: set[Leftover] = set()
    found: list[Leftover] = []
    for _ in terminal.looks(patience):
        found = remains.find()
        if not any(one.kind is not Kind.PACKAGE_GROUP for one in found):
            break
        _try_all(remains, terminal, found, told)
    return remains.find()


def _try_all(remains: Remains, terminal: Terminal, found: Iterable[Leftover], told: set[Leftover]) -> None:
    """Take away what costs money; only when it is gone, what it needed."""
    removable = [one for one in found if one.kind is not Kind.PACKAGE_GROUP]
    costly = [one for one in removable if one.kind in COSTS]
    for one in costly or removable:
        if one.status == "Deleting":
            continue
        said = _try(remains, one)
        if one not in told:
            told.add(one)
            terminal.say(said)


def _try(remains: Remains, one: Leftover) -> str:
    try:
        leftovers.take_away(remains.sagemaker, one)
    except BusyError:
        return f"endpoint {one.name} is {one.status}: it can be deleted when that is over"
    return f"{one.kind} {one.name}: {'stopped' if one.kind in JOBS else 'deleted'}"


def tell(terminal: Terminal, remains: Remains, found: list[Leftover]) -> None:
    """Say what there is, and what it costs."""
    if not found:
        of_model = f" and yardmaster:model={remains.model}" if remains.model else ""
        terminal.say(f"SageMaker has nothing that is tagged yardmaster={remains.name}{of_model}")
    total = 0.0
    for one in found:
        status = f", {one.status}" if one.status else ""
        hourly = remains.hourly(one)
        total += hourly or 0.0
        terminal.say(f"{one.kind} {one.name}{status}: {_cost(remains, one, hourly)}")
    if remains.prices is not None and total:
        prices = remains.prices
        terminal.say(
            f"together {total:.3f} {prices.currency} an hour, at the prices of {prices.date} ({prices.source})"
        )
    for name in remains.handed_over(found):
        terminal.say(f"endpoint {name} is in the stack's table, but not tagged yardmaster={remains.name}: left alone")


def _cost(remains: Remains, one: Leftover, hourly: float | None) -> str:
    if one.kind not in COSTS:
        return "costs nothing"
    if remains.prices is None or hourly is None:
        return "costs money"
    return f"costs {hourly:.3f} {remains.prices.currency} an hour"


def _tell_what_stays(terminal: Terminal, remains: Remains, found: list[Leftover], *, yes: bool) -> None:
    """Say what is left, and the command for each."""
    if any(one.kind is not Kind.PACKAGE_GROUP for one in found):
        again = "wait, then say it again" if yes else "nothing was touched; to stop and delete all of it"
        terminal.say(f"{again}: yardmaster --stack {remains.name} remove --all --yes")
    groups = [one.name for one in found if one.kind is Kind.PACKAGE_GROUP]
    if groups:
        terminal.say(f"model packages stay in the registry, at no charge: {', '.join(groups)}")
    if remains.where is None:
        terminal.say("the stack itself is not there (any more); what it left in S3 and DynamoDB it named when it went")
        return
    bucket, table = remains.where.bucket, remains.where.table
    terminal.say(f"the stack itself: sam delete --stack-name {remains.name}. After it stay, with your data:")
    versions = f"import boto3; boto3.resource('s3').Bucket('{bucket}').object_versions.delete()"
    terminal.say(f'  the bucket:  python -c "{versions}" && aws s3 rb s3://{bucket}')
    terminal.say(f"  the table:   aws dynamodb delete-table --table-name {table}")
