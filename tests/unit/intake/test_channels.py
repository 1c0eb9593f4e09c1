"""Channels as they were when the first releases were made: whatever the split becomes, no row may ever change them.

The digests were written down by the first implementation. One that differs is never to be adapted: rows that a model
was trained on would come back to test it.
"""

import hashlib
import random
from typing import Any

import pytest

from tests.unit.intake.helpers import FRACTIONS, columns_of, split_text

ROWS = 2000
Cells = tuple[str, ...]


def measures() -> list[Cells]:
    """Return features of many spellings and the label at the end."""
    draw = random.Random(3)
    return [
        (f"{draw.gauss(0, 10):.3f}", str(draw.randint(0, 99)), draw.choice(("", "0", "-7.")), str(draw.randint(0, 1)))
        for _ in range(ROWS)
    ]


def table(header: str, rows: list[Cells], delimiter: str = ",", end: str = "\n") -> str:
    return end.join(delimiter.join(cells) for cells in ((*header.split(","),), *rows)) + end


LAST = table("a,b,c,y", measures())
FIRST = table("y,a,b,c", [(y, a, b, c) for a, b, c, y in measures()])
MIDDLE = table("a,y,b,c", [(a, y, b, c) for a, b, c, y in measures()])
NAMED = table("id,a,b,c,y", [(f"c{n % 90}", *cells) for n, cells in enumerate(measures())])
EXPONENTS = table("a,b,c,y", [(f"{float(a):.6e}", b, c, y) for a, b, c, y in measures()])
MISSING = table("a,b,c,y", [(a, b, c or "NA", y) for a, b, c, y in measures()])
WORDS = table("a,b,c,y", [(a, b, f"level {len(c)}", ("no", "yes")[int(y)]) for a, b, c, y in measures()])
QUOTED = table("a,b,c,y", [(f'"{a}"', b, f'"x, ""{c}"""', y) for a, b, c, y in measures()])
SPACED = table("a,b,c,y", [(f" {a}", b, c, y) for a, b, c, y in measures()], ";", "\r\n")

PLAIN_CHANNELS = "c3ab03e01bb9"


def fingerprint(text: str, keys: dict[str, Any], by: str | None) -> str:
    """Return 12 digits of a hash over the three channels."""
    _, sinks = split_text(text, columns_of(text, **keys), salt="golden", by=by)
    content = b"|".join(bytes(sinks[name]) for name in FRACTIONS)
    return hashlib.sha256(content).hexdigest()[:12]


@pytest.mark.parametrize(
    ("text", "keys", "by", "channels"),
    [
        pytest.param(LAST, {}, None, PLAIN_CHANNELS, id="label last"),
        pytest.param(FIRST, {}, None, PLAIN_CHANNELS, id="label first"),
        pytest.param(MIDDLE, {}, None, PLAIN_CHANNELS, id="label in the middle"),
        pytest.param(LAST.replace("\n", "\r\n"), {}, None, PLAIN_CHANNELS, id="CRLF"),
        pytest.param("\ufeff" + LAST, {}, None, PLAIN_CHANNELS, id="byte-order mark"),
        pytest.param(SPACED, {}, None, PLAIN_CHANNELS, id="semicolons and spaces"),
        pytest.param(MISSING, {}, None, PLAIN_CHANNELS, id="missing cells as NA"),
        pytest.param(NAMED, {"id": "id"}, None, PLAIN_CHANNELS, id="a column that is left out"),
        pytest.param(NAMED, {"id": "id"}, "id", "2d01e879bb92", id="by a column"),
        pytest.param(MISSING, {"missing": "drop_rows"}, None, "9aecad7e04f0", id="rows dropped"),
        pytest.param(EXPONENTS, {}, None, "47f20cdd2590", id="exponents"),
        pytest.param(WORDS, {"positive": "yes"}, None, "2804c3decd99", id="a category and a label in words"),
        pytest.param(QUOTED, {}, None, "ba045aa8a5fe", id="quotes"),
    ],
)
def test_a_row_is_in_the_channel_that_it_has_always_been_in(
    text: str, keys: dict[str, Any], by: str | None, channels: str
) -> None:
    assert fingerprint(text, keys, by) == channels


@pytest.mark.parametrize(
    ("features", "channel"),
    [
        ("0.5,12,", "train"),
        (",,", "train"),
        ("1e5,+4,.5", "train"),
        (",1,", "test"),
        ("10,0.1,-1", "test"),
        ("1e5,7,0", "validation"),
        ("-7.,7,0", "validation"),
    ],
)
def test_a_row_of_one_release_has_its_channel_by_name(features: str, channel: str) -> None:
    _, sinks = split_text(LAST + f"{features},1\n", columns_of(LAST), salt="golden")
    assert [name for name in FRACTIONS if f"1,{features}".encode() in sinks.rows(name)] == [channel]
