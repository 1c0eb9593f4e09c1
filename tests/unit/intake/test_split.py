import csv
import io
import random
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.intake.helpers import FRACTIONS, Sinks, columns_of, file, many, split_text
from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns
from yardmaster.intake.counts import ChannelCount
from yardmaster.intake.source import SourceFile, check_size, source_digest
from yardmaster.intake.split import SplitPlan, encode_channels, split


def encoded(text: str, **keys: Any) -> list[bytes]:
    """Return the output rows of a small file, whatever channel they went to, that is padded to be large enough."""
    header, rows = text.split("\n", 1)
    padding = "".join(f"{rows.splitlines()[n % 2]}\n" for n in range(400))
    columns = columns_of(f"{header}\n{rows}{padding}", **keys)
    draw = Sinks()
    fractions = {"train": 1.0}
    split([file(f"{header}\n{rows}{padding}")], columns, SplitPlan("s", fractions), draw)
    return bytes(draw["train"]).splitlines()[: rows.count("\n")]


def test_the_label_comes_first_and_missing_values_are_empty() -> None:
    assert encoded("a,y,b\n1,0,NA\n,1,2\n") == [b"0,1,", b"1,,2"]


def test_categories_become_ones_and_zeros_in_place() -> None:
    assert encoded("a,c,b,y\n1,red,2,no\n3,blue,4,yes\n5,,6,no\n") == [b"0,1,0,1,2", b"1,3,1,0,4", b"0,5,0,0,6"]


def test_rows_with_missing_values_are_dropped_if_the_spec_says_so() -> None:
    text = many() + "NA,1\n,0\n"
    result, sinks = split_text(text, columns_of(text, missing="drop_rows"))
    assert (result.dropped, result.rows, len(sinks.all_rows)) == (2, 200, 200)


@pytest.mark.parametrize("row", ["NA,1", ",1", '"",1'])
def test_missing_values_are_refused_if_the_spec_says_so(row: str) -> None:
    text = many() + f"{row}\n"
    with pytest.raises(RefusedError, match="line 202, column 'x': a value is missing"):
        split_text(text, columns_of(text, missing="refuse"))


def test_each_row_is_in_one_channel_and_the_counts_are_right() -> None:
    text = many(rows=20_000)
    result, sinks = split_text(text, columns_of(text))
    assert sinks.all_rows == sorted(f"{n % 2},{n}".encode() for n in range(20_000))
    for name, sink in sinks.items():
        rows = bytes(sink).splitlines()
        ones = sum(row.startswith(b"1") for row in rows)
        assert result.channels[name] == ChannelCount(len(rows), len(sink), (len(rows) - ones, ones))
        assert len(rows) / 20_000 == pytest.approx(FRACTIONS[name], abs=0.012)


@pytest.mark.parametrize("row", ["{n},{label}", "{label},{n}", "{n}e0,{label}", "1{n:09d}000000,{label}"])
def test_shares_hold_for_rows_that_are_much_alike(row: str) -> None:
    text = many(header="y,x" if row.startswith("{label}") else "x,y", rows=20_000, row=row)
    result, _ = split_text(text, columns_of(text))
    for name, fraction in FRACTIONS.items():
        spread = 4 * (20_000 * fraction * (1 - fraction)) ** 0.5
        assert abs(result.channels[name].rows - 20_000 * fraction) < spread


def test_models_split_independently() -> None:
    text = many(rows=20_000)
    columns = columns_of(text)
    (_, one), (_, other) = split_text(text, columns, salt="a"), split_text(text, columns, salt="b")
    both = len(one.rows("test") & other.rows("test"))
    assert both == pytest.approx(20_000 * 0.15**2, rel=0.25)


def test_test_rows_stay_test_rows_if_the_shares_change() -> None:
    text = many(rows=5000)
    columns = columns_of(text)
    _, before = split_text(text, columns)
    after = Sinks()
    split([file(text)], columns, SplitPlan("salt", {"train": 0.6, "validation": 0.2, "test": 0.2}), after)
    assert before.rows("test") <= after.rows("test")


def test_a_row_keeps_its_channel_in_a_cumulative_drop() -> None:
    january, both = many(rows=1000), many(rows=2000)
    columns = columns_of(january)
    _, first = split_text(january, columns)
    _, second = split_text(both, columns)
    assert all(first.rows(name) <= second.rows(name) for name in FRACTIONS)


