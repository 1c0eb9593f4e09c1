"""`yardmaster approve` and `yardmaster reject`: a person's word, as one event."""

from enum import StrEnum

from yardmaster.aws.clients import client
from yardmaster.aws.stack import caller
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.records import Release, Stage
from yardmaster.rules.approval import OVERRULABLE
from yardmaster.rules.stages import ENDED
from yardmaster.rules.why import why

REPORT_WITHIN = 10.0
"""Seconds to wait for a command to take effect."""


class Decision(StrEnum):
    """What a person can say about a release."""

    APPROVE = "approve"
    REJECT = "reject"


def decide(stack: Stack, terminal: Terminal, decision: Decision, model: str, number: int, reason: str) -> int:
    """Send the command and say what became of it; return the exit code.

    Raises:
        UsageError: There is no such release, or it is past such a decision.
        PublishError: EventBridge did not take the event.
    """
    before = stack.release(model, number)
    check_possible(before, decision)
    by = caller(client("sts"))
    detail = {"command": decision.value, "model": model, "release": before.id, "reason": reason, "by": by}
    stack.bus.publish("Release Command", detail)
    terminal.say(f"sent: {decision.value} {before.title}")
    for _ in terminal.looks(REPORT_WITHIN):
        after = stack.table.get_release(before.id)
        if after is not None and after.revision != before.revision:
            terminal.say(why(after, terminal.clock() + stack.clock.ahead))
            return 0
    terminal.say(f"nothing has changed within {REPORT_WITHIN:.0f} seconds: see `yardmaster why {model}#{number}`")
    return 1


def check_possible(release: Release, decision: Decision) -> None:
    """Refuse a decision that could change nothing.

    Raises:
        UsageError: The release is past it, or not there yet.
    """
    match decision:
        case Decision.APPROVE if release.stage is not Stage.REGISTERED and release.stage not in OVERRULABLE:
            when = "has ended" if release.stage in ENDED else "is not there yet, or past it"
            raise UsageError(f"{release.title} can't be approved: it {when} ({release.stage.value}: {release.reason})")
        case Decision.REJECT if release.stage in ENDED:
            raise UsageError(f"{release.title} has ended ({release.stage.value}): there is nothing to reject")
        case _:
            return
