"""Raw rows in, encoded rows out: what runs in the first container of an inference pipeline, before the model's own.

AWS's scikit-learn image serves this file in script mode (`SAGEMAKER_PROGRAM`). Nothing else of ours is there: one file,
the standard library alone, Python 3.8 or newer. `columns.json` lies in the model's directory. What becomes of a cell is
said a second time here; a test holds it equal to the intake, which made the rows that the model learned from.

A request is `text/csv` (as the user's files have it: with or without a header, with or without the label, quotes, any
of the usual delimiters), `application/json` (`{"instances": [{"age": 33, …}, …]}`, a list of such objects, or one), or
`application/jsonlines`. Each row has one line in the answer, in order. What can't be used is refused with its row and
column, and never with its value: answers go into logs.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

DELIMITER = "YARDMASTER_DELIMITER"
"""The environment variable with the spec's `data.delimiter`; without it, a request's first row decides."""
WHOLE_ROWS = "YARDMASTER_WHOLE_ROWS"
"""The environment variable that is there if the model's algorithm takes no empty cells."""
CANDIDATES = ",;\t|"
CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"

_MISSING = frozenset(["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NULL", "null", "Null", "None", "?"])
_SPACES = " \t\n\r\x0b\x0c"
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])(?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"
_OFFSET = r" ?(?:Z|[-+][0-9]{2}(?::?[0-9]{2})?)"
_DATE = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})(?:\2([0-9]{1,2})(?:[T ]" + _TIME + r"(?:" + _OFFSET + r")?)?)?")
_REASONS = {400: "BAD REQUEST", 415: "UNSUPPORTED MEDIA TYPE"}


class RefusedError(Exception):
    """A request that can't be answered, and the answer to it: Flask, which the image runs, calls it as a WSGI app."""

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem)
        self.status = status

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        """Answer in words."""
        start_response(f"{self.status} {_REASONS[self.status]}", [("Content-Type", "text/plain; charset=utf-8")])
        return [str(self).encode("utf-8", "replace")]