ROWS = [(n % 7 / 10, f"level {n % 3}", n, ("no", "yes")[n % 2]) for n in range(300)]
NAMES = ("a", "c d", "b", "y")


def written(order: list[int], delimiter: str, end: str, quoting: Literal[0, 1, 2, 3], bom: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([row[at] for at in order] for row in (NAMES, *ROWS))
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


@pytest.fixture(scope="module")
def frozen() -> tuple[Columns, Sinks]:
    plain = written([0, 1, 2, 3], ",", "\n", csv.QUOTE_MINIMAL, bom=False)
    columns = columns_of(plain)
    return columns, split_text(plain, columns)[1]


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations([0, 1, 2, 3]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    bom=st.booleans(),
    chunk=st.integers(1, 5000),
)
def test_a_row_keeps_its_channel_however_the_file_is_written(
    frozen: tuple[Columns, Sinks],
    order: list[int],
    delimiter: str,
    end: str,
    quoting: Literal[0, 1, 2, 3],
    bom: bool,
    chunk: int,
) -> None:
    columns, expected = frozen
    _, sinks = split_text(written(order, delimiter, end, quoting, bom), columns, chunk=chunk)
    assert sinks == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(-9, 9), st.integers(0, 1)), min_size=1, max_size=20))
def test_the_fast_way_and_the_careful_way_agree(rows: list[tuple[float, int, int]]) -> None:
    text = many("a,b,y", rows=300, row="{n},-{n}.5,{label}") + "".join(f"{a},{b},{y}\n" for a, b, y in rows)
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
    columns = columns_of(text)
    assert split_text(text, columns)[1] == split_text(quoted, columns)[1]


def test_rows_stay_together_by_a_column() -> None:
    rows = "customer,x,y\n" + "".join(f"c{n % 100},{n},{n % 2}\n" for n in range(3000))
    columns = columns_of(rows, id="customer")
    _, sinks = split_text(rows, columns, by="customer")
    customers = {name: {int(row.split(b",")[1]) % 100 for row in sinks.rows(name)} for name in FRACTIONS}
    assert not customers["train"] & customers["test"]
    assert customers["train"]
    assert customers["test"]


@pytest.mark.parametrize(
    ("by", "words"), [("z", r"data.split.by: the file has no column 'z'"), ("k", "line 202, column 'k': this column")]
)
def test_a_column_that_can_not_decide_the_channel_is_refused(by: str, words: str) -> None:
    text = many("k,x,y", row="{n},{n},{label}") + ",1,1\n"
    with pytest.raises(RefusedError, match=words):
        split_text(text, columns_of(text, id="k"), by=by)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("x,z,y", "the columns differ from the first release's: added: 'z'"),
        ("z,y", "added: 'z'; missing: 'x'"),
        ("x,x", "'x' more than once"),
        ("p,q", "line 1: none of the first release's columns is named here"),
    ],
)
def test_later_columns_that_differ_are_refused_with_the_difference(header: str, words: str) -> None:
    row = ",".join(["{n}"] * (header.count(",")) + ["{label}"])
    with pytest.raises(RefusedError, match=words):
        split_text(many(header, row=row), columns_of(many()))


def test_a_later_file_without_its_header_is_refused_without_telling_cells() -> None:
    with pytest.raises(RefusedError) as found:
        split_text(many("", row="77{n},{label}"), columns_of(many()))
    assert "is the header missing?" in str(found.value)
    assert "77" not in str(found.value)


