from collections.abc import Iterator

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.intake.reordered import reordered

ROWS = b"1,10,11,12\n0,20,21,\n1,30,31,32\n"


def pieces(size: int, text: bytes = ROWS) -> Iterator[bytes]:
    return (text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 7, 11, 1000])
@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ((0, 1, 2), ROWS),
        ((2, 0), b"1,12,10\n0,,20\n1,32,30\n"),
        ((1,), b"1,11\n0,21\n1,31\n"),
    ],
)
def test_each_row_keeps_its_label_and_gets_the_features_in_the_model_s_order(
    size: int, positions: tuple[int, ...], expected: bytes
) -> None:
    assert b"".join(reordered(pieces(size), positions, 3, "jan.csv")) == expected


def test_a_last_row_without_an_end_gets_one() -> None:
    assert b"".join(reordered(pieces(4, ROWS[:-1]), (0,), 3, "jan.csv")) == b"1,10\n0,20\n1,30\n"


@pytest.mark.parametrize("row", [b"1,2,3\n", b"1,2,3,4,5\n", b"\n"])
def test_a_row_of_another_width_is_a_broken_measurement(row: bytes) -> None:
    with pytest.raises(MeasurementError, match=r"jan\.csv: a row has"):
        list(reordered([ROWS, row], (0,), 3, "jan.csv"))
