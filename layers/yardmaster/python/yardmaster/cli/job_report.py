"""How jobs look: a table for people, CSV and JSON for programs; pure: rows in, texts and tables out."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from yardmaster.cli.format import stage_style
from yardmaster.cli.job_fields import Field, Kind
from yardmaster.cli.job_rows import Role, Row, differing
from yardmaster.rules.tuning.words import short
from yardmaster.rules.why import spell_time

METRICS_SHOWN = 3
"""How many metrics a table has beside those that were asked for."""
_MAIN_TEST = ("auc", "accuracy", "rmse", "explained")
"""The first of each problem's metrics."""
_OBJECTIVE = "_tuning_objective_metric"
_STATUS_STYLES = {"Completed": "green", "Failed": "bold red", "Stopped": "magenta", "InProgress": "cyan"}
_COLUMNS = ("job", "release", "model", "stage", "verdict", "role", "tuning_job", "trials", "best")
_TIMES = ("created", "seconds", "status")


def jobs_table(rows: Sequence[Row], asked: Sequence[Field]) -> Table:
    """Return rows as a table, in the order given.

    Args:
        rows: What was found.
        asked: What it is sorted and filtered by; these metrics come first.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    metrics, differ = _shown(rows, asked), differing(rows)
    optional = [name for name in ("trials", "gate", "role") if any(_cell(row, name) for row in rows)]
    table.add_column("job", overflow="fold", min_width=12)
    if any(row.release for row in rows):
        table.add_column("release", overflow="fold", min_width=8)
    for name in optional:
        table.add_column(name, no_wrap=True)
    table.add_column("created (UTC)", no_wrap=True)
    table.add_column("seconds", no_wrap=True, justify="right")
    table.add_column("status", no_wrap=True)
    for field in metrics:
        table.add_column(field.words, no_wrap=True, justify="right")
    if differ:
        table.add_column("hyperparameters", overflow="fold", min_width=12)
    for row in rows:
        cells: list[Any] = [row.job.name if row.job else ""]
        if any(one.release for one in rows):
            cells.append(_release(row))
        cells += [_cell(row, name) for name in optional]
        cells += [_when(row), _seconds(row), _status(row)]
        cells += [_number(row.known.value(field)) for field in metrics]
        if differ:
            cells.append(spell(row.known.hyperparameters, differ))
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))
    return table


def spell(values: dict[str, str] | Any, names: Iterable[str]) -> str:
    """Return hyperparameters in one line: `eta=0.1 max_depth=5`, numbers in four digits."""
    return " ".join(f"{name}={short(values[name])}" for name in names if name in values)


def as_record(row: Row) -> dict[str, Any]:
    """Return a row as plain JSON data; times in seconds since the epoch."""
    job, release, known = row.job, row.release, row.known
    return {
        "job": job.name if job else None,
        "release": release.title if release else None,
        "model": release.model if release else None,
        "stage": release.stage.value if release else None,
        "verdict": row.verdict or None,
        "role": row.role.value or None,
        "tuning_job": (job.tuning_job if job else None) or None,
        "trials": (job.trials if job else None) or None,
        "best": job.best if job else None,
        "created": row.created,
        "seconds": known.seconds,
        "status": job.status if job else None,
        "failure_reason": (job.failure_reason if job else None) or None,
        "metrics": dict(known.metrics),
        "test": dict(known.test),
        "hyperparameters": dict(known.hyperparameters),
        "channels": dict(job.channels) if job else {},
    }


def csv_text(rows: Sequence[Row]) -> str:
    """Return rows as CSV: `Metrics.…`, `test:…` and `HyperParameters.…` have a column each; times in UTC."""
    fields = [
        *(Field(Kind.METRIC, name) for name in _names(row.known.metrics for row in rows)),
        *(Field(Kind.TEST, name) for name in _names(row.known.test for row in rows)),
        *(Field(Kind.HYPERPARAMETER, name) for name in _names(row.known.hyperparameters for row in rows)),
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *_TIMES, *(field.searched or field.words for field in fields)])
    for row in rows:
        record = as_record(row)
        record["created"] = spell_time(row.created) if row.created is not None else None
        plain = [record[column] for column in (*_COLUMNS, *_TIMES)]
        writer.writerow([*plain, *(_exact(row, field) for field in fields)])
    return text.getvalue()


def metrics_of(rows: Iterable[Row], kind: Kind) -> list[str]:
    """Return the names of one kind of field that the rows have any of, as people write them."""
    if kind is Kind.HYPERPARAMETER:
        return _names(row.known.hyperparameters for row in rows)
    return [Field(kind, name).words for name in _names(_of(row, kind) for row in rows)]


def _of(row: Row, kind: Kind) -> Any:
    return row.known.test if kind is Kind.TEST else row.known.metrics


def _names(dictionaries: Iterable[Any]) -> list[str]:
    return sorted({name for one in dictionaries for name in one})


def _shown(rows: Sequence[Row], asked: Sequence[Field]) -> list[Field]:
    """Return the metrics of a table: those asked for, the objectives of tuning jobs, test and validation metrics."""
    objectives = [
        row.job.hyperparameters[_OBJECTIVE] for row in rows if row.job and _OBJECTIVE in row.job.hyperparameters
    ]
    test = [name for name in _MAIN_TEST if any(name in row.known.test for row in rows)]
    published = _names(row.known.metrics for row in rows)
    published.sort(key=lambda name: (not name.startswith("validation:"), name))
    own = [
        *(Field(Kind.METRIC, name) for name in objectives if name in published),
        *(Field(Kind.TEST, name) for name in test),
        *(Field(Kind.METRIC, name) for name in published),
    ]
    first = [field for field in asked if field.kind in {Kind.METRIC, Kind.TEST}]
    more = [field for field in dict.fromkeys(own) if field not in first]
    return [*dict.fromkeys(first), *more[:METRICS_SHOWN]]


def _cell(row: Row, name: str) -> str:
    match name:
        case "trials":
            return row.job.trials if row.job else ""
        case "gate":
            return row.verdict
        case _:
            # What is nothing special needs no word: a job of its own is its release's candidate.
            alone = row.role is Role.CANDIDATE and row.job is not None and row.job.tuning_job is None
            return "" if alone else row.role.value


def _release(row: Row) -> Text:
    if row.release is None:
        return Text("")
    return Text.assemble(row.release.title, " ", (row.release.stage.value, stage_style(row.release)))


def _when(row: Row) -> str:
    return spell_time(row.created)[:16] if row.created is not None else ""


def _seconds(row: Row) -> str:
    return f"{row.known.seconds:.0f}" if row.known.seconds is not None else ""


def _status(row: Row) -> Text:
    status = row.job.status if row.job else ""
    return Text(status, style=_STATUS_STYLES.get(status, ""))


def _number(value: float | str | None) -> str:
    return "" if value is None else short(str(value))


def _exact(row: Row, field: Field) -> Any:
    """Return a value as it is: hyperparameters as SageMaker writes them."""
    return row.known.hyperparameters.get(field.name) if field.kind is Kind.HYPERPARAMETER else row.known.value(field)
