"""From stored bytes to blocks of whole lines: unpacked, UTF-8, each line ended by one LF, the first one numbered."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from yardmaster.intake.refusals import refused
from yardmaster.intake.source import regroup

BLOCK: Final = 256 * 1024
"""Bytes per block: large enough for C speed, small enough for the caches (facts/performance.md)."""
MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes of the longest line; what is longer is no CSV."""

_GZIP: Final = b"\x1f\x8b"
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_OTHER_FORMATS: Final = {
    b"PK\x03\x04": "this is a ZIP archive or an Excel file: save it as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "this is an Excel file: save it as CSV UTF-8",
    b"PAR1": "this is Parquet, which is not supported yet: write CSV",
    b"BZh": "this is bzip2: compress as gzip",
    b"\x28\xb5\x2f\xfd": "this is Zstandard: compress as gzip",
    b"\xfd7zXZ": "this is xz: compress as gzip",
    b"\xff\xfe": "this is UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)",
    b"\xfe\xff": "this is UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)",
    b"%PDF": "this is a PDF: save the table as CSV UTF-8",
}
_OTHER_TEXTS: Final = {
    b"<!doctype html": "this is a web page, perhaps a sign-in: download the data again as CSV",
    b"<html": "this is a web page, perhaps a sign-in: download the data again as CSV",
    b"<?xml": "this is XML: save it as CSV UTF-8",
    b'{"': "this is JSON: write CSV",
    b'[{"': "this is JSON: write CSV",
    b"{\n": "this is JSON: write CSV",
}
"""What other formats that are text begin with, in lower case."""


@dataclass(frozen=True)
class Block:
    """Whole lines of a file, each ended by LF; `line` is the number of the first, from 1."""

    data: bytes
    line: int

    def line_at(self, offset: int) -> int:
        """Return the number of the line that holds a byte."""
        return self.line + self.data.count(b"\n", 0, offset)


def blocks(chunks: Iterable[bytes], name: str) -> Iterator[Block]:
    """Yield a file's text in blocks of whole lines.

    gzip is known by its first bytes, whatever the name says. CRLF and a lone CR end a line as LF does. A byte-order
    mark is taken off, a missing end of the last line is put on.

    Args:
        chunks: The bytes as stored, in pieces of any size.
        name: What messages call the file.

    Raises:
        RefusedError: Another format, broken gzip, not UTF-8, a NUL byte, a line above 4 MiB.
    """
    line, rest = 1, b""
    for chunk in _newlines(_text(regroup(chunks, BLOCK), name)):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            block = Block(rest + chunk[:cut], line)
            rest = chunk[cut:]
            yield _checked(block, name)
            line += block.data.count(b"\n")
        else:
            rest += chunk
        if len(rest) > MAX_LINE:
            raise refused("the line has more than 4 MiB: is this a CSV?", file=name, line=line)
    if rest:
        yield _checked(Block(rest + b"\n", line), name)


def _text(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Unpack if it is gzip, refuse other formats, take off the byte-order mark."""
    first = next(chunks, b"")
    if first.startswith(_GZIP):
        chunks = regroup(_unpacked(first, chunks, name), BLOCK)
        first = next(chunks, b"")
    elif name.lower().endswith(".gz") and first:
        raise refused("this is not gzip, although its name says so", file=name)
    text = first.removeprefix(_UTF8_BOM)
    if advice := _other_format(first, _OTHER_FORMATS) or _other_format(text[:64].lstrip().lower(), _OTHER_TEXTS):
        raise refused(advice, file=name)
    yield text
    yield from chunks


def _other_format(first: bytes, formats: Mapping[bytes, str]) -> str | None:
    """Return what to do with a file that begins as another format does; None if it does not."""
    return next((advice for magic, advice in formats.items() if first.startswith(magic)), None)


def _unpacked(first: bytes, chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Unpack gzip of one or more members, never more than a block at once."""
    member = zlib.decompressobj(wbits=31)
    packed = first
    try:
        while packed or (packed := next(chunks, b"")):
            if member.eof:
                if not (packed := packed.lstrip(b"\0")):
                    continue
                member = zlib.decompressobj(wbits=31)
            if text := member.decompress(packed, BLOCK):
                yield text
            packed = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        raise refused("the gzip data is damaged: compress and upload it again", file=name) from error
    while not member.eof and (text := member.decompress(b"", BLOCK)):
        yield text
    if not member.eof:
        raise refused("the gzip data ends too early: the upload was cut off", file=name)


def _newlines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn CRLF and CR into LF, also where a pair is cut by the end of a chunk."""
    held = b""
    for raw in chunks:
        chunk = held + raw
        held = b""
        if b"\r" in chunk:
            if chunk.endswith(b"\r"):
                chunk, held = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield chunk
    if held:
        yield b"\n"


def _checked(block: Block, name: str) -> Block:
    """Refuse NUL bytes and what is not UTF-8."""
    if (nul := block.data.find(b"\0")) >= 0:
        raise refused("there is a NUL byte: save it as UTF-8 text", file=name, line=block.line_at(nul))
    if not block.data.isascii():
        try:
            block.data.decode()
        except UnicodeDecodeError as error:
            where = block.line_at(error.start)
            raise refused("this is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)", file=name, line=where) from error
    return block
