"""Single values against their shapes: lengths, ranges, patterns, enums, types and times, in AWS's words."""

import math
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape, StringShape

from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.java_patterns import matches


def text_faults(shape: Shape, value: Any) -> list[str]:
    """Return the constraints that a string breaks."""
    text: str = typed(value, str, "a String")
    faults = size_faults(shape, text, "length")
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not matches(pattern, text):
        faults.append(f"Member must satisfy regular expression pattern: {pattern}")
    if isinstance(shape, StringShape) and shape.enum and text not in shape.enum:
        faults.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return faults


def text_rules(shape: Shape) -> list[str]:
    """Return all the constraints of a string: AWS lists them for the keys and values of maps."""
    rules = (
        [f"Member must have length less than or equal to {shape.metadata['max']}"] if "max" in shape.metadata else []
    )
    rules.append(f"Member must have length greater than or equal to {shape.metadata.get('min', 0)}")
    if "pattern" in shape.metadata:
        rules.append(f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}")
    return rules


def size_faults(shape: Shape, value: Any, noun: str) -> list[str]:
    """Return the constraints that a string, list or map breaks by its length."""
    return bound_faults(shape, len(value), noun)


def bound_faults(shape: Shape, size: float, noun: str) -> list[str]:
    """Return the bounds that a number breaks; `noun` is `value` or `length`."""
    faults = []
    if size < shape.metadata.get("min", -math.inf):
        faults.append(f"Member must have {noun} greater than or equal to {shape.metadata['min']}")
    if size > shape.metadata.get("max", math.inf):
        faults.append(f"Member must have {noun} less than or equal to {shape.metadata['max']}")
    return faults


def timestamp(value: Any) -> float:
    """Return epoch seconds of a time in any form that clients send.

    Raises:
        AwsError: SerializationException.
    """
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        try:
            return epoch_of(value)
        except ValueError:
            raise AwsError("SerializationException", "STRING_VALUE can not be converted to a Timestamp") from None
    return float(typed(value, int | float, "a Timestamp"))


def epoch_of(text: str) -> float:
    """Return epoch seconds of a time in ISO 8601; without an offset it is UTC, as AWS reads it.

    Raises:
        ValueError: It is none.
    """
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def typed(value: Any, kind: Any, name: str) -> Any:
    """Return a value of the right type.

    Raises:
        AwsError: SerializationException in the words of AWS.
    """
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        given = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
        what = given.get(type(value), "Start of structure or list")
        raise AwsError("SerializationException", f"{what} can not be converted to {name}")
    return value