class Encoder:
    """Encodes rows as `columns.json` says."""

    def __init__(self, columns: dict[str, Any], delimiter: str = "", *, whole_rows: bool = False) -> None:
        """Take the content of `columns.json`, what separates cells if the spec says so, whether none may be empty.

        A model from elsewhere may know fewer columns than files have, or in another order: `layout` names the files'.
        """
        known = columns["columns"]
        self._names = columns.get("layout", [column["name"] for column in known])
        self._label = next((self._names.index(column["name"]) for column in known if column["role"] == "label"), None)
        self._features = [
            (self._names.index(column["name"]), column["name"], _KINDS[column["role"]](column))
            for column in known
            if column["role"] in _KINDS
        ]
        self._header = columns["header"]
        self._gaps = columns["missing"] == "keep" and not whole_rows
        self._delimiter = delimiter

    def encode(self, text: str, content_type: str) -> str:
        """Return the rows of a request for the model, with commas and without a header.

        Raises:
            RefusedError: Of the first row that can't be used.
        """
        text = text.lstrip("\ufeff")
        if content_type == CSV:
            rows = self._csv(text)
        elif content_type in (JSON, JSON_LINES):
            rows = self._json(_objects(text, content_type))
        else:
            raise RefusedError(f"content type {CSV}, {JSON} or {JSON_LINES}, please", 415)
        lines = [self._line(number, cells) for number, cells in enumerate(rows, 1)]
        if not lines:
            raise RefusedError("there is no row")
        return "\n".join(lines)

    def _line(self, number: int, cells: dict[int, str]) -> str:
        found = []
        for at, name, encode in self._features:
            try:
                code, whole = encode(cells[at].strip(_SPACES))
            except ValueError as error:
                raise RefusedError(f"row {number:,}, column {_quoted(name)}: {error}") from None
            if not (whole or self._gaps):
                problem = "a value is missing, and the model knows whole rows only"
                raise RefusedError(f"row {number:,}, column {_quoted(name)}: {problem}")
            found.append(code)
        # An empty line would be no row at all.
        return ",".join(found) or "nan"

    def _csv(self, text: str) -> Iterator[dict[int, str]]:
        """Yield the cells of each row, by the column's position in `columns.json`."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            raise RefusedError("there is a NUL byte: send UTF-8 text")
        records = list(_records(text, self._delimiter or self._sniffed(text)))
        if records and self._is_header(records[0]):
            places = self._places(records[0])
            for number, cells in enumerate(records[1:], 1):
                if len(cells) != len(places):
                    raise RefusedError(f"row {number:,}: {len(cells)} cells, and the header has {len(places)}")
                yield dict(zip(places, cells))
            return
        for number, cells in enumerate(records, 1):
            if len(cells) not in self._widths:
                wanted = " or, without the label, ".join(map(str, self._widths))
                raise RefusedError(f"row {number:,}: {len(cells)} cells instead of {wanted}")
            every = range(len(self._names))
            yield dict(zip((at for at in every if len(cells) == len(every) or at != self._label), cells))

    def _sniffed(self, text: str) -> str:
        """Return the delimiter that makes the most columns, of those that make as many as there may be."""
        widths = {}
        for delimiter in CANDIDATES:
            try:
                first = next(_records(text, delimiter), [])
            except RefusedError:
                continue
            if len(first) in self._widths or self._is_header(first):
                widths[delimiter] = len(first)
        return max(widths, key=lambda delimiter: widths[delimiter]) if widths else ","

    @property
    def _widths(self) -> tuple[int, ...]:
        """How many cells a row without a header may have: all columns, or all but the label."""
        return (len(self._names),) if self._label is None else (len(self._names), len(self._names) - 1)

    def _is_header(self, cells: list[str]) -> bool:
        """Tell whether a first row names columns, if files do: no row of data has their names in most of its cells."""
        return self._header and 2 * sum(name in self._names for name in _names(cells)) > len(cells)

    def _places(self, header: list[str]) -> list[int]:
        """Return which column each cell of a header names, in whatever order."""
        names = _names(header)
        strange = sum(name not in self._names for name in names)
        if strange:
            raise RefusedError(f"the header has {strange} names that are no columns of the first release")
        if len(set(names)) < len(names):
            raise RefusedError("the header has a name twice")
        absent = [name for _, name, _ in self._features if name not in names]
        if absent:
            raise RefusedError(f"the header lacks {_listed(absent)}")
        return [self._names.index(name) for name in names]

    def _json(self, objects: list[Any]) -> Iterator[dict[int, str]]:
        for number, values in enumerate(objects, 1):
            if not isinstance(values, dict):
                raise RefusedError(f'row {number:,}: not an object with the columns\' names: {{"age": 33, …}}')
            absent = [name for _, name, _ in self._features if name not in values]
            if absent:
                raise RefusedError(f"row {number:,}: {_listed(absent)} not there (null for what is missing)")
            strange = len(set(values) - set(self._names))
            if strange:
                raise RefusedError(f"row {number:,}: {strange} of its names are no columns of the first release")
            yield {at: _cell(number, name, values[name]) for at, name, _ in self._features}


def model_fn(model_dir: str) -> Encoder:
    """Return the encoder that the artifact is for."""
    columns = json.loads(Path(model_dir, "columns.json").read_text(encoding="utf-8"))
    return Encoder(columns, os.environ.get(DELIMITER, ""), whole_rows=WHOLE_ROWS in os.environ)


def input_fn(body: str | bytes, content_type: str) -> tuple[str | bytes, str]:
    """Return a request as it came, and its content type in its plain form."""
    return body, content_type.partition(";")[0].strip().lower()


def predict_fn(request: tuple[str | bytes, str], model: Encoder) -> str | RefusedError:
    """Return the encoded rows, or why there are none."""
    body, content_type = request
    try:
        return model.encode(body if isinstance(body, str) else body.decode("utf-8"), content_type)
    except UnicodeDecodeError:
        return RefusedError("this is not UTF-8")
    except RefusedError as refusal:
        return refusal


def output_fn(prediction: str | RefusedError, accept: str) -> tuple[str, str] | RefusedError:
    """Return the answer and its content type: CSV for the next container, whatever the caller wants of the last one."""
    return prediction if isinstance(prediction, RefusedError) else (prediction, CSV)


def _names(header: list[str]) -> list[str]:
    """Return the names in a header; a column without one has its position's, as in `columns.json`."""
    return [cell.strip() or f"column_{at}" for at, cell in enumerate(header)]


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the records of CSV without blank lines."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, skipinitialspace=True, strict=True)
    number = 1
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield cells
                number += 1
    except csv.Error:
        problem = 'its quotes, or a cell of more than 131,072 characters (a quote inside quotes is doubled: "")'
        raise RefusedError(f"record {number:,} can't be read for {problem}") from None


