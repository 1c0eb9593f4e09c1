"""Guesses a spec from a file's header and first rows: `spec.proposed.yaml`, put beside data that came first."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from yardmaster.records import Problem
from yardmaster.spec.data import separates
from yardmaster.spec.sample import ColumnSample, sample_columns
from yardmaster.spec.source import MAX_BYTES

_SURE = frozenset({"label", "target", "class", "y", "outcome", "response"})
_OUTCOMES = {
    "churn",
    "churned",
    "subscribed",
    "subscription",
    "converted",
    "conversion",
    "clicked",
    "deposit",
    "returned",
}
_VERDICTS = {"fraud", "diagnosis", "defaulted", "survived", "approved", "cancelled", "canceled", "late", "species"}
_AMOUNTS = {"price", "cost", "quality", "sales", "income", "revenue"}
_LIKELY = frozenset({"label", "target"} | _OUTCOMES | _VERDICTS | _AMOUNTS)
_YES = frozenset({"1", "1.0", "yes", "y", "true", "t", "positive", "pos", "churned", "fraud", "bad", "late", ">50k"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_YAML_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"])
_MAX_CLASSES = 20
_LONGEST = 200


@dataclass(frozen=True)
class _Roles:
    """What the columns are for that are not learned from as they are."""

    ids: Sequence[ColumnSample] = ()
    drop: Sequence[ColumnSample] = ()
    dates: Sequence[ColumnSample] = ()


def propose(header: Sequence[str] | None, rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """Return the text of a spec that reads, guessed from a file's beginning.

    Args:
        header: The columns' names; None if there is no header.
        rows: The first rows, as text; a thousand are plenty.
        delimiter: The character between the cells.

    Returns:
        YAML with comments. Of the cells' values only the positive class may appear.
    """
    columns = sample_columns(header, rows)
    label = _label(columns)
    others = [column for column in columns if column is not label]
    dates = [column for column in others if column.date_parts]
    ids = [column for column in others if column.is_id and column not in dates]
    drop = [column for column in others if column not in (*ids, *dates) and (column.is_date or column.is_free_text)]
    text = _write(columns, label, _Roles(ids, drop, dates), header is not None, delimiter, len(rows))
    if len(text.encode()) > MAX_BYTES:
        return _write(columns, label, _Roles(), header is not None, delimiter, len(rows))
    return text


def _label(columns: Sequence[ColumnSample]) -> ColumnSample | None:
    """Choose the column to predict: by its name, else the last with two values, else the last."""
    usable = [column for column in columns if not (column.is_id or column.is_date or column.is_free_text)]
    choices = [
        [column for column in columns if column.name.lower() in _SURE],
        [column for column in usable if _LIKELY.intersection(column.tokens)],
        [column for column in usable if len(column.classes) == 2],
        usable,
        columns,
    ]
    return next((choice[-1] for choice in choices if choice), None)


def _problem(label: ColumnSample) -> Problem | None:
    """Say what is predicted, if the first rows show it: as the intake decides it from all rows."""
    classes = label.classes
    if len(classes) < 2:
        return None
    if len(classes) == 2:
        return Problem.BINARY
    if not label.numeric:
        return Problem.MULTICLASS
    counted = label.whole and {int(float(value)) for value in classes} == set(range(len(classes)))
    return Problem.MULTICLASS if counted and len(classes) <= _MAX_CLASSES else Problem.REGRESSION


def _positive(label: ColumnSample) -> str:
    """Choose the positive class: the one that says yes, else the rarer one."""
    counts = Counter(label.values)
    return min(sorted(counts), key=lambda value: (value.lower() not in _YES, counts[value]))


def _write(
    columns: Sequence[ColumnSample],
    label: ColumnSample | None,
    roles: _Roles,
    header: bool,
    delimiter: str,
    rows: int,
) -> str:
    """Write the YAML."""
    problem = _problem(label) if label else None
    repeated = {name for name, count in Counter(column.name for column in columns).items() if count > 1}
    lines = [
        f"# A guess from the first {rows} rows. Correct it, and save it as spec.yaml in the same folder:",
        "# what waits there is then trained. Every other key has a default; docs/spec.schema.json lists them.",
        "algorithm: xgboost",
        "data:",
        f"  label: {_reference(label, repeated) if label else 0}  # the column to predict",
    ]
    positive = _positive(label) if label and problem is Problem.BINARY else ""
    if 0 < len(positive) <= _LONGEST:
        lines.append(f"  positive: {_quoted(positive)}  # the class that counts as positive")
    if roles.ids:
        lines.append(f"  id: {_references(roles.ids, repeated)}  # names a row; not learned from")
    if roles.drop:
        lines.append(f"  drop: {_references(roles.drop, repeated)}  # texts with too many values, or unknown dates")
    if roles.dates:
        parts = (f"{_reference(column, repeated)}: [{', '.join(column.date_parts)}]" for column in roles.dates)
        lines.append(f"  dates: {{{', '.join(parts)}}}  # what is learned from dates; or drop them")
    if not header:
        lines.append("  header: false  # columns are positions, counted from 0")
    if delimiter != "," and separates(delimiter):
        lines.append(f"  delimiter: {'tab' if delimiter == chr(9) else _quoted(delimiter)}")
    if problem:
        lines += ["evaluate:", f"  problem: {problem}  # binary, multiclass or regression"]
    return "\n".join(lines) + "\n"


def _references(columns: Sequence[ColumnSample], repeated: set[str]) -> str:
    """Write a list of columns."""
    return f"[{', '.join(_reference(column, repeated) for column in columns)}]"


def _reference(column: ColumnSample, repeated: set[str]) -> str:
    """Write a column: by its name if it has one of its own, else by its position."""
    name = column.name
    if not name or name in repeated or len(name) > _LONGEST:
        return str(column.position)
    return name if _PLAIN.fullmatch(name) and name.lower() not in _YAML_WORDS else _quoted(name)


def _quoted(text: str) -> str:
    """Write text in double quotes, with YAML's escapes."""
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return written.strip()
