"""`yardmaster remove`: what of a stack still costs money or stays, and taking it away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yardmaster.aws import endpoint, leftovers, stack_rules
from yardmaster.aws.clients import client
from yardmaster.aws.leftovers import COSTS, JOBS, Kind, Leftover
from yardmaster.aws.sagemaker_errors import BusyError
from yardmaster.aws.stack import Whereabouts, find_stack
from yardmaster.aws.table import ReleaseTable
from yardmaster.cli.follow import Terminal
from yardmaster.rules.names import FUNCTIONS

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
    """

    name: str
    prefix: str
    where: Whereabouts | None
    registered: tuple[str, ...]
    sagemaker: "SageMakerClient"
    events: "EventBridgeClient"

    @classmethod
    def of(cls, name: str, prefix: str) -> "Remains":
        """Look for a stack by its name; without its SSM parameter, `prefix` says how its names begin."""
        where = find_stack(client("ssm"), name)
        rows = ReleaseTable(client("dynamodb"), where.table).all_endpoints() if where else []
        return cls(
            name=name,
            prefix=where.prefix if where else prefix,
            where=where,
            registered=tuple(row.name for row in rows),
            sagemaker=client("sagemaker"),
            events=client("events"),
        )

    def find(self) -> list[Leftover]:
        """Return what it has in SageMaker."""
        return list(leftovers.find(self.sagemaker, self.name, self.prefix))

    def handed_over(self, found: Iterable[Leftover]) -> list[str]:
        """Return the endpoints of its table that exist, but carry its tag no more."""
        tagged = {one.name for one in found if one.kind is Kind.ENDPOINT}
        others = [name for name in self.registered if name not in tagged]
        return [name for name in others if endpoint.describe(self.sagemaker, name) is not None]


def remove(remains: Remains, terminal: Terminal, *, yes: bool, patience: float = PATIENCE) -> int:
    """Say what there is; with `yes`, put the stack to sleep and take away what costs money, and what that needs.

    Returns:
        The exit code: 0 if nothing costs money any more, 1 if something does.
    """
    found = remains.find()
    _tell(terminal, remains, found)
    if yes:
        asleep = stack_rules.disable(remains.events, remains.name, FUNCTIONS)
        terminal.say(f"{len(asleep)} rules are disabled: nothing wakes the stack any more")
        found = _take_away(remains, terminal, patience)
    _tell_what_stays(terminal, remains, found, yes=yes)
    return 1 if any(one.kind in COSTS for one in found) else 0


def _take_away(remains: Remains, terminal: Terminal, patience: float) -> list[Leftover]:
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


def _tell(terminal: Terminal, remains: Remains, found: list[Leftover]) -> None:
    if not found:
        terminal.say(f"SageMaker has nothing that is tagged yardmaster={remains.name}")
    for one in found:
        cost = "costs money" if one.kind in COSTS else "costs nothing"
        status = f", {one.status}" if one.status else ""
        terminal.say(f"{one.kind} {one.name}{status}: {cost}")
    for name in remains.handed_over(found):
        terminal.say(f"endpoint {name} is in the stack's table, but not tagged yardmaster={remains.name}: left alone")


def _tell_what_stays(terminal: Terminal, remains: Remains, found: list[Leftover], *, yes: bool) -> None:
    """Say what is left, and the command for each."""
    if any(one.kind is not Kind.PACKAGE_GROUP for one in found):
        again = "wait, then say it again" if yes else "nothing was touched; to stop and delete all of it"
        terminal.say(f"{again}: yardmaster --stack {remains.name} remove --yes")
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