def test_without_a_header_the_count_of_columns_must_be_the_same() -> None:
    columns = columns_of(many(""), label=1)
    with pytest.raises(RefusedError, match="3 columns instead of the 2 of the first release"):
        split_text(many("", row="1,{n},{label}"), columns)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("SECRET,1", "line 202, column 'x': text instead of a number"),
        ("1,", "line 202, column 'y': the label is missing"),
        ("1,7", "line 202, column 'y': the label is none of the 2 classes"),
        ("1,1,SECRET", "line 202: 3 cells instead of 2"),
        ('"SECRET",1', "line 202, column 'x': text instead of a number"),
        ('"1,234",1', "line 202, column 'x': a number with thousands separators"),
    ],
)
def test_a_later_row_that_can_not_be_used_is_refused_with_its_place_and_no_value(row: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as found:
        split_text(many() + f"{row}\n" + many().split("\n", 1)[1], columns_of(many()))
    assert "SECRET" not in str(found.value)


def test_levels_that_are_new_are_zeros_and_counted() -> None:
    first = many("x,c,y", row="{n},l{label},{label}")
    columns = columns_of(first)
    result, sinks = split_text(first + "7,new,1\n8,new,0\n7,newer,1\n7,NA,1\n", columns)
    assert result.unknown == {"c": 3}
    assert sinks.all_rows.count(b"1,7,0,0") == 3


def test_a_category_without_any_known_level_is_refused() -> None:
    columns = columns_of(many("c,y", row="l{label},{label}"))
    with pytest.raises(RefusedError, match="column 'c': none of its 200 values is a level of the first release"):
        split_text(many("c,y", row="other{label},{label}"), columns)


def test_the_same_label_in_another_spelling_is_the_same_class() -> None:
    columns = columns_of(many())
    _, plain = split_text(many(), columns)
    _, floats = split_text(many(row="{n},{label}.0"), columns)
    assert plain == floats


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y\n1,0\n2,1\n", r"too few rows for the split, no row in .*train \d rows \("),
        (many(row="{n},1"), "one class only in all 200 rows"),
        ("x,y\n" + "".join(f"{n},{int(n == 1)}\n" for n in range(300)), "only one class in test: train .* by class"),
    ],
)
def test_too_few_rows_are_refused_with_the_counts(text: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        split_text(text, columns_of(many()))


def test_a_regression_needs_no_classes() -> None:
    text = many(row="{n},{n}.5")
    result, sinks = split_text(text, columns_of(text, "regression"))
    assert result.channels["train"].labels == ()
    assert b"7.5,7" in sinks.all_rows


def test_a_drop_that_is_split_already_keeps_its_split() -> None:
    files = {"train": [file(many(), "t")], "test": [file("", "empty"), file("y;x\n0;5\n1;6\n", "p1")]}
    sinks = Sinks()
    result = encode_channels(files, columns_of(many()), sinks)
    assert bytes(sinks["test"]) == b"0,5\n1,6\n"
    assert {name: count.rows for name, count in result.channels.items()} == {"train": 200, "test": 2}


@pytest.mark.parametrize(
    ("test", "words"),
    [([], "no files in test/"), ([file("x,y\n1,1\n", "p")], "only one class in test"), ([file("")], "no row in test")],
)
def test_a_split_drop_needs_rows_to_test_on(test: list[SourceFile], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        encode_channels({"train": [file(many())], "test": test}, columns_of(many()), Sinks())


def test_the_digest_is_that_of_the_bytes_whatever_the_names() -> None:
    result, _ = split_text(many(), columns_of(many()), name="other.csv")
    assert result.digest == source_digest([file(many())])
    assert source_digest([file("a"), file("b")]) != source_digest([file("b"), file("a")])


def test_a_split_gives_up_in_words_before_its_time_is_over() -> None:
    left = iter([100.0, 90.0, 60.0, 19.0])
    text = many(rows=100_000)
    sinks = Sinks()
    with pytest.raises(RefusedError, match=r"the time is over after 1 of 1 MB in 81 s \(0.0 MB/s\)"):
        split([file(text)], columns_of(text), SplitPlan("s", FRACTIONS), sinks, deadline=lambda: next(left))


@pytest.mark.parametrize(
    ("size", "compressed", "words"),
    [(0, False, "empty"), (20_000_000_001, False, "20 GB"), (4_000_000_001, True, "compressed, the limit is 4 GB")],
)
def test_a_drop_that_is_too_large_is_refused(size: int, compressed: bool, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        check_size(size, compressed)


def test_a_drop_of_the_largest_size_is_taken() -> None:
    check_size(20_000_000_000, compressed=False)


def test_random_bytes_never_raise_anything_but_a_refusal() -> None:
    draw = random.Random(1)
    columns = columns_of(many())
    for _ in range(300):
        noise = bytes(draw.choice(b'x,y"\n\r;1.0-e\xef\xbb\xbf \t|') for _ in range(draw.randint(0, 60)))
        for text in (noise, many().encode() + noise):
            try:
                split_text(text, columns)
                columns_of(text)
            except RefusedError:
                continue
