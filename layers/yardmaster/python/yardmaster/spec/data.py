"""The `data` section: which column is what, and how rows become channels."""

from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, Field, JsonValue, WithJsonSchema

from yardmaster.spec.base import (
    COLUMN_ALLOWED,
    Column,
    Columns,
    Later,
    Listed,
    PlainOr,
    SpecModel,
    is_column,
    not_allowed,
)
from yardmaster.spec.durations import Duration
from yardmaster.spec.problems import words

DatePart = Literal["year", "quarter", "month", "day", "day_of_week", "day_of_year", "week", "hour", "minute", "days"]
"""What can be learned from a date: `day_of_week` is 0 on Mondays, `week` is ISO's, `days` counts from 1970-01-01.
What a date does not say is missing: the hour of one without a time, the day of one that is a month."""
_DATE_PARTS: Final[dict[str, JsonValue]] = {"x-allowed": f"a list of {words(get_args(DatePart), 'and')}"}
ContentType = Literal[
    "text/csv",
    "text/libsvm",
    "text/plain",
    "application/json",
    "application/jsonlines",
    "application/x-recordio",
    "application/x-recordio-protobuf",
    "application/x-parquet",
    "application/x-image",
    "image/jpeg",
    "image/png",
]
"""What SageMaker's built-in algorithms read."""


def _class_name(value: object) -> object:
    """Take a class as the text that stands in the file; `positive: 1` is the text `1`."""
    if isinstance(value, bool | float):
        raise not_allowed('the class as it stands in the file, in quotes: "yes"')
    return str(value) if isinstance(value, int) else value


def _delimiter(value: object) -> object:
    """Accept `auto`, the word `tab`, or one character that can separate cells."""
    if value in ("tab", "\\t"):
        return "\t"
    if value == "auto" or (isinstance(value, str) and len(value) == 1 and separates(value)):
        return value
    raise not_allowed('auto, tab, or one character such as "," or ";"')


def separates(character: str) -> bool:
    """Tell whether a character can stand between cells without being part of one."""
    return character.isascii() and not character.isalnum() and character not in "\"'\r\n.-+\0"


def _categorical(value: object) -> object:
    """Accept `auto` or a list of columns."""
    if value == "auto":
        return value
    if isinstance(value, list | tuple) and all(is_column(item) for item in value):
        return tuple(value)
    raise not_allowed(f"auto, or a list of columns: each {COLUMN_ALLOWED}")


class SplitSpec(SpecModel):
    """The share of the rows in each channel; a row keeps its channel in every drop."""

    train: float = Field(default=0.7, gt=0, lt=1)
    """The share that the model learns from."""
    validation: float = Field(default=0.15, gt=0, lt=1)
    """The share that is watched while it learns."""
    test: float = Field(default=0.15, gt=0, lt=1)
    """The share that the model is judged on; no model ever trains on it."""
    by: Column | None = None
    """Rows with the same value in this column go to the same channel; by default each row is on its own."""


class LastDrops(SpecModel):
    """A number of drops, counted back from the newest."""

    last: int = Field(ge=1, le=100)
    """How many drops."""


class DataSpec(SpecModel):
    """Which column is what, and how rows become channels."""

    label: Column | None = None
    """The column to predict: its name in the header, or its position counted from 0. Required for CSV, unless the
    algorithm learns without a label."""
    positive: Annotated[
        str | None, BeforeValidator(_class_name), WithJsonSchema({"type": ["string", "integer"], "minLength": 1})
    ] = Field(default=None, min_length=1)
    """The class that counts as positive, as it stands in the file; the label then has two classes."""
    id: Columns = ()
    """Columns that name a row and are not learned from; one or a list."""
    drop: Columns = ()
    """Columns to leave out; one or a list."""
    categorical: Annotated[
        Literal["auto"] | tuple[Column, ...],
        BeforeValidator(_categorical, json_schema_input_type=Literal["auto"] | list[Column]),
    ] = "auto"
    """Columns to one-hot encode: `auto` takes those that are not numbers; a list names them, numeric codes too."""
    missing: Literal["keep", "drop_rows", "refuse"] = "keep"
    """Empty cells: keep them (XGBoost learns from what is missing), drop their rows, or refuse the file. An algorithm
    that takes none refuses them unless the spec says `drop_rows`."""
    delimiter: Annotated[
        str, BeforeValidator(_delimiter), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 4})
    ] = "auto"
    """What separates the cells: `auto`, `tab`, or one character."""
    header: Literal["auto", True, False] = "auto"
    """Whether the first line names the columns."""
    split: SplitSpec = Field(default_factory=SplitSpec)
    """The share of the rows in each channel."""
    dates: dict[str, Annotated[Listed[DatePart], Field(min_length=1, json_schema_extra=_DATE_PARTS)]] = Field(
        default_factory=dict, json_schema_extra={"x-allowed": "a mapping, such as {signup: [month, day_of_week]}"}
    )
    """Columns with dates, and what is learned from each: `signup: [month, day_of_week]`. Dates begin with their year:
    `2024-01-31`, `2024/1/31`, `2024-01`, perhaps with a time (`2024-01-31T13:45:00Z`), taken as it is written."""
    content_type: ContentType = "text/csv"
    """What a drop holds; by default CSV, or what the algorithm reads if that is one type only. Anything but CSV is for
    folders that are already split, and goes to the job as it is."""
    history: PlainOr[Literal["this_drop", "all"], LastDrops] = "this_drop"
    """Which drops to train on: `this_drop`, for files that hold all rows so far; `all`, or `{last: 6}` with this one,
    for files that hold new rows only."""
    settle: Annotated[Duration | None, Later(None)] = None
    """Wait so long for the last of several files, and train once. Not supported yet."""
