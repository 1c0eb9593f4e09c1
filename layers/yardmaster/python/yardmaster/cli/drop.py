"""`yardmaster drop` and `yardmaster spec`: uploads."""

from collections.abc import Sequence
from pathlib import Path

from yardmaster.cli.containers import archives
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal, follow
from yardmaster.cli.source import plan_source, upload_source
from yardmaster.cli.stack import Stack
from yardmaster.cli.upload import Plan, plan_drops, read_spec, spec_key
from yardmaster.rules.names import release_id
from yardmaster.spec.parse import parse_spec

ANSWER_WITHIN = 20.0
"""Seconds to wait for the stack's answer to a spec."""


def drop(
    stack: Stack,
    terminal: Terminal,
    paths: Sequence[Path],
    model: str,
    *,
    name: str | None = None,
    spec: Path | None = None,
    columns: Path | None = None,
    wait: bool = False,
    timeout: float | None = None,
) -> int:
    """Upload files and folders as drops of a model, the spec first; return the exit code.

    Raises:
        UsageError: Something can't be a drop, or the spec would be refused; nothing was uploaded.
    """
    plans = plan_drops(paths, model, name, columns)
    if spec is not None and (code := upload_spec(stack, terminal, model, spec)):
        return code
    releases = [_upload(stack, terminal, plan) for plan in plans]
    if not wait:
        terminal.say(f"follow it with: yardmaster watch {model}")
        return 0
    return max([follow(terminal, stack.table, release, timeout) for release in releases])


def upload_spec(stack: Stack, terminal: Terminal, model: str, path: Path) -> int:
    """Upload a spec, what its containers and its script need before it, and wait for the verdict; return the exit code.

    Raises:
        UsageError: The spec would be refused; nothing was uploaded.
    """
    raw = read_spec(path, model)
    if (source := plan_source(path, raw)) is not None:
        upload_source(stack, terminal, model, *source)
    key = spec_key(model)
    for archive, content in archives(parse_spec(raw), path.parent, model):
        stack.bucket.write(archive, content, "application/gzip")
        terminal.say(f"{path.parent / archive.removeprefix(f'{model}/')} -> {stack.bucket.uri(archive)}")
    before = stack.table.get_model(model)
    version = stack.bucket.write(key, raw, "application/yaml")
    terminal.say(f"{path} -> {stack.bucket.uri(key)}")
    for _ in terminal.looks(ANSWER_WITHIN):
        found = stack.table.get_model(model)
        if found and found.spec and found.spec.version_id == version:
            terminal.say(f"{key} is accepted")
            return 0
        if found and found.spec_error and found != before:
            raise UsageError(f"{key} was refused:\n{found.spec_error}")
    terminal.say(f"{key} is uploaded; no answer within {ANSWER_WITHIN:.0f} seconds: see {model}/STATUS.md")
    return 0


def _upload(stack: Stack, terminal: Terminal, plan: Plan) -> str:
    """Upload one drop, its marker last; return the id that its release will have."""
    version = ""
    if (beside := plan.lies_beside) and any(item.key == beside for item in stack.bucket.list(beside)):
        terminal.say(f"{stack.bucket.uri(beside)} is there, and tells the model's columns; delete it if it does not")
    for path, key in plan.files:
        version = stack.bucket.upload_file(path, key)
        terminal.say(f"{path} -> {stack.bucket.uri(key)}")
    if plan.starts_with != plan.files[-1][1]:
        version = stack.bucket.write(plan.starts_with, b"", "application/octet-stream")
        terminal.say(f"{stack.bucket.uri(plan.starts_with)}: the folder is complete")
    return release_id(stack.bucket.name, plan.starts_with, version)
