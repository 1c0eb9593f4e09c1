import gzip

import pytest

from tests.unit.intake.helpers import columns_of, file, many, split_text
from yardmaster.errors import RefusedError
from yardmaster.intake.reader import blocks


def text_of(data: bytes, chunk: int = 7, name: str = "jan.csv") -> bytes:
    return b"".join(block.data for block in blocks(file(data, chunk=chunk).open(), name))


def packed(data: bytes) -> bytes:
    """Compress, without the time: the bytes are in the tests' names, which must not differ from process to process."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\r\n", b"a\nb\n"),
        (b"a\rb\r", b"a\nb\n"),
        (b"a\nb", b"a\nb\n"),
        (b"\xef\xbb\xbfa\n", b"a\n"),
        (packed(b"a\nb\n"), b"a\nb\n"),
        (packed(b"a\n") + packed(b"b\n"), b"a\nb\n"),
        (packed(b"a\n") + b"\0" * 100, b"a\n"),
        (b"", b""),
    ],
)
def test_bytes_become_lines(data: bytes, text: bytes, chunk: int) -> None:
    assert text_of(data, chunk) == text


def test_lines_are_numbered_across_blocks() -> None:
    data = b"0123456789\r\n" * 100_000
    found = list(blocks(file(data, chunk=100_001).open(), "x"))
    assert len(found) > 2
    for block in found:
        assert block.line == 1 + sum(before.data.count(b"\n") for before in found if before.line < block.line)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (packed(b"a\n" * 1000)[:-10], "x.csv.gz", "cut off"),
        (packed(b"a\n")[:-8] + b"12345678", "x.csv.gz", "damaged"),
        (packed(b"a\n") + b"more", "x.csv.gz", "damaged"),
        (b"a,b\n", "x.csv.gz", "not gzip"),
        ("a,b\n".encode("utf-16"), "x.csv", "UTF-16"),
        ("a,b\n".encode("utf-16-le"), "x.csv", "NUL byte"),
        (b"PK\x03\x04....", "x.csv", "Excel"),
        (b"PAR1....", "x.csv", "Parquet"),
        (b"%PDF-1.7\n", "x.csv", "PDF"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html>\n", "x.csv", "web page"),
        (b'[{"a": 1}]', "x.csv", "JSON"),
        (b'{"a": 1}\n{"a": 2}\n', "x.csv", "JSON"),
        (b"a\nb\n\xe9t\xe9\n", "x.csv", "line 3: this is not UTF-8"),
        (b"a\nb\0\n", "x.csv", "line 2: there is a NUL"),
        (b"a\n" + b"x" * 5_000_000, "x.csv", "line 2: the line has more than 4 MiB"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, name: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        text_of(data, 1000, name)


def test_a_gzip_bomb_is_read_in_small_blocks() -> None:
    bomb = gzip.compress(b"1,0\n" * 5_000_000)
    assert max(len(block.data) for block in blocks(file(bomb).open(), "x.gz")) < 1_000_000


def test_a_compressed_drop_splits_like_the_plain_one() -> None:
    columns = columns_of(many())
    _, plain = split_text(many(), columns)
    _, packed = split_text(gzip.compress(many().encode()), columns, name="jan.csv.gz")
    assert packed == plain
