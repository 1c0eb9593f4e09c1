"""People's commands about endpoints: obeyed once, or refused in words."""

import logging
from collections.abc import Callable

from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Stage
from yardmaster.rules.commands import EndpointCommand

log = logging.getLogger(__name__)

TRIES = 10
"""How often a command is tried against others who change the endpoint's row at the same moment."""

Change = Callable[[Endpoint, float], None]
"""Does what the command asks for, with the endpoint's row as it is and the time."""


def obey(yard: Yard, asked: EndpointCommand, change: Change, clock: Callable[[], float]) -> Endpoint | str:
    """Do what a command asks for, unless this very command was obeyed before.

    Returns:
        The endpoint's row after it, or why the command is refused: that is published too.

    Raises:
        ConflictError: Others keep changing the row.
    """
    try:
        for _ in range(TRIES):
            row = _row(yard, asked)
            if asked.id in row.commands:
                return row
            try:
                change(row, clock())
            except ConflictError:
                continue
            return yard.table.get_endpoint(row.name) or row
    except RefusedError as refusal:
        log.warning("%s: %s", asked.said, refusal)
        detail = {"command": asked.name, "endpoint": asked.endpoint, "model": asked.model}
        yard.bus.publish("Command Refused", {**detail, "reason": str(refusal), "by": asked.by})
        return str(refusal)
    raise ConflictError(f"endpoint {asked.endpoint}: others keep changing its row; it will be tried again")


def _row(yard: Yard, asked: EndpointCommand) -> Endpoint:
    """Return the row of the endpoint that a command names, perhaps by its model.

    Raises:
        RefusedError: This stack has no such endpoint.
    """
    name = asked.endpoint or _of_model(yard, asked.model)
    row = yard.table.get_endpoint(name)
    if row is None:
        raise RefusedError(f"this stack has no endpoint {name or asked.model}")
    return row


def _of_model(yard: Yard, name: str) -> str:
    live = next(yard.table.releases_of(name, stages={Stage.LIVE}), None)
    return str(live.deploy.get("endpoint", "")) if live else ""
