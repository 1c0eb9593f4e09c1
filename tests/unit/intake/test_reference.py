"""The split in blocks against the split cell by cell: the same channels, and the same refusals."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.intake.helpers import FRACTIONS, columns_of, many, split_text
from tests.unit.intake.reference import split_simply
from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns

PLAIN = st.one_of(st.integers(-999, 999).map(str), st.integers(-999, 999).map(lambda n: f"{n / 8}"))
RARE = st.sampled_from(
    ["+1", ".5", "-.5", "7.", "1e5", "1E-05", "2.5e+3", "1e005", "-0", "007", "", " 1", "2 ", "NA", "?"]
    + [digits * "9" for digits in (199, 200, 400)]
)
HOSTILE = (
    "x - . e5 -. 1-2 1.2.3 1e 1e5.0 1e5e5 --1 +-1 1e400 inf 0x1F 1_0 é ١ + 1e+ e -e5 .e5 1.e5 1e1e 5- 5+ '1 1,2 "
    '"1" 1" "1\n2" ""'
)
CELLS = st.one_of(PLAIN, PLAIN, PLAIN, RARE, st.text("0123456789.+-eE", max_size=6))
LABELS = st.sampled_from(["0", "1", "0", "1", "1.0", "01", " 1"])
ODD = st.one_of(CELLS, LABELS, st.sampled_from(HOSTILE.split(" ")))
ORDERS = ["a,b,c,y", "y,a,b,c", "a,y,b,c", "a,k,b,c,y", "a,y", "y,a", "a,b,y"]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a header and some lines below it, of which a few may be odd."""
    header = draw(st.sampled_from(ORDERS))
    cells = {"y": LABELS, "k": st.sampled_from(["c1", "", "é 1", "-"])}
    line = st.tuples(*(cells.get(name, CELLS) for name in header.split(","))).map(",".join)
    lines = draw(st.lists(line, max_size=6))
    odd = st.lists(ODD, max_size=header.count(",") + 2).map(",".join)
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(odd))
    return header, "".join(f"{line}\n" for line in lines)


def base(header: str) -> str:
    """Return good rows under a header, enough for each channel."""
    row = ",".join({"y": "{label}", "k": "c{n}"}.get(name, f"{{n}}.{at}") for at, name in enumerate(header.split(",")))
    return many(header, rows=60, row=row)


@pytest.fixture(scope="module")
def frozen() -> dict[str, Columns]:
    return {header: columns_of(base(header), **({"id": "k"} if "k" in header else {})) for header in ORDERS}


def outcome(split: Callable[[], dict[str, list[str]]]) -> dict[str, list[str]] | str:
    """Return the channels, or the refusal."""
    try:
        return split()
    except RefusedError as refusal:
        return str(refusal)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
@example(("a,y", "5\n"))
@example(("y,a", "5\n"))
@example(("a,b,y", "1,2\n,1,2,1\n"))
@example(("a,y", "\n"))
@example(("a,b,y", "e5,1,1\n"))
@example(("a,b,y", "1,2,1\n\n3,4,0\n"))
def test_the_split_in_blocks_agrees_with_the_split_cell_by_cell(
    frozen: dict[str, Columns], drawn: tuple[str, str]
) -> None:
    header, lines = drawn
    text, columns = base(header) + lines, frozen[header]

    def in_blocks() -> dict[str, list[str]]:
        _, sinks = split_text(text, columns)
        return {name: bytes(sink).decode().splitlines() for name, sink in sinks.items()}

    found, expected = outcome(in_blocks), outcome(lambda: split_simply(text, columns, "salt", FRACTIONS))
    if isinstance(expected, str):
        assert isinstance(found, str)
        assert found.startswith(expected)  # The product adds advice.
    else:
        assert found == expected
