"""People's commands: obeyed once, or refused in words."""

import logging
from collections.abc import Callable

from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Model, Release
from yardmaster.rules.commands import Command, check_time, heard, is_heard

log = logging.getLogger(__name__)

TRIES = 10
"""How often a command is tried against others who move the release at the same moment."""


Change = Callable[[Release], tuple[Release, tuple[Model | Endpoint, ...]]]
"""Takes the release as it is; returns it as the command wants it, and the rows that are written with it."""


def obey(yard: Yard, command: Command, change: Change, now: float) -> str | None:
    """Write what a command changes, unless this very command was obeyed before.

    Args:
        yard: Where to write.
        command: What was asked for.
        change: What the command does; called again when somebody else was first.
        now: The time.

    Returns:
        None, or why the command is refused: that is published too, and no later try would be right.

    Raises:
        ConflictError: Others keep moving the release.
    """
    try:
        _obey(yard, command, change, now)
    except RefusedError as refusal:
        log.warning("%s: %s", command.said, refusal)
        detail = {"command": command.name, "release": command.release, "reason": str(refusal), "by": command.by}
        yard.bus.publish("Command Refused", detail)
        return str(refusal)
    return None


def _obey(yard: Yard, command: Command, change: Change, now: float) -> None:
    for _ in range(TRIES):
        release = yard.table.get_release(command.release)
        if release is None:
            raise RefusedError(f"there is no release {command.release}: nothing to {command.name}")
        if is_heard(release, command):
            return
        check_time(release, command)
        try:
            after, others = change(release)
            commit(yard, release, heard(after, command), now, *others)
            return
        except ConflictError:
            continue
    raise ConflictError(f"release {command.release}: others keep moving it; {command.name} will be tried again")
