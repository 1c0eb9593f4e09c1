"""The table of `yardmaster jobs`; pure: rows in, a table out that fits the terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from yardmaster.cli.format import stage_style
from yardmaster.cli.job_fields import Field, Kind
from yardmaster.cli.job_report import names_of, spell
from yardmaster.cli.job_rows import Role, Row, differing
from yardmaster.rules.tuning.words import short
from yardmaster.rules.why import spell_time

WIDE = 160
"""From so many columns on, a terminal has room for everything."""
NARROWEST = 10
ROOM = 100
"""Columns that names, times and one metric take."""
METRICS_SHOWN = 3
"""How many metrics a table has beside those that were asked for."""
_MAIN_TEST = ("auc", "accuracy", "rmse", "explained")
"""The first of each problem's metrics."""
_OBJECTIVE = "_tuning_objective_metric"
_STATUS_STYLES = {"Completed": "green", "Failed": "bold red", "Stopped": "magenta", "InProgress": "cyan"}


@dataclass(frozen=True)
class _Column:
    """A column of the table: how it is headed, and what stands in a row."""

    head: str
    cell: Callable[[Row], str | Text]
    fold: bool = False
    right: bool = False


def jobs_table(rows: Sequence[Row], asked: Sequence[Field], width: int) -> Table:
    """Return rows as a table, in the order given.

    Args:
        rows: What was found.
        asked: What it is sorted and filtered by; these metrics come first.
        width: Columns of the terminal. In a narrow one there are fewer metrics, and hyperparameters below the names.
    """
    is_wide, differ = width >= WIDE, differing(rows)
    columns: list[_Column] = [_Column("job", lambda row: _job(row, [] if is_wide else differ), fold=True)]
    if any(row.release or row.role for row in rows):
        columns.append(_Column("release", _release, fold=True))
    if any(row.job and row.job.trials for row in rows):
        columns.append(_Column("trials", lambda row: row.job.trials if row.job else ""))
    columns += [
        _Column("created (UTC)" if is_wide else "created", lambda row: _when(row)[0 if is_wide else 5 :]),
        _Column("seconds", _seconds, right=True),
        _Column("status", _status),
    ]
    if is_wide and any(row.verdict for row in rows):
        columns.append(_Column("gate", lambda row: row.verdict))
    most = METRICS_SHOWN if is_wide else max(0, (width - ROOM) // 16)
    columns += [_metric(field) for field in _shown(rows, asked, most)]
    if is_wide and differ:
        columns.append(_Column("hyperparameters", lambda row: spell(row.known.hyperparameters, differ), fold=True))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(
            column.head,
            overflow="fold",
            no_wrap=not column.fold,
            min_width=NARROWEST if column.fold else None,
            justify="right" if column.right else "left",
        )
    for row in rows:
        table.add_row(*(_text(column.cell(row)) for column in columns))
    return table


def _shown(rows: Sequence[Row], asked: Sequence[Field], most: int) -> list[Field]:
    """Return the metrics of a table: those asked for, the objectives of tuning jobs, test and validation metrics.

    Args:
        rows: What is shown.
        asked: What it is sorted and filtered by.
        most: How many beside those, or beside one if none was asked for.
    """
    objectives = [row.job.hyperparameters.get(_OBJECTIVE, "") for row in rows if row.job]
    test = [name for name in _MAIN_TEST if any(name in row.known.test for row in rows)]
    published = names_of(rows, Kind.METRIC)
    published.sort(key=lambda name: (not name.startswith("validation:"), name))
    own = [
        *(Field(Kind.METRIC, name) for name in objectives if name in published),
        *(Field(Kind.TEST, name) for name in test),
        *(Field(Kind.METRIC, name) for name in published),
    ]
    first = list(dict.fromkeys(field for field in asked if field.kind in {Kind.METRIC, Kind.TEST}))
    more = [field for field in dict.fromkeys(own) if field not in first]
    return [*first, *more[: most if first else most + 1]]


def _metric(field: Field) -> _Column:
    return _Column(field.words, lambda row: _number(row.known.value(field)), right=True)


def _job(row: Row, differ: Sequence[str]) -> Text:
    """Return the job's name, and hyperparameters on a line below it."""
    name = Text(row.job.name if row.job else "")
    below = spell(row.known.hyperparameters, differ)
    return Text.assemble(name, "\n", (below, "dim")) if below else name


def _release(row: Row) -> Text:
    """Return `churn #7 live` for the job that this is told of, `churn #7 trial` for another."""
    title = f"{row.release.title} " if row.release else ""
    if row.release is not None and row.role in {Role.CANDIDATE, Role.NONE}:
        return Text.assemble(title, (row.release.stage.value, stage_style(row.release)))
    return Text.assemble(title, (row.role.value, "dim"))


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _when(row: Row) -> str:
    return spell_time(row.created)[:16] if row.created is not None else ""


def _seconds(row: Row) -> str:
    return f"{row.known.seconds:.0f}" if row.known.seconds is not None else ""


def _status(row: Row) -> Text:
    status = row.job.status if row.job else ""
    return Text(status, style=_STATUS_STYLES.get(status, ""))


def _number(value: float | str | None) -> str:
    return "" if value is None else short(str(value))
