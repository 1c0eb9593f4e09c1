"""What a person asks for: each command counts once, however often its event comes."""

import math
from dataclasses import dataclass, replace

from yardmaster.errors import RefusedError
from yardmaster.records import Release, Stage
from yardmaster.rules.stages import ENDED

_ENDINGS = ENDED - {Stage.LIVE, Stage.REPLACED}
"""The ends after which a release may begin again, as another attempt."""
KEPT = 20
"""How many ids a release remembers; events are delivered again for a day at most."""


@dataclass(frozen=True)
class Command:
    """A person's word.

    Attributes:
        id: Its event's, the same on every delivery.
        name: Such as `rollback`. `release`: the id of the release that it is for.
        reason, by: Why, and who, as they say themselves.
        step: For `promote`: the index of the step that the person saw, so that a later one isn't skipped.
        at: When it was said, in whole seconds, as events have it; None if nobody knows.
        to: For `rollback` of a live release: the id of the release to go back to; None for the one before it.
    """

    id: str
    name: str
    release: str
    reason: str
    by: str
    step: int | None = None
    to: str | None = None
    at: float | None = None

    @property
    def said(self) -> str:
        """What a release's history says of it: `rollback by alice: too slow`."""
        said = f"{self.name} by {self.by}: {self.reason}" if self.reason else f"{self.name} by {self.by}"
        # One line: the registry takes no other, and a history is read line by line.
        return " ".join(said.split())


@dataclass(frozen=True)
class EndpointCommand:
    """A person's word about an endpoint.

    Attributes:
        id: Its event's, the same on every delivery.
        name: `stop_endpoint` or `start_endpoint`.
        endpoint: The endpoint's name; empty if `model` names it by its model.
        model: The model's name; may be empty.
        reason, by: Why, and who, as they say themselves.
    """

    id: str
    name: str
    endpoint: str
    model: str
    reason: str
    by: str

    @property
    def said(self) -> str:
        """What the endpoint's history says of it: `stopped by alice: for the night`."""
        done = {"stop_endpoint": "stopped", "start_endpoint": "started"}.get(self.name, self.name)
        said = f"{done} by {self.by}: {self.reason}" if self.reason else f"{done} by {self.by}"
        return " ".join(said.split())


def check_time(release: Release, command: Command) -> None:
    """Refuse what was said about an attempt that has ended: an event may come a day late.

    Raises:
        RefusedError: It was said before the release's last ending.
    """
    if command.at is None:
        return
    ended = next((step for step in reversed(release.history) if step.stage in _ENDINGS), None)
    if ended is not None and command.at < math.floor(ended.at):
        raise RefusedError(
            f"{command.name} was said before {release.title} was {ended.stage.value}, and came late: say it again"
        )


def is_heard(release: Release, command: Command) -> bool:
    """Tell whether this very command was obeyed before."""
    return command.id in release.commands


def heard(release: Release, command: Command) -> Release:
    """Return the release with the command noted; what failed before is tried again at once."""
    return replace(release, commands=(*release.commands, command.id)[-KEPT:], failures=0)
