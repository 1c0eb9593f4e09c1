"""Decimal numbers in a block of text read by numpy, all at once, and exactly: each as `float` would read it.

A decimal is its digits as one whole number, divided by a power of ten. Digits are read eight at a time, as bytes of a
64-bit word, in three multiplications. Up to 2⁵³ one division rounds correctly, since both numbers are doubles; above,
the division's remainder is added. What is left (exponents, signs, more than 19 digits, results nearly half-way between
two doubles) goes through `float` itself. Nothing but `columns/__init__.py` imports this module.
"""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yardmaster.rules.columns.lines import small_numbers

Doubles = NDArray[np.float64]
Places = NDArray[np.intp]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_COMMA, _DOT, _NEWLINE, _ZERO = b",.\n0"
_WORD = 8
_MOST_DIGITS = 19
"""So many fit into 64 bits, and their power of ten is a double."""
_TENS = np.array([float(10**power) for power in range(_MOST_DIGITS + 1)])
_EXACT = np.uint64(1 << 53)
_SPLITTER = float((1 << 27) + 1)
_NEARLY_HALF = 1e-6


@dataclass(frozen=True)
class _Fields:
    """The fields of a block, or of one of its columns: where each starts and ends, and what it is made of.

    Attributes:
        ends_without_dots: Where each ends in the text without its dots.
        fraction: How many digits follow the dot.
        plain: Whether a field is nothing but digits, perhaps with one dot.
    """

    starts: Places
    ends: Places
    ends_without_dots: Places
    digits: Places
    fraction: Places
    plain: Flags

    def column(self, place: int, width: int) -> "_Fields":
        return _Fields(**{name: values[place::width] for name, values in vars(self).items()})


def read(block: bytes, width: int) -> "list[array[float]]":
    """Return the columns of lines with `width` numbers each, which commas separate; one of single digits as bytes.

    Raises:
        ValueError: A line has another number of fields, or a field is not a number.
    """
    text = np.frombuffer(block, np.uint8)
    fields = _find(text, width)
    without_dots = text[text != _DOT]
    return [_read(block, without_dots, fields.column(place, width)) for place in range(width)]


def _find(text: NDArray[np.uint8], width: int) -> _Fields:
    """Return the fields of a text that has them by `width` on each line."""
    marks = np.flatnonzero(text - _ZERO > 9)
    kinds = text[marks]
    lasts = np.flatnonzero((kinds == _COMMA) | (kinds == _NEWLINE))
    _check_shape(kinds[lasts], width)
    ends = marks[lasts]
    starts = np.concatenate(([0], ends[:-1] + 1))
    between = np.diff(lasts, prepend=-1) - 1
    has_dot = (between == 1) & (kinds[lasts - 1] == _DOT)
    digits = ends - starts - has_dot
    return _Fields(
        starts,
        ends,
        ends - np.cumsum(kinds == _DOT)[lasts],
        digits,
        np.where(has_dot, ends - marks[lasts - 1] - 1, 0),
        ((between == 0) | has_dot) & (digits > 0) & (digits <= _MOST_DIGITS),
    )


def _check_shape(separators: NDArray[np.uint8], width: int) -> None:
    if len(separators) % width:
        raise ValueError
    table = separators.reshape(-1, width)
    if not (np.all(table[:, -1] == _NEWLINE) and np.all(table[:, :-1] == _COMMA)):
        raise ValueError


def _read(block: bytes, without_dots: NDArray[np.uint8], fields: _Fields) -> "array[float]":
    """Return the numbers of one column's fields."""
    if np.all(fields.plain & (fields.digits == 1) & (fields.fraction == 0)):
        return small_numbers((without_dots[fields.ends_without_dots - 1] - _ZERO).tobytes())
    numbers = _whole_numbers(without_dots, fields.ends_without_dots, fields.digits)
    found, doubtful = _quotients(np.where(fields.plain, numbers, 0), np.where(fields.plain, fields.fraction, 0))
    for place in np.flatnonzero(doubtful | ~fields.plain):
        found[place] = float(block[fields.starts[place] : fields.ends[place]])
    return array("d", found.tobytes())


def _whole_numbers(text: NDArray[np.uint8], ends: Places, digits: Places) -> Words:
    """Return the whole numbers whose last so many digits end before these places."""
    room = _MOST_DIGITS + _WORD
    padded = np.concatenate((np.zeros(room, np.uint8), text, np.zeros(_WORD, np.uint8)))
    words: Words = np.ndarray((len(padded) - _WORD + 1,), "<u8", padded.data, strides=(1,))
    total = np.zeros(len(ends), np.uint64)
    for offset in range(0, min(int(digits.max(initial=0)), _MOST_DIGITS), _WORD):
        eight = _eight_digits(words[ends + (room - _WORD - offset)], np.clip(digits - offset, 0, _WORD))
        total += eight * np.uint64(10**offset)
    return total


def _eight_digits(words: Words, digits: Places) -> Words:
    """Return the numbers that the last so many characters of eight (the highest bytes of a word) write."""
    unused = (8 * (_WORD - digits)).astype(np.uint64)
    # Twice, since a shift by all 64 bits is undefined.
    half = unused >> np.uint64(1)
    words = words >> half >> half << half << half
    words = (words & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(10 * 2**8 + 1) >> np.uint64(8)
    words = (words & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * 2**16 + 1) >> np.uint64(16)
    return (words & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * 2**32 + 1) >> np.uint64(32)


def _quotients(numbers: Words, powers: Places) -> tuple[Doubles, Flags]:
    """Return the numbers divided by powers of ten, correctly rounded, and where that is in doubt."""
    tens = _TENS[powers]
    found = numbers.astype(np.float64) / tens
    doubtful = np.zeros(len(found), bool)
    large = np.flatnonzero(numbers > _EXACT)
    if len(large):
        found[large], doubtful[large] = _rounded(numbers[large], tens[large])
    return found, doubtful


def _rounded(numbers: Words, tens: Doubles) -> tuple[Doubles, Flags]:
    """Divide numbers above 2⁵³: the quotient of their upper part, and the remainder's (Dekker's exact product)."""
    upper = numbers.astype(np.float64)
    lower = (numbers - upper.astype(np.uint64)).view(np.int64).astype(np.float64)
    quotient = upper / tens
    product = quotient * tens
    (a, b), (c, d) = _halves(quotient), _halves(tens)
    remainder = (upper - product) - (((a * c - product) + a * d + b * c) + b * d) + lower
    correction = remainder / tens
    found = quotient + correction
    lost = np.abs(correction - (found - quotient))
    half = np.spacing(found) / 2
    # Below a power of two the doubles are twice as close.
    doubtful = (np.abs(lost - half) < half * _NEARLY_HALF) | (np.frexp(found)[0] == 0.5)
    return found, doubtful


def _halves(values: Doubles) -> tuple[Doubles, Doubles]:
    """Return doubles as sums of two with half the digits (Veltkamp)."""
    scaled = values * _SPLITTER
    upper = scaled - (scaled - values)
    return upper, values - upper
