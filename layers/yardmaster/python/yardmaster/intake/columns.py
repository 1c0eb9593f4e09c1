"""What a model's columns are, frozen by its first release: names, roles, levels, the label's classes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from yardmaster.errors import UnknownSchemaError
from yardmaster.records import Problem as Problem

SCHEMA: Final = 2
"""The newest form of `columns.json` that this code knows: 2 has dates. Without dates, 1 is written as it ever was."""

Missing = Literal["keep", "drop_rows", "refuse"]


class Role(StrEnum):
    """What a column is for."""

    LABEL = "label"
    ID = "id"
    DROP = "drop"
    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """One column of the files.

    `levels` are a categorical column's values, sorted, and `parts` what is learned from a date; one output column each.
    """

    name: str
    role: Role
    levels: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the output columns that it becomes."""
        match self.role:
            case Role.NUMERIC:
                return (self.name,)
            case Role.CATEGORICAL:
                return tuple(f"{self.name}={level}" for level in self.levels)
            case Role.DATE:
                return tuple(f"{self.name}.{part}" for part in self.parts)
            case _:
                return ()


@dataclass(frozen=True)
class Columns:
    """The frozen encoding of a model: `columns.json`.

    Attributes:
        columns: Of the files, in the first release's order, which is also the order of the output.
        problem: What is predicted.
        classes: The label's classes in the order of their codes 0, 1, …; the positive one last if there are two.
            Empty where there are none.
        header: Whether the files name their columns; without a header they are `column_0`, `column_1`, …
        missing: What happens to missing values in features.
    """

    columns: tuple[Column, ...]
    problem: Problem
    classes: tuple[str, ...]
    header: bool
    missing: Missing = "keep"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files' columns."""
        return tuple(column.name for column in self.columns)

    @property
    def label(self) -> str | None:
        """The label's name; None where a model learns without one."""
        return next((column.name for column in self.columns if column.role is Role.LABEL), None)

    def raw(self, *, labelled: bool) -> tuple[Column, ...]:
        """Return the columns of a raw row: all, or in rows that are to be predicted all but the label."""
        return tuple(column for column in self.columns if labelled or column.role is not Role.LABEL)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the output columns after the label, if there is one, in order."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def digest(self) -> str:
        """The SHA-256 of the encoding, in hexadecimal: equal exactly if files are encoded alike."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the content of `columns.json`; `features` is there for the reader only."""
        record = {
            "schema": SCHEMA if any(column.role is Role.DATE for column in self.columns) else 1,
            "columns": [_column_record(column) for column in self.columns],
            "problem": self.problem,
            "classes": self.classes,
            "header": self.header,
            "missing": self.missing,
            "features": self.features,
        }
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Columns":
        """Read `columns.json`.

        Raises:
            UnknownSchemaError: A newer Yardmaster wrote it.
        """
        record = json.loads(text)
        if record["schema"] > SCHEMA:
            raise UnknownSchemaError(f"columns.json has schema {record['schema']}; this Yardmaster knows {SCHEMA}")
        columns = tuple(
            Column(one["name"], Role(one["role"]), tuple(one.get("levels", ())), tuple(one.get("parts", ())))
            for one in record["columns"]
        )
        classes, problem = tuple(record["classes"]), Problem(record["problem"])
        return cls(columns, problem, classes, record["header"], record["missing"])


def _column_record(column: Column) -> Mapping[str, Any]:
    record: dict[str, Any] = {"name": column.name, "role": column.role}
    match column.role:
        case Role.CATEGORICAL:
            return record | {"levels": column.levels}
        case Role.DATE:
            return record | {"parts": column.parts}
        case _:
            return record