def _objects(text: str, content_type: str) -> list[Any]:
    """Return the rows of JSON; numbers are the text that stands there."""
    lines = [line for line in text.splitlines() if line.strip()] if content_type == JSON_LINES else [text]
    values = [_parsed(line) for line in lines]
    if content_type == JSON_LINES:
        return values
    value = values[0]
    if isinstance(value, dict) and isinstance(value.get("instances"), list):
        value = value["instances"]
    return value if isinstance(value, list) else [value]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise RefusedError("this is not JSON") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise RefusedError("an object has a name twice")
    return values


def _cell(number: int, name: str, value: Any) -> str:
    """Return a value of JSON as the cell that a file would have."""
    if value is None:
        return ""
    if not isinstance(value, str):
        problem = "a text, a number or null, please; true and false as your files write them, in quotes"
        raise RefusedError(f"row {number:,}, column {_quoted(name)}: {problem}")
    return value


def _number(column: dict[str, Any]) -> Callable[[str], tuple[str, bool]]:
    """Return what encodes a numeric column's cell, and says whether it lacks nothing."""

    def encode(cell: str) -> tuple[str, bool]:
        if cell in _MISSING:
            return "", False
        if _NUMBER.fullmatch(cell) is None or not math.isfinite(float(cell)):
            raise ValueError("not a finite decimal number (empty, if it is missing)")
        return cell, True

    return encode


def _category(column: dict[str, Any]) -> Callable[[str], tuple[str, bool]]:
    """Return what encodes a category's cell: a level that the model never saw is all zeros, as in training."""
    levels = column["levels"]
    codes = {level: ",".join("01"[one == at] for one in range(len(levels))) for at, level in enumerate(levels)}
    zeros = ",".join("0" * len(levels))
    return lambda cell: (codes.get(cell, zeros), cell not in _MISSING)


def _date(column: dict[str, Any]) -> Callable[[str], tuple[str, bool]]:
    """Return what encodes a date's cell: its parts, nothing for those that it does not say."""
    parts = column["parts"]

    def encode(cell: str) -> tuple[str, bool]:
        values = {} if cell in _MISSING else _moment(cell)
        found = [str(values.get(part, "")) for part in parts]
        return ",".join(found), all(found)

    return encode


def _moment(cell: str) -> dict[str, int]:
    found = _DATE.fullmatch(cell)
    if found is None:
        raise ValueError("not a date (2024-01-31, or 2024-01-31 13:45)")
    year, _, month, day, hour, minute = found.groups()
    try:
        at = date(int(year), int(month), int(day or 1))
    except ValueError:
        raise ValueError("a date that is in no calendar") from None
    values = {"year": at.year, "quarter": (at.month + 2) // 3, "month": at.month}
    if day:
        values.update(day=at.day, day_of_week=at.weekday(), day_of_year=at.timetuple().tm_yday)
        values.update(week=at.isocalendar()[1], days=at.toordinal() - date(1970, 1, 1).toordinal())
    if hour:
        values.update(hour=int(hour), minute=int(minute))
    return values


_KINDS = {"numeric": _number, "categorical": _category, "date": _date}
"""What becomes a feature, by its role; labels, ids and what is dropped do not."""


def _quoted(name: str) -> str:
    short = name if len(name) <= 60 else f"{name[:59]}…"
    return "'" + "".join(c if c.isprintable() else "?" for c in short) + "'"


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(_quoted, names[:10]))
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
