"""The service model's patterns are Java's; this makes Python's of them."""

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby

_POSIX = {"Alnum": "A-Za-z0-9", "ASCII": r"\x00-\x7f", "Print": r"\x20-\x7e"}
_ASCII_END = 0x80


def matches(pattern: str, text: str) -> bool:
    """Say whether Java's `Pattern.matches` would accept the whole text."""
    # Unicode's categories are expanded only for the rare text that needs them: it takes tenths of a second.
    end = _ASCII_END if text.isascii() else sys.maxunicode + 1
    return _compiled(pattern, end).fullmatch(text) is not None


@cache
def _compiled(pattern: str, end: int) -> re.Pattern[str]:
    translated = pattern.replace(r"\z", r"\Z")
    # A `$` may carry a repetition in Java; it means no more than `$`.
    translated = re.sub(r"\$\{\d+,\d+\}", "$", translated)
    # Java reads the two halves of a surrogate pair as one character.
    translated = translated.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "\\U00010000-\\U0010FFFF")
    # Java's \d, \s and \w are ASCII.
    return re.compile(_expand_categories(translated, end), re.ASCII)


def _expand_categories(pattern: str, end: int) -> str:
    r"""Replace each `\p{X}` by its characters, in brackets unless it stands in a class already."""
    parts: list[str] = []
    in_class = False
    for found in re.finditer(r"\\p\{(?P<category>\w+)\}|\\.|.", pattern, re.DOTALL):
        if category := found["category"]:
            members = _POSIX.get(category) or _category(category, end)
            parts.append(members if in_class else f"[{members}]")
            continue
        in_class = {"[": True, "]": False}.get(found[0], in_class)
        parts.append(found[0])
    return "".join(parts)


def _category(category: str, end: int) -> str:
    """Return the characters below `end` of a Unicode category, such as L, as the inside of a character class."""
    # A category without a character below `end` (M in ASCII) still has to be something in a class.
    return _categories(end).get(category, r"\U0010ffff")


@cache
def _categories(end: int) -> dict[str, str]:
    """Return the ranges of each of Unicode's main categories below `end`."""
    ranges: dict[str, list[str]] = {}
    for category, points in groupby(range(end), lambda point: unicodedata.category(chr(point))[0]):
        run = list(points)
        ranges.setdefault(category, []).append(f"\\U{run[0]:08x}-\\U{run[-1]:08x}")
    return {category: "".join(each) for category, each in ranges.items()}
