"""Jobs as CSV and JSON, for programs; pure: rows in, texts out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yardmaster.cli.job_fields import Field, Kind
from yardmaster.cli.job_rows import Row
from yardmaster.rules.tuning.words import short
from yardmaster.rules.why import spell_time

_COLUMNS = ("job", "release", "model", "stage", "verdict", "role", "tuning_job", "trials", "best")
_TIMES = ("created", "seconds", "status")
_NAMED = (Kind.METRIC, Kind.TEST, Kind.HYPERPARAMETER)


def spell(values: Mapping[str, str], names: Iterable[str]) -> str:
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
    fields = [Field(kind, name) for kind in _NAMED for name in names_of(rows, kind)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *_TIMES, *(field.searched or field.words for field in fields)])
    for row in rows:
        record = as_record(row)
        record["created"] = spell_time(row.created) if row.created is not None else None
        plain = [record[column] for column in (*_COLUMNS, *_TIMES)]
        writer.writerow([*plain, *(row.known.named(field.kind).get(field.name) for field in fields)])
    return text.getvalue()


def names_of(rows: Iterable[Row], kind: Kind) -> list[str]:
    """Return the names that the rows have of one kind."""
    return sorted({name for row in rows for name in row.known.named(kind)})
