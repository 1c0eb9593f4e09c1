"""The first release's pass over its files: what each column is. Frozen from then on."""

import json
from collections.abc import Sequence
from typing import Final

from yardmaster.errors import RefusedError
from yardmaster.intake import label
from yardmaster.intake.cells import MISSING, BadCellError, canonical_class, is_misread, is_number, numbers
from yardmaster.intake.columns import Column, Columns, Problem, Role
from yardmaster.intake.date_profile import DateProfile
from yardmaster.intake.match import match_names, refuse_repeated
from yardmaster.intake.refusals import SHOWN, quoted, refused
from yardmaster.intake.roles import Assigned, assign, dates
from yardmaster.intake.source import Deadline, Meter, SourceFile
from yardmaster.intake.table import Batch, Header, Table, open_table
from yardmaster.spec.data import DataSpec

MAX_LEVELS: Final = 50
"""A column of texts with more values is no category."""
UNLABELLED: Final = frozenset({Problem.CLUSTERING, Problem.NONE})
"""The problems without a label."""
LIST_LENGTH: Final = 4000
"""Characters of the columns that a message lists to be dropped."""


class FeatureProfile:
    """What a pass over a feature's column has found so far."""

    def __init__(self) -> None:
        self.levels: set[bytes] | None = set()
        """The values, trimmed, without missing ones; None once there are more than 50."""
        self.text: str | None = None
        """What the first cell is that is no number, and where; None if all are numbers."""

    def see(self, column: list[bytes], batch: Batch, file: str) -> None:
        """Take in some rows."""
        if self.levels is not None:
            self.levels |= {cell.strip() for cell in set(column)} - MISSING
            if len(self.levels) > MAX_LEVELS:
                self.levels = None
        if self.text is None:
            try:
                numbers(column)
            except BadCellError as error:
                self.text = f"{error} in {file}, line {batch.lines[error.index]:,}"


class LabelProfile:
    """What a pass over the label's column has found so far."""

    def __init__(self) -> None:
        self.classes: set[str] | None = set()
        """The values in their one spelling; None once there are more than 100."""
        self.all_numbers = True

    def see(self, column: list[bytes]) -> None:
        """Take in some rows.

        Raises:
            BadCellError: The label is missing.
        """
        label.refuse_missing(column)
        distinct = set(column)
        self.all_numbers = self.all_numbers and all(is_number(cell.strip()) for cell in distinct)
        if self.classes is not None:
            self.classes |= {canonical_class(cell) for cell in distinct}
            if len(self.classes) > label.MAX_CLASSES:
                self.classes = None


def learn(
    files: Sequence[SourceFile], data: DataSpec, problem: str | None = None, deadline: Deadline | None = None
) -> Columns:
    """Profile a model's first drop and return its frozen encoding. One pass, constant memory.

    A column is numeric if all its cells are numbers or missing. Else it is categorical, if it has at most 50 values;
    columns that `data.categorical` lists are so whatever they hold, and those of `data.dates` must hold dates.

    Args:
        files: All files of the drop, those of all channels if it is already split.
        data: The spec's part.
        problem: `binary`, `multiclass` or `regression`; None to guess from the label's values; `clustering` or `none`
            where there is no label.
        deadline: Returns the seconds left.

    Raises:
        RefusedError: With all columns that can't be used and what to write into the spec, or the first bad row.
    """
    survey: _Survey | None = None
    meter = Meter(files, deadline)
    header: Header = data.header
    named = data.label if isinstance(data.label, str) else None
    for file in files:
        if table := open_table(file, meter, delimiter=data.delimiter, header=header, label=named):
            survey = survey or _Survey(table, data, problem)
            header = table.header
            survey.see(table)
    if survey is None or not survey.rows:
        raise RefusedError(f"{files[0].name if files else 'the drop'}: there are no rows")
    return survey.columns()


