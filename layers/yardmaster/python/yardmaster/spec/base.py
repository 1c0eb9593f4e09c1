"""What all parts of the spec share: strict frozen models, columns, lists that may be one value, later keys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

INSTANCE_TYPE: Final = r"^ml\.[a-z][a-z0-9-]*\.(medium|large|xlarge|[1-9][0-9]*xlarge)$"
"""SageMaker's instance types: `ml.m5.xlarge`."""
COLUMN_ALLOWED: Final = "a column's name, or its position counted from 0 (-1 is the last)"

SHAPES: Final = ("<plain>", "<mapping>", "<continuous>", "<integer>", "<categorical>")
"""How an error's place calls what was tried: a plain value or a mapping, where a key may have either; a range."""

T = TypeVar("T")
U = TypeVar("U")


class SpecModel(BaseModel):
    """A part of the spec: frozen, no unknown keys, no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def not_allowed(allowed: str) -> PydanticCustomError:
    """Return the error of a validator: what is allowed, in words (braces would be read as a template)."""
    return PydanticCustomError("allowed", "{allowed}", {"allowed": allowed})


class Later:
    """Marks a key that a later issue builds: its type is final, but any value that is not named here is refused."""

    def __init__(self, *supported: object) -> None:
        """Take the values that are accepted already."""
        self.supported = supported

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse before the value is looked at: what can't be used need not be right."""
        return core_schema.no_info_before_validator_function(self._refuse, handler(source))

    def _refuse(self, value: object) -> object:
        if any(value == supported for supported in self.supported):
            return value
        raise PydanticCustomError("later", "not supported yet")


class OneOrMore:
    """Lets one value stand for a list of one, and lists be tuples."""

    def __init__(self, allowed: str) -> None:
        """Take what is allowed, in words."""
        self._allowed = allowed

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._wrap, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        several = handler(schema)
        return {"anyOf": [several["items"], several], "x-allowed": self._allowed}

    @staticmethod
    def _wrap(value: object) -> object:
        if isinstance(value, list | tuple):
            return tuple(value)
        return value if value is None or isinstance(value, Mapping) else (value,)


class _NoneWord:
    """Reads the word `none` as None; an empty value is refused, as it may mean either."""

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        section = next(option for option in handler(schema)["anyOf"] if option != {"type": "null"})
        return {"anyOf": [section, {"const": "none", "type": "string"}]}

    @staticmethod
    def _read(value: object) -> object:
        if value is None:
            raise not_allowed("a mapping, or the word none")
        return None if value == "none" else value


def is_column(value: object) -> bool:
    """Tell whether a value can name a column; a boolean is YAML's reading of an unquoted `yes` or `no`."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and value.strip() != "")


def _column(value: object) -> object:
    """Accept a name or a position."""
    if not is_column(value):
        raise not_allowed(COLUMN_ALLOWED)
    return value


def _tuple(value: object) -> object:
    """Let a YAML list be the tuple that a frozen model holds."""
    return tuple(value) if isinstance(value, list) else value


def _shape(value: object) -> str:
    """Tell a mapping from a plain value, so that an error speaks of the one that was written."""
    plain, mapping, *_ = SHAPES
    return mapping if isinstance(value, Mapping | BaseModel) else plain


Column = Annotated[str | int, BeforeValidator(_column)]
"""A column: its name in the header, or its position counted from 0 (for files without a header)."""
Listed = Annotated[tuple[T, ...], BeforeValidator(_tuple)]
"""A list."""
Columns = Annotated[tuple[Column, ...], OneOrMore("a column, or a list of columns")]
"""A list of columns, or one that stands for a list of one."""
OrNone = Annotated[T | None, _NoneWord()]
"""A mapping, or the word `none`."""
PlainOr = Annotated[Annotated[T, Tag("<plain>")] | Annotated[U, Tag("<mapping>")], Discriminator(_shape)]
"""A plain value or a mapping."""
