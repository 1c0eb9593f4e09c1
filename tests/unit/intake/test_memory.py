import tracemalloc
from collections.abc import Iterator

import pytest

from tests.unit.intake.helpers import FRACTIONS, columns_of, many
from yardmaster.intake.source import SourceFile
from yardmaster.intake.split import SplitPlan, split

HEADER = b"c,x,y\n"
PLAIN = b"1,12.5,0\n2,-7,1\n" * 4096
VARIED = many("", row="1,{n},{label}").encode()
QUOTED = b'"a",12.5,0\nb,-7,1\n' * 4096


class Nowhere:
    def write(self, data: bytes) -> None:
        """Forget it."""


def peak_of(rows: bytes, blocks: int) -> int:
    """Return the peak of Python's memory, in bytes, while so many blocks are split."""

    def chunks() -> Iterator[bytes]:
        yield HEADER + VARIED
        for n in range(blocks):
            yield rows.replace(b"7", str(n).encode())

    columns = columns_of(HEADER + rows + VARIED)
    drop = SourceFile("large.csv", chunks, len(rows) * blocks)
    tracemalloc.start()
    split([drop], columns, SplitPlan("s", FRACTIONS), dict.fromkeys(FRACTIONS, Nowhere()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("rows", [PLAIN, QUOTED], ids=["plain", "quoted"])
def test_a_split_needs_as_much_memory_for_a_large_drop_as_for_a_small_one(rows: bytes) -> None:
    small, large = peak_of(rows, 8), peak_of(rows, 24)
    assert large < 1.1 * small
    assert large < 32 * 2**20
