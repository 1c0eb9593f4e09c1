"""`yardmaster jobs`: past jobs and releases, filtered and sorted, found by SageMaker's Search."""

import json
from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from yardmaster.aws.clients import client
from yardmaster.cli.follow import Terminal
from yardmaster.cli.job_answers import nothing_matches
from yardmaster.cli.job_fields import NEWEST
from yardmaster.cli.job_report import as_record, csv_text, spell
from yardmaster.cli.job_rows import shared
from yardmaster.cli.job_search import LOOKED_AT, Answer, Asked, find
from yardmaster.cli.job_table import jobs_table
from yardmaster.cli.stack import Stack


class Form(StrEnum):
    """How it is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def list_jobs(stack: Stack, terminal: Terminal, asked: Asked, form: Form) -> int:
    """Print what is found, or why nothing is; return the exit code: 1 for nothing.

    Raises:
        UsageError: The stack has no such model, or the question contradicts itself.
    """
    # Any answer of the table tells how late it is there.
    stack.table.get_watermark()
    now = terminal.clock() + stack.clock.ahead
    answer = find(stack, client("sagemaker"), asked, now)
    match form:
        case Form.JSON:
            terminal.say(json.dumps([as_record(row) for row in answer.rows], indent=2))
        case Form.CSV:
            terminal.say(csv_text(answer.rows).rstrip("\n"))
        case Form.TABLE if answer.rows:
            _print(terminal, asked, answer)
        case Form.TABLE:
            terminal.say(_why_nothing(stack, asked, now))
        case _:
            assert_never(form)
    return 0 if answer.rows else 1


def _print(terminal: Terminal, asked: Asked, answer: Answer) -> None:
    fields = [asked.sort, *(where.field for where in asked.wheres)]
    terminal.out.print(jobs_table(answer.rows, fields, terminal.out.width))
    if len(answer.rows) > 1 and (same := shared(answer.rows)):
        terminal.say(f"the same in all: {spell(same, same)}")
    if answer.more:
        terminal.say(f"there are more: --limit {2 * asked.limit} shows them, --where and --since narrow it")
    if answer.cut:
        terminal.say(f"only the first {LOOKED_AT} that SageMaker found were looked at: narrow it by --where or --since")


def _why_nothing(stack: Stack, asked: Asked, now: float) -> str:
    """Say why nothing was found, from what there is without the conditions."""
    anything = replace(asked, sort=NEWEST, descending=True, wheres=(), limit=LOOKED_AT)
    there = find(stack, client("sagemaker"), anything, now).rows
    if there:
        return nothing_matches(there, asked.wheres, None if asked.sort == NEWEST else asked.sort, asked.noun)
    late = "" if asked.releases else ": Search may know a new one only after a minute"
    return f"there is no {asked.noun}{_whose(stack, asked)}{late}"


def _whose(stack: Stack, asked: Asked) -> str:
    whose = f" of {asked.model}" if asked.model else f" of stack {stack.name}"
    if asked.foreign:
        whose = f" but those of stack {stack.name}"
    if asked.place is not None:
        whose = f" that reads from s3://{asked.place}{whose if asked.foreign else ''}"
    status = f" with status {asked.status}" if asked.status else ""
    return f"{whose}{status}{' as young as that' if asked.since is not None else ''}"
