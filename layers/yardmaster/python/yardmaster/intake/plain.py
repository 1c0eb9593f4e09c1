"""Many cells checked at once: is each empty or a plain number? A few passes over their bytes, none over the cells."""

from functools import lru_cache
from typing import Final

LONGEST: Final = 200
"""So many digits in a row are looked at closer. With fewer, and an exponent of two digits, a number is finite."""

_DIGITS: Final = b"0123456789"
_SIGNS: Final = b"+-"

# What a byte is, in its upper bits, and what must not follow it, in its lower ones. A shift by five brings the lower
# bits of each byte upon the upper ones of the next; nothing else meets, but for the separator's and its own _NO_SIGN.
_SIGN, _EXPONENT, _SEPARATOR = 0b001_000, 0b010_000, 0b100_000
_NO_SIGN, _NO_EXPONENT, _NO_SEPARATOR = 0b001, 0b010, 0b100
_SHIFT: Final = 5
_KINDS: Final = {
    _DIGITS: _NO_SIGN,
    b".": _NO_SIGN | _NO_EXPONENT | _NO_SEPARATOR,
    _SIGNS: _SIGN | _NO_SIGN | _NO_EXPONENT | _NO_SEPARATOR,
    b"eE": _EXPONENT | _NO_EXPONENT | _NO_SEPARATOR,
}
_DIGIT: Final = bytes([_NO_SIGN])
_SMALL_E: Final = bytes.maketrans(b"E", b"e")
_ALIKE: Final = bytes.maketrans(_DIGITS + b"+E", b"0" * len(_DIGITS) + b"-e")


def are_plain(lines: bytes, separator: bytes, width: int) -> bool:
    """Tell whether each line has `width` cells, and each cell is empty or a plain number.

    Args:
        lines: Whole lines without quotes.
        separator: The byte between cells.
        width: Cells per line.
    """
    bare = without_numbers(lines, separator)
    return bare is not None and bare == (separator * (width - 1) + b"\n") * (len(bare) // width)


def without_numbers(cells: bytes, separator: bytes) -> bytes | None:
    """Return what is left of some cells without their numbers; None to look closer.

    If only separators and line ends are left, each cell is empty or a plain number: `12`, `-0.5`, `+.5`, `1e-05`; not
    `7.`, ` 7` or `1e100`.

    Args:
        cells: Cells between separators or LF, with one of these at the end.
        separator: One byte, which is no part of any number.
    """
    kinds = cells.translate(_kinds(separator))
    # As one big number, all neighbours are compared in one go.
    pairs = int.from_bytes(kinds, "big")
    if pairs & pairs >> _SHIFT or cells.startswith((b"e", b"E")) or _DIGIT * LONGEST in kinds:
        return None
    # Signs, and digits around points, stand right by now: left to see is that no cell has two points or exponents.
    shapes = cells.translate(_SMALL_E, _DIGITS + _SIGNS)
    if b".." in shapes or (b"e" in shapes and not _exponents_are_plain(cells, shapes)):
        return None
    return shapes.translate(None, b".e")


def _exponents_are_plain(cells: bytes, shapes: bytes) -> bool:
    """Tell whether each exponent is its cell's only one, a whole number, and of one or two digits."""
    alike = cells.translate(_ALIKE)
    return not (b"ee" in shapes or b"e." in shapes or b"e000" in alike or b"e-000" in alike)


@lru_cache(maxsize=16)
def _kinds(separator: bytes) -> bytes:
    """Return a table that makes each byte its kind; those of which no number is made are 0."""
    table = bytearray(256)
    for group, kind in _KINDS.items():
        for byte in group:
            table[byte] = kind
    table[separator[0]] = table[ord("\n")] = _SEPARATOR | _NO_EXPONENT
    return bytes(table)
