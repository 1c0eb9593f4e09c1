"""Lines of numbers read by the standard library: split once, then `float` on each field."""

from array import array
from typing import cast

_NOT_SEPARATORS = bytes(set(range(256)) - set(b",\n"))
_DIGITS = bytes((code - ord("0")) % 256 for code in range(256))
"""Translates a digit's code to its value."""


def read(block: bytes, width: int) -> "list[array[float]]":
    """Return the columns of lines with `width` numbers each, which commas separate; one of single digits as bytes.

    Raises:
        ValueError: A line has another number of fields, or a field is not a number.
    """
    skeleton = block.translate(None, _NOT_SEPARATORS)
    if skeleton != (b"," * (width - 1) + b"\n") * (len(skeleton) // width):
        raise ValueError
    fields = block[:-1].replace(b"\n", b",").split(b",")
    return [_numbers(fields[place::width]) for place in range(width)]


def _numbers(texts: list[bytes]) -> "array[float]":
    """Return bytes if all are single digits, as the labels of classes mostly are, and else doubles."""
    if len(texts[0]) == 1:
        joined = b"".join(texts)
        if len(joined) == len(texts) and all(texts) and joined.isdigit():
            return small_numbers(joined.translate(_DIGITS))
    return array("d", map(float, texts))


def small_numbers(values: bytes) -> "array[float]":
    """Return whole numbers up to 255, a byte each; whoever reads an array of them gets numbers like any other."""
    return cast("array[float]", array("B", values))
