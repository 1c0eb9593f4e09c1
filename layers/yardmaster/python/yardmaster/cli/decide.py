"""`yardmaster approve`, `rollback` and the like: a person's word about a release, as one event."""

from enum import StrEnum
from typing import Any

from yardmaster.aws.clients import client
from yardmaster.aws.stack import caller
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.records import Release, Stage
from yardmaster.rules.approval import OVERRULABLE
from yardmaster.rules.queue import HOLDING
from yardmaster.rules.retraining import SERVED, drop_of, refusal
from yardmaster.rules.stages import ENDED
from yardmaster.rules.why import why

REPORT_WITHIN = 10.0
"""Seconds to wait for a command to take effect."""


class Decision(StrEnum):
    """What a person can say about a release."""

    APPROVE = "approve"
    REJECT = "reject"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    HOLD = "hold"
    RESUME = "resume"
    SKIP_JUDGE = "skip_judge"
    CANCEL = "cancel"
    RETRAIN = "retrain"


HELP = {
    Decision.APPROVE: "approve a release's model package: its canary starts when it is its turn",
    Decision.REJECT: "reject a release's model package",
    Decision.PROMOTE: "take a canary to its next step, without waiting for the judge",
    Decision.ROLLBACK: "give the traffic back to the baseline; a live release to the one before it",
    Decision.HOLD: "keep a canary at its step; it still goes back if it turns bad",
    Decision.RESUME: "let a canary that is held go on, judged",
    Decision.SKIP_JUDGE: "take a canary all the way, unjudged",
    Decision.CANCEL: "end a release wherever it is: its jobs are stopped, its canary gives the traffic back",
    Decision.RETRAIN: "train the last drop, or the one of a release, again with the spec now in force",
}
_JUDGED = frozenset({Stage.CANARY, Stage.PROMOTING})


def decide(
    stack: Stack,
    terminal: Terminal,
    decision: Decision,
    model: str,
    number: int | None,
    reason: str,
    to: tuple[str, int] | None = None,
) -> int:
    """Send the command and say what became of it; return the exit code.

    Args:
        stack: Where the release is.
        terminal: What the person sees.
        decision: What they say.
        model: The release's model.
        number: The release's number; None for the last drop, where that can be meant.
        reason: Why; kept in the release's history.
        to: For a rollback of a live release: model and number of the release to go back to.

    Raises:
        UsageError: There is no such release, or it is past such a decision.
        PublishError: EventBridge did not take the event.
    """
    before = stack.release(model, number) if number is not None else _last_drop(stack, model)
    newest = stack.release(model, None).number
    check_possible(before, decision)
    by = caller(client("sts"))
    detail: dict[str, Any] = {
        "command": decision.value,
        "model": model,
        "release": before.id,
        "reason": reason,
        "by": by,
    }
    if decision is Decision.PROMOTE:
        # The step that the person sees: if the judge is faster, no step is skipped.
        detail["step"] = before.deploy["step"]
    if to is not None:
        detail["to"] = stack.release(*to).id
    stack.bus.publish("Release Command", detail)
    terminal.say(f"sent: {decision.value} {before.title}")
    for _ in terminal.looks(REPORT_WITHIN):
        if (after := _after(stack, before, decision, newest)) is not None:
            terminal.say(why(after, terminal.clock() + stack.clock.ahead))
            return 0
    seconds = f"{REPORT_WITHIN:.0f} seconds"
    terminal.say(f"nothing has changed within {seconds}: see `yardmaster why {model}#{before.number}`")
    return 1


def _last_drop(stack: Stack, model: str) -> Release:
    """Return the newest release whose drop can be trained again: no model from elsewhere, and not the same as before.

    Raises:
        UsageError: There is none.
    """
    stack.release(model, None)
    for release in stack.table.releases_of(model):
        if not release.source.is_model and release.stage is not Stage.UNCHANGED:
            return release
    raise UsageError(f"{model} has no drop yet: `yardmaster drop FILE --model {model}`")


def _after(stack: Stack, before: Release, decision: Decision, newest: int) -> Release | None:
    """Return the release that the decision changed, once it has: for a drop that is trained again, maybe a new one."""
    if decision is Decision.RETRAIN and before.stage in SERVED:
        last = stack.release(before.model, None)
        return last if last.number > newest and last.retrains == drop_of(before) else None
    after = stack.table.get_release(before.id)
    return after if after is not None and after.revision != before.revision else None


def check_possible(release: Release, decision: Decision) -> None:
    """Refuse a decision that could change nothing.

    Raises:
        UsageError: The release is past it, or not there yet.
    """
    match decision:
        case Decision.APPROVE if release.stage is not Stage.REGISTERED and release.stage not in OVERRULABLE:
            when = "has ended" if release.stage in ENDED else "is not there yet, or past it"
            raise UsageError(f"{release.title} can't be approved: it {when} ({release.stage.value}: {release.reason})")
        case Decision.REJECT | Decision.CANCEL if release.stage in ENDED:
            raise UsageError(f"{release.title} has ended ({release.stage.value}): there is nothing to {decision.value}")
        case Decision.PROMOTE | Decision.HOLD | Decision.RESUME | Decision.SKIP_JUDGE if release.stage not in _JUDGED:
            raise UsageError(f"{release.title} is {release.stage.value}: no canary of it is judged now")
        case Decision.ROLLBACK if release.stage not in {*HOLDING, Stage.LIVE}:
            raise UsageError(f"{release.title} is {release.stage.value}: it serves nothing that could be rolled back")
        case Decision.RETRAIN if refused := refusal(release):
            raise UsageError(refused)
        case _:
            return
