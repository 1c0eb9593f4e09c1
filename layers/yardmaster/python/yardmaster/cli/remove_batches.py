"""What `yardmaster remove` has to do with batches of predictions: their schedules, their rows, and their claims."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yardmaster.aws import scheduler
from yardmaster.aws.table import ReleaseTable
from yardmaster.cli.follow import Terminal
from yardmaster.errors import ConflictError
from yardmaster.records import Batch, BatchStage
from yardmaster.rules import batches, spend

SOME_DAY = 1e12
"""A time that never comes."""
TRIES = 20
"""How often the ledger is written anew when others were first: the stack sleeps by then, but for what runs already."""


@dataclass(frozen=True)
class StackBatches:
    """The batches of a whole stack, for a command that puts the stack to sleep.

    Attributes:
        client: EventBridge Scheduler's.
        group: Its group of schedules.
        table: Its table; None once the stack, and with it the group, is deleted.
    """

    client: Any
    group: str
    table: ReleaseTable | None

    def schedules(self) -> list[str]:
        """Return the names of its schedules."""
        return scheduler.names(self.client, self.group)

    def under_way(self) -> list[Batch]:
        """Return the batches that have not ended: each is due some day, also one whose model has no row yet."""
        due = self.table.due(SOME_DAY) if self.table else ()
        return [one for one in due if isinstance(one, Batch) and one.stage not in batches.ENDED]

    def end(self, terminal: Terminal, reason: str, now: float) -> None:
        """Delete the schedules, end the rows and give their room back, so that nothing begins when the stack wakes.

        What runs is stopped as any job is. Nobody publishes that while the stack sleeps: the rows stay due.
        """
        for name in self.schedules():
            scheduler.remove(self.client, self.group, name)
            terminal.say(f"schedule {name}: deleted")
        if self.table is not None:
            ended = [batch for batch in self.under_way() if _ended(self.table, terminal, batch, reason, now)]
            _give_back(self.table, [batch.id for batch in ended], now)


def open_batches(table: ReleaseTable, model: str) -> list[Batch]:
    """Return a model's batches that have not ended, the newest first."""
    return [batch for batch in table.batches_of(model) if batch.stage not in batches.ENDED]


def tell(terminal: Terminal, schedules: Iterable[str], under_way: Iterable[Batch]) -> None:
    """Say what there is."""
    for name in schedules:
        terminal.say(f"schedule {name}: each time it fires, a transform job costs money")
    for batch in under_way:
        terminal.say(f"{batch.title} is under way ({batch.stage.value})")


def _ended(table: ReleaseTable, terminal: Terminal, batch: Batch, reason: str, now: float) -> bool:
    try:
        table.save_batch(batches.move(batch, BatchStage.CANCELLED, reason, now), now)
    except ConflictError:
        terminal.say(f"{batch.title} is being moved: say it again")
        return False
    terminal.say(f"{batch.title}: cancelled")
    return True


def _give_back(table: ReleaseTable, identifiers: list[str], now: float) -> None:
    for _ in range(TRIES):
        before = after = spend.from_dict(*table.get_ledger())
        for key in (*before.running, *before.waiting):
            if key.partition("-")[0] in identifiers:
                after = spend.give_back(after, key, now)
        if after == before:
            return
        try:
            table.save_ledger(before.revision, spend.to_dict(after))
        except ConflictError:
            continue
        return
    raise ConflictError("others keep writing the ledger of jobs")