class _Survey:
    """The profiles of a drop's columns; the first file says which columns there are."""

    def __init__(self, table: Table, data: DataSpec, problem: str | None) -> None:
        refuse_repeated(table)
        self._problem = problem
        self._data = data
        self._file = table.name
        self._names = table.names
        self._header = table.header
        self._nameless = {i for i, name in enumerate(table.first[0]) if table.header and not name}
        self._roles = assign(table, data, labelled=problem not in UNLABELLED)
        self._label = LabelProfile()
        self._label_at = self._roles.index(Role.LABEL) if Role.LABEL in self._roles else None
        self._features = {
            position: FeatureProfile()
            for position, role in enumerate(self._roles)
            if role in ("auto", Role.CATEGORICAL)
        }
        self._dates = {position: DateProfile(parts) for position, parts in dates(table, data).items()}
        self.rows = 0

    def see(self, table: Table) -> None:
        """Take in one file."""
        order = self._order(table)
        for piece in table.pieces():
            batch = piece if isinstance(piece, Batch) else table.batch(piece)
            self.rows += len(batch.lines)
            if self._label_at is not None:
                self._see_label(batch, order[self._label_at], table.name)
            for position, profile in (self._features | self._dates).items():
                profile.see(batch.columns[order[position]], batch, table.name)

    def _see_label(self, batch: Batch, at: int, file: str) -> None:
        try:
            self._label.see(batch.columns[at])
        except BadCellError as error:
            line = batch.lines[error.index]
            raise refused(str(error), file=file, line=line, column=self._label_name) from error

    def columns(self) -> Columns:
        """Return the encoding.

        Raises:
            RefusedError: Columns can't be used as they are.
        """
        self._refuse_unusable()
        decided, classes = self._decided()
        columns = tuple(self._column(position, role) for position, role in enumerate(self._roles))
        return Columns(columns, decided, classes, self._header, self._data.missing)

    def _decided(self) -> tuple[Problem, tuple[str, ...]]:
        """Return what is predicted, and its classes."""
        if self._label_at is None:
            return Problem(self._problem or Problem.NONE), ()
        profile = self._label
        try:
            return label.decide(self._problem, profile.classes, profile.all_numbers, self._data.positive)
        except RefusedError as error:
            raise refused(f"the label can't be used: {error}", file=self._file, column=self._label_name) from error

    @property
    def _label_name(self) -> str:
        return self._names[self._label_at or 0]

    def _order(self, table: Table) -> tuple[int, ...]:
        """Return the positions of the first file's columns in this one."""
        if self._header:
            refuse_repeated(table)
            return match_names(table.names, self._names, table.name, f"{self._file}'s")
        if table.width != len(self._names):
            raise refused(f"{table.width} columns instead of {len(self._names)} as in {self._file}", file=table.name)
        return tuple(range(table.width))

    def _column(self, position: int, role: Assigned) -> Column:
        """Return one column with its final role."""
        name = self._names[position]
        if position in self._dates:
            return Column(name, Role.DATE, parts=self._dates[position].parts)
        if position not in self._features:
            return Column(name, Role(role))
        profile = self._features[position]
        if position in self._nameless:
            return Column(name, Role.DROP)
        if role == "auto" and profile.text is None:
            return Column(name, Role.NUMERIC)
        return Column(name, Role.CATEGORICAL, tuple(sorted(level.decode() for level in profile.levels or ())))

    def _refuse_unusable(self) -> None:
        """Refuse all columns that can't be used at once, with what to write into the spec."""
        known = sorted(self._features | self._dates)
        faults = {position: fault for position in known if (fault := self._fault(position))}
        if not faults:
            return
        shown = [f"column {quoted(self._names[position])} {fault}" for position, fault in faults.items()][:SHOWN]
        more = f"; and {len(faults) - SHOWN} more columns" if len(faults) > SHOWN else ""
        columns = [self._names[position] if self._named(position) else position for position in faults]
        raise refused(
            f"{'; '.join(shown)}{more}. Mend the cells, or write data.drop: {_as_list(columns)} into the spec to leave "
            "the columns out (data.id for what names a row, data.categorical for a few texts)",
            file=self._file,
        )

    def _fault(self, position: int) -> str | None:
        """Return why a feature can't be used, or None."""
        if position in self._dates:
            return self._dates[position].fault
        profile = self._features[position]
        if position in self._nameless and profile.levels != set():
            return "has no name in the header (a row number that a tool wrote?)"
        if self._roles[position] is Role.CATEGORICAL:
            many = profile.levels is None
            return f"has more than {MAX_LEVELS} different values, too many for data.categorical" if many else None
        if profile.text is None:
            return None
        if profile.levels is None:
            return f"has more than {MAX_LEVELS} different values, and {profile.text}"
        # As a category it would do for this drop; in the next one its values are others.
        return f"has {profile.text}" if is_misread(profile.levels) else None

    def _named(self, position: int) -> bool:
        """Tell whether the spec can name a column."""
        return self._header and position not in self._nameless


def _as_list(columns: Sequence[str | int]) -> str:
    """Write columns as a spec's list; of a very long one only the beginning, since reasons travel by event."""
    text = json.dumps(columns, ensure_ascii=False)
    return text if len(text) <= LIST_LENGTH else f"{text[:LIST_LENGTH]} …"
