"""The stack that a command works on, found by its name: the same on AWS and on local AWS."""

from dataclasses import dataclass

from yardmaster.aws.bus import Bus
from yardmaster.aws.clients import client
from yardmaster.aws.file_bucket import FileBucket
from yardmaster.aws.service_clock import ServiceClock
from yardmaster.aws.stack import find_stack
from yardmaster.aws.table import ReleaseTable
from yardmaster.cli.errors import UsageError
from yardmaster.records import Model, Release
from yardmaster.rules.names import event_source


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its table, bucket and bus, and how its clock differs from this machine's."""

    name: str
    table: ReleaseTable
    bucket: FileBucket
    bus: Bus
    clock: ServiceClock

    @classmethod
    def find(cls, name: str) -> "Stack":
        """Find a stack through its SSM parameter.

        Raises:
            UsageError: There is no such stack in this account and region.
        """
        ssm = client("ssm")
        where = find_stack(ssm, name)
        if where is None:
            raise UsageError(
                f"no stack {name} in {ssm.meta.region_name} ({ssm.meta.endpoint_url}): deploy it with `sam deploy`, "
                "start local AWS with `make local`, or name another with --stack or YARDMASTER_STACK"
            )
        return cls(
            name=name,
            table=ReleaseTable(client("dynamodb"), where.table),
            bucket=FileBucket(client("s3"), where.bucket),
            bus=Bus(client("events"), event_source(name)),
            clock=ServiceClock(client("dynamodb")),
        )

    def model(self, name: str) -> Model:
        """Return a model's row.

        Raises:
            UsageError: The stack has no such model; the message names those it has.
        """
        if found := self.table.get_model(name):
            return found
        known = ", ".join(model.name for model in self.table.all_models())
        raise UsageError(f"stack {self.name} has no model {name}; it has {known or 'none yet'}")

    def release(self, model: str, number: int | None) -> Release:
        """Return `churn #7`, or the newest release without a number.

        Raises:
            UsageError: There is no such model or release.
        """
        self.model(model)
        newest = next(self.table.releases_of(model), None)
        if newest is None:
            raise UsageError(f"{model} has no releases yet: `yardmaster drop FILE --model {model}`")
        found = newest if number is None else self.table.find_number(model, number)
        if found is None:
            raise UsageError(f"there is no {model} #{number}; the newest is {newest.title}")
        return found
