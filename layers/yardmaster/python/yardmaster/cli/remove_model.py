"""`yardmaster remove MODEL`: one model stops costing money, and may begin anew one day; its data stays."""

from yardmaster.aws.clients import client
from yardmaster.aws.leftovers import COSTS
from yardmaster.aws.stack import caller
from yardmaster.cli import remove_batches
from yardmaster.cli.follow import Terminal
from yardmaster.cli.remove import PATIENCE, Remains, take_away, tell
from yardmaster.cli.remove_batches import open_batches
from yardmaster.cli.stack import Stack
from yardmaster.records import Batch, Release
from yardmaster.rules.names import schedule_name
from yardmaster.rules.stages import ENDED

HEARD_WITHIN = 120.0
"""Seconds for the stack to note that the model serves no more."""


def remove_model(
    stack: Stack, remains: Remains, terminal: Terminal, model: str, *, yes: bool, patience: float = PATIENCE
) -> int:
    """Say what a model has; with `yes`, end its releases, and take its endpoint, jobs and models away.

    First its spec goes, so that no drop and no upload begins anything, and its schedules are deleted; then what is
    under way is cancelled; then the stack notes that nothing is in service; only then is anything deleted, so that
    nothing is made again.

    Returns:
        The exit code: 0 if nothing of it costs money any more, 1 if something does.

    Raises:
        UsageError: The stack has no such model.
    """
    names = sorted(schedule_name(model, entry) for entry in stack.model(model).schedules)
    found = remains.find()
    tell(terminal, remains, found)
    remove_batches.tell(terminal, names, open_batches(stack.table, model))
    for release in _under_way(stack, model):
        terminal.say(f"{release.title} is under way ({release.stage.value})")
    for name in (row.name for row in stack.table.all_endpoints() if row.shared and row.name in remains.spared):
        terminal.say(f"endpoint {name} is shared by several models: it stays, until remove --all")
    if not yes:
        terminal.say(f"nothing was touched; to take it away: yardmaster --stack {remains.name} remove {model} --yes")
        return 1 if any(one.kind in COSTS for one in found) else 0
    stack.bucket.delete(f"{model}/spec.yaml")
    terminal.say(f"{model}/spec.yaml is deleted: drops are refused, and no schedule begins anything")
    noted = _is_noted(stack, terminal, model)
    if not (noted and _cancel_all(stack, terminal, model, patience) and _forget(stack, terminal, model)):
        terminal.say(f"say it again: yardmaster --stack {remains.name} remove {model} --yes")
        return 1
    left = take_away(remains, terminal, patience)
    terminal.say(f"data, results, history and model packages of {model} stay; upload a spec.yaml to begin anew")
    return 1 if any(one.kind in COSTS for one in left) else 0


def _under_way(stack: Stack, model: str) -> list[Release]:
    return [release for release in stack.table.releases_of(model) if release.stage not in ENDED]


def _open(stack: Stack, model: str) -> list[Release | Batch]:
    return [*_under_way(stack, model), *open_batches(stack.table, model)]


def _is_noted(stack: Stack, terminal: Terminal, model: str) -> bool:
    """Wait until the stack knows that there is no spec, and has deleted the schedules; return whether that is so."""
    for _ in terminal.looks(HEARD_WITHIN):
        row = stack.model(model)
        if row.spec is None and row.spec_error is None and not row.schedules:
            return True
    terminal.say(f"the stack has not noted within {HEARD_WITHIN:.0f} seconds that {model} has no spec and no schedules")
    return False


def _cancel_all(stack: Stack, terminal: Terminal, model: str, patience: float) -> bool:
    """Cancel what is under way, and wait for its end; return whether all has ended."""
    by = caller(client("sts"))
    asked: set[str] = set()
    for _ in terminal.looks(patience):
        waiting = _open(stack, model)
        if not waiting:
            return True
        for one in waiting:
            if one.id not in asked:
                asked.add(one.id)
                kind = "release" if isinstance(one, Release) else "batch"
                said = {"command": "cancel", "model": model, kind: one.id, "reason": "remove", "by": by}
                stack.bus.publish(f"{kind.title()} Command", said)
                terminal.say(f"sent: cancel {one.title}")
    for one in _open(stack, model):
        terminal.say(f"{one.title} has not ended ({one.stage.value}): nothing was deleted")
    return False


def _forget(stack: Stack, terminal: Terminal, model: str) -> bool:
    """Let the stack note that nothing is in service; return whether it did."""
    detail = {"command": "remove", "model": model, "reason": "", "by": caller(client("sts"))}
    stack.bus.publish("Model Command", detail)
    for _ in terminal.looks(HEARD_WITHIN):
        if stack.model(model).in_service is None:
            terminal.say(f"nothing of {model} is in service any more")
            return True
    terminal.say(f"the stack has not noted within {HEARD_WITHIN:.0f} seconds that {model} serves no more")
    return False
