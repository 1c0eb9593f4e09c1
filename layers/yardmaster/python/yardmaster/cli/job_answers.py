"""Why nothing was found: what there is of what was asked for; pure: rows in, sentences out."""

from collections.abc import Sequence

from yardmaster.cli.job_fields import Field, Kind, Where
from yardmaster.cli.job_report import names_of
from yardmaster.cli.job_rows import Row

_SHOWN = 30
"""Names of metrics or hyperparameters in a sentence."""


def nothing_matches(rows: Sequence[Row], wheres: Sequence[Where], sort: Field | None, noun: str) -> str:
    """Say why none of the rows is shown.

    Args:
        rows: What there is without the conditions; not empty.
        wheres: What was asked.
        sort: What it was to be sorted by, which a row must have.
        noun: `training job` and the like.
    """
    asked = [where.field for where in wheres] + ([sort] if sort else [])
    for field in asked:
        if all(row.known.value(field) is None for row in rows):
            return _unknown(rows, field, noun)
    for where in wheres:
        if not any(where.holds(row.known) for row in rows):
            return f"no {noun} has {where.words}: {_span(rows, where.field)}"
    together = [where.words for where in wheres] + ([f"a value of {sort.words}"] if sort else [])
    return f"no {noun} has {' and '.join(together)} together"


def _unknown(rows: Sequence[Row], field: Field, noun: str) -> str:
    """Say which names there are instead."""
    kind = field.kind
    if kind in {Kind.CREATED, Kind.SECONDS}:
        return f"no {noun} has ended, so none has {field.words}"
    there = [Field(kind, name).words for name in names_of(rows, kind)]
    plain = f"no {noun} has a {kind.value} {field.words}"
    if not there:
        missing = "evaluated a model yet" if kind is Kind.TEST else f"published any {kind.value}"
        return f"{plain}: none has {missing}" if kind is not Kind.HYPERPARAMETER else f"{plain}, nor any other"
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    return f"{plain}; there are: {', '.join(there[:_SHOWN])}{more}"


def _span(rows: Sequence[Row], field: Field) -> str:
    """Say what values there are."""
    values = [value for row in rows if (value := row.known.value(field)) is not None]
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) == len(values):
        return f"it goes from {min(numbers):.4g} to {max(numbers):.4g} in {len(numbers)} of {len(rows)}"
    words = sorted({str(value) for value in values})
    return f"it is {', '.join(words[:_SHOWN])}"
