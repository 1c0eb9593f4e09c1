"""`yardmaster remove MODEL`: one model stops costing money, and may begin anew one day; its data stays."""

from yardmaster.aws.clients import client
from yardmaster.aws.leftovers import COSTS
from yardmaster.aws.stack import caller
from yardmaster.cli.follow import Terminal
from yardmaster.cli.remove import PATIENCE, Remains, take_away, tell
from yardmaster.cli.stack import Stack
from yardmaster.records import Release
from yardmaster.rules.stages import ENDED

HEARD_WITHIN = 120.0
"""Seconds for the stack to note that the model serves no more."""


def remove_model(
    stack: Stack, remains: Remains, terminal: Terminal, model: str, *, yes: bool, patience: float = PATIENCE
) -> int:
    """Say what a model has; with `yes`, end its releases, and take its endpoint, jobs and models away.

    First its spec goes, so that no drop and no schedule begins anything; then what is under way is cancelled; then the
    stack notes that nothing is in service; only then is anything deleted, so that nothing is made again.

    Returns:
        The exit code: 0 if nothing of it costs money any more, 1 if something does.

    Raises:
        UsageError: The stack has no such model.
    """
    stack.model(model)
    found = remains.find()
    tell(terminal, remains, found)
    for release in _under_way(stack, model):
        terminal.say(f"{release.title} is under way ({release.stage.value})")
    for name in (row.name for row in stack.table.all_endpoints() if row.shared and row.name in remains.spared):
        terminal.say(f"endpoint {name} is shared by several models: it stays, until remove --all")
    if not yes:
        terminal.say(f"nothing was touched; to take it away: yardmaster --stack {remains.name} remove {model} --yes")
        return 1 if any(one.kind in COSTS for one in found) else 0
    stack.bucket.delete(f"{model}/spec.yaml")
    terminal.say(f"{model}/spec.yaml is deleted: drops are refused, and no schedule begins anything")
    if not (_cancel_all(stack, terminal, model, patience) and _forget(stack, terminal, model)):
        terminal.say(f"say it again: yardmaster --stack {remains.name} remove {model} --yes")
        return 1
    left = take_away(remains, terminal, patience)
    terminal.say(f"data, results, history and model packages of {model} stay; upload a spec.yaml to begin anew")
    return 1 if any(one.kind in COSTS for one in left) else 0


def _under_way(stack: Stack, model: str) -> list[Release]:
    return [release for release in stack.table.releases_of(model) if release.stage not in ENDED]


def _cancel_all(stack: Stack, terminal: Terminal, model: str, patience: float) -> bool:
    """Cancel what is under way, and wait for its end; return whether all has ended."""
    by = caller(client("sts"))
    asked: set[str] = set()
    for _ in terminal.looks(patience):
        waiting = _under_way(stack, model)
        if not waiting:
            return True
        for release in waiting:
            if release.id not in asked:
                asked.add(release.id)
                said = {"command": "cancel", "model": model, "release": release.id, "reason": "remove", "by": by}
                stack.bus.publish("Release Command", said)
                terminal.say(f"sent: cancel {release.title}")
    for release in _under_way(stack, model):
        terminal.say(f"{release.title} has not ended ({release.stage.value}): nothing was deleted")
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
