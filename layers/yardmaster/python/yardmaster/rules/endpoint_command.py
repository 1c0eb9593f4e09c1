"""What a person asks of an endpoint: stop or start. Each command counts once, however often its event comes."""

from dataclasses import replace

from yardmaster.errors import RefusedError
from yardmaster.records import Endpoint, Model
from yardmaster.rules import idle, sleep
from yardmaster.rules.commands import EndpointCommand


def stop_refusal(row: Endpoint, holder: str | None) -> str | None:
    """Say why an endpoint can't be stopped now; None if it can.

    Args:
        row: Its row.
        holder: What people call the release that holds it; None if none does.
    """
    if holder is not None:
        return f"endpoint {row.name} is held by {holder}: wait until that has ended, or roll it back or cancel it"
    if row.state == "starting":
        return f"endpoint {row.name} is being started: stop it when it serves"
    return None


def started(row: Endpoint, asked: EndpointCommand, model: Model | None, now: float) -> Endpoint | None:
    """Return the row of an endpoint that is to be started; None if there is nothing to do.

    Raises:
        RefusedError: It was never stopped.
    """
    commands = (*row.commands, asked.id)[-sleep.KEPT :]
    hours = idle.hours_of(model.idle) if model else None
    until = idle.holds_until(hours, now, running=True)
    match row.state:
        case "starting":
            # What failed, or waits for instances, is tried at once.
            return replace(
                row, commands=commands, tries=0, failed="", due=min(row.due or now, max(now, row.lease_until))
            )
        case "stopping":
            return replace(row, commands=commands, wanted_by=asked.by, holds_until=until)
        case "stopped":
            starting = sleep.entered(row, "starting", asked.said, asked.by, now)
            return replace(starting, commands=commands, failed="", due=now, holds_until=until)
        case _:
            raise RefusedError(f"endpoint {row.name} is not stopped: there is nothing to start")
