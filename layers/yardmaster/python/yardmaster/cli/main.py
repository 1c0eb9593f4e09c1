"""The command line: `yardmaster drop | spec | check | prices | releases | jobs | watch | why | …`, and decisions."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from yardmaster.cli import endpoints
from yardmaster.cli.batches import cancel_batch, list_batches, predict
from yardmaster.cli.check import Question, check
from yardmaster.cli.decide import HELP, Decision, decide
from yardmaster.cli.drop import drop, upload_spec
from yardmaster.cli.endpoints import list_endpoints
from yardmaster.cli.errors import REPORTED, UsageError, explain
from yardmaster.cli.files import read_file
from yardmaster.cli.follow import Terminal
from yardmaster.cli.job_options import add_command as add_jobs
from yardmaster.cli.job_options import asked
from yardmaster.cli.jobs import list_jobs
from yardmaster.cli.prices import prices
from yardmaster.cli.releases import explain_release, list_releases, watch
from yardmaster.cli.remove import PATIENCE, Remains, remove
from yardmaster.cli.remove_model import remove_model
from yardmaster.cli.replay import replay_endpoint, replay_file
from yardmaster.cli.stack import Stack
from yardmaster.cli.upload import read_spec
from yardmaster.rules.prices import parse_prices
from yardmaster.spec.durations import parse_duration

WRONG = 2
"""The exit code when a command can't be carried out; 1 means that it was, and the answer is no."""
INTERRUPTED = 130
PIPED_WIDTH = 200
"""Columns of a table that goes to a file or a pipe."""
MOST_REQUESTS = 10_000_000
"""A minute: above what SageMaker's largest endpoints answer."""
_RELEASE = re.compile(r"(?P<model>[^\s#]+)(?: ?#(?P<number>[1-9][0-9]*))?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0 done, 1 the answer is no, 2 it could not be done."""
    options = _parser().parse_args(arguments)
    terminal = Terminal(_console())
    try:
        return _run(options, terminal)
    except KeyboardInterrupt:
        return 0 if options.command == "watch" else INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; keep Python's own flush at exit from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except REPORTED as error:
        Console(stderr=True).print(f"yardmaster: {explain(error)}", markup=False, highlight=False, soft_wrap=True)
        return WRONG


def _run(options: argparse.Namespace, terminal: Terminal) -> int:
    match options.command:
        case "spec" if options.check:
            read_spec(options.file, options.model)
            terminal.say(f"{options.file} is a good spec")
            return 0
        case "check":
            return check(terminal, _question(options))
        case "prices":
            return prices(terminal, options.region, options.output, options.stack if options.upload else None)
        case "remove":
            return _remove(options, terminal)
        case "replay":
            return _replay(terminal, options)
        case "batches" | "predict" | "cancel-batch":
            return _batches(options, terminal, Stack.find(options.stack))
        case _:
            return _in_stack(options, terminal, Stack.find(options.stack))


def _remove(options: argparse.Namespace, terminal: Terminal) -> int:
    if bool(options.model) == options.all:
        raise UsageError("remove what? One model, as in `yardmaster remove churn`, or `yardmaster remove --all`")
    prices = parse_prices(read_file(options.prices)) if options.prices else None
    remains = Remains.of(options.stack, options.prefix, options.model, prices)
    if options.model is None or remains.where is None:
        return remove(remains, terminal, yes=options.yes, patience=options.timeout)
    stack = Stack.find(options.stack)
    return remove_model(stack, remains, terminal, options.model, yes=options.yes, patience=options.timeout)


def _in_stack(options: argparse.Namespace, terminal: Terminal, stack: Stack) -> int:
    """Run a command that needs a stack that is there."""
    match options.command:
        case "drop":
            return drop(
                stack,
                terminal,
                options.files,
                options.model,
                name=options.name,
                spec=options.spec,
                columns=options.columns,
                wait=options.wait,
                timeout=options.timeout,
            )
        case "spec":
            return upload_spec(stack, terminal, options.model, options.file)
        case "releases":
            return list_releases(stack, terminal, options.model, limit=options.limit, as_json=options.json)
        case "endpoints":
            return list_endpoints(stack, terminal, as_json=options.json)
        case "stop" | "start":
            return endpoints.decide(stack, terminal, options.command, options.endpoint, options.reason)
        case "jobs":
            return list_jobs(stack, terminal, asked(options), options.form)
        case "watch":
            return watch(stack, terminal, options.model, until_end=options.until_end)
        case "why":
            model, number = options.release
            return explain_release(stack, terminal, model, number)
        case command:
            model, number = options.release
            decision = Decision(command.replace("-", "_"))
            return decide(stack, terminal, decision, model, number, options.reason, getattr(options, "to", None))


def _batches(options: argparse.Namespace, terminal: Terminal, stack: Stack) -> int:
    """Run a command about batches of predictions."""
    match options.command:
        case "predict":
            return predict(stack, terminal, options.file, options.model, wait=options.wait, timeout=options.timeout)
        case "cancel-batch":
            return cancel_batch(stack, terminal, options.batch, options.reason)
        case _:
            return list_batches(stack, terminal, options.model, options.limit)


def _question(options: argparse.Namespace) -> Question:
    return Question(
        options.spec,
        tuple(options.data),
        options.log,
        options.stack,
        options.model,
        options.offline,
        options.prices,
        options.requests_per_minute,
        options.error_rate,
        options.json,
    )


def _replay(terminal: Terminal, options: argparse.Namespace) -> int:
    where = (options.endpoint, options.canary, options.baseline, options.start, options.end)
    if options.file is not None and not any(where):
        return replay_file(terminal, options.file, options.spec)
    if options.file is None and all(where):
        return replay_endpoint(terminal, *where, options.spec)
    raise UsageError("replay takes a FILE, or all of --endpoint, --canary, --baseline, --from and --to")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yardmaster", description="Drop data, follow releases, decide.")
    default = os.environ.get("YARDMASTER_STACK") or "yardmaster"
    parser.add_argument("--stack", default=default, help="the stack's name (default: YARDMASTER_STACK, or yardmaster)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_uploads(commands)
    _add_reading(commands)
    _add_batches(commands)
    _add_replay(commands)
    for decision, what in HELP.items():
        command = commands.add_parser(decision.value.replace("_", "-"), help=what)
        if decision is Decision.RETRAIN:
            command.add_argument("release", type=_release, metavar="MODEL[#N]")
        else:
            command.add_argument("release", type=_numbered, metavar="MODEL#N")
        command.add_argument("--reason", default="", help="kept in the release's history")
        if decision is Decision.ROLLBACK:
            command.add_argument(
                "--to", type=_numbered, metavar="MODEL#N", help="for a live release: not the one before it, but this"
            )
    _add_endpoints(commands)
    _add_remove(commands)
    for command in commands.choices.values():
        # Before or after the command, as people type it; without it here, what was given before stands.
        command.add_argument("--stack", default=argparse.SUPPRESS, help="the stack's name")
    return parser


def _add_uploads(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "drop", help="upload a model.tar.gz, or data: each file, or folder, becomes a release"
    )
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--model", required=True)
    command.add_argument("--name", help="the drop's name (default: the file's or folder's)")
    command.add_argument(
        "--spec", type=Path, metavar="SPEC", help="upload this spec first, and a script's code beside it"
    )
    command.add_argument(
        "--columns", type=Path, metavar="COLUMNS", help="of a model.tar.gz: its own columns.json, if it is another"
    )
    command.add_argument("--wait", action="store_true", help="follow to the end: exit code 0 if live, else 1")
    command.add_argument("--timeout", type=_duration, help="with --wait: give up after, for example, 30m")
    command = commands.add_parser("spec", help="upload a model's spec and say whether it is accepted")
    command.add_argument("model", metavar="MODEL")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--check", action="store_true", help="only check it, here, without AWS")
    _add_check(commands)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("check", help="what a spec and data would do and cost; nothing is started or written")
    command.add_argument("spec", type=Path, metavar="SPEC")
    command.add_argument("data", nargs="*", type=Path, metavar="DATA", help="files and folders, each a drop")
    command.add_argument("--model", help="of the stack, whose limits, columns, baseline and traffic are looked at")
    command.add_argument("--offline", action="store_true", help="look at nothing but this machine, also with --model")
    command.add_argument("--log", type=Path, metavar="FILE", help="try its metric_definitions on a sample log")
    command.add_argument("--prices", type=Path, metavar="FILE", help="a price table, as `yardmaster prices` writes it")
    command.add_argument(
        "--requests-per-minute", type=_rate, metavar="N", help="to the endpoint: how long a canary would take"
    )
    command.add_argument(
        "--error-rate", type=_share, default=0.001, metavar="SHARE", help="of requests that fail anyhow (0.001)"
    )
    command.add_argument("--json", action="store_true", help="as one JSON object")
    command = commands.add_parser(
        "prices", help="fetch what instances cost now, for check and for the stack's estimates"
    )
    command.add_argument("--region", help="whose prices (default: AWS_REGION)")
    command.add_argument("--output", type=Path, metavar="FILE", help="write them there, such as prices.json")
    command.add_argument("--upload", action="store_true", help="make them the stack's own table")


def _add_remove(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "remove", help="list what of a model, or of the stack, costs money or stays, before or after sam delete"
    )
    command.add_argument("model", nargs="?", metavar="MODEL", help="only this model; its data and history stay")
    command.add_argument("--all", action="store_true", help="the whole stack")
    command.add_argument("--yes", action="store_true", help="do it: stop jobs, delete endpoints and models")
    command.add_argument("--prices", type=Path, metavar="FILE", help="say what each costs an hour, by this price table")
    command.add_argument("--prefix", default="ym", help="of a stack that is deleted already (default: ym)")
    command.add_argument(
        "--timeout", type=_duration, default=PATIENCE, help="wait so long for endpoints that are being changed (20m)"
    )


def _add_reading(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("releases", help="list releases, the newest first")
    command.add_argument("--model")
    command.add_argument("--limit", type=int, default=20, help="at most so many (default 20)")
    command.add_argument("--json", action="store_true", help="as JSON, with their history")
    add_jobs(commands, _duration)
    command = commands.add_parser("watch", help="follow releases until Ctrl-C")
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("--until-end", action="store_true", help="stop when all that are shown have ended")
    command = commands.add_parser("why", help="where a release stands, why, and what it waits for")
    command.add_argument("release", type=_release, metavar="MODEL[#N]")


def _add_endpoints(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("endpoints", help="list the endpoints: in service, stopped, since when and why")
    command.add_argument("--json", action="store_true", help="as JSON, with their history")
    for name, what in (
        ("stop", "delete an endpoint, with all that is needed to make it again as it was saved before"),
        ("start", "make a stopped endpoint again, as it was"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("endpoint", metavar="ENDPOINT", help="the endpoint's name, or its model's")
        command.add_argument("--reason", default="", help="kept in the endpoint's history")


def _add_batches(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("batches", help="list a model's batches of predictions, the newest first")
    command.add_argument("model", metavar="MODEL")
    command.add_argument("--limit", type=int, default=20, help="at most so many (default 20)")
    command = commands.add_parser("predict", help="score a file with the model in service; no endpoint is needed")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--model", required=True)
    command.add_argument("--wait", action="store_true", help="follow to the end: exit code 0 if it is scored, else 1")
    command.add_argument("--timeout", type=_duration, help="with --wait: give up after, for example, 30m")
    command = commands.add_parser("cancel-batch", help="stop a batch of predictions")
    command.add_argument("batch", metavar="BATCH")
    command.add_argument("--reason", default="", help="kept in the batch's history")


def _add_replay(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("replay", help="what the judge would have said of a past canary, and when")
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a decision.json, or minutes in its form")
    command.add_argument("--endpoint", help="instead of a file: what CloudWatch has of this endpoint")
    command.add_argument("--canary", metavar="VARIANT")
    command.add_argument("--baseline", metavar="VARIANT")
    command.add_argument("--from", dest="start", metavar="TIME", help="such as 2026-11-22T14:03, in UTC")
    command.add_argument("--to", dest="end", metavar="TIME")
    command.add_argument("--spec", type=Path, help="with the thresholds of this spec's canary section")


def _release(text: str) -> tuple[str, int | None]:
    found = _RELEASE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not like churn or churn#7")
    return found["model"], int(found["number"]) if found["number"] else None


def _numbered(text: str) -> tuple[str, int]:
    model, number = _release(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"which release of {model}? Say {model}#7; `yardmaster releases` lists them")
    return model, number


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= MOST_REQUESTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate: requests a minute, from 0 to {MOST_REQUESTS:,}")
    return rate


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: from 0 to 1, 0.001 for one of a thousand")
    return share


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)


if __name__ == "__main__":
    sys.exit(main())
