"""A dropped file as bytes: read once, measured and watched while it flows."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yardmaster.errors import RefusedError

MAX_BYTES: Final = 20 * 1000**3
"""What a function can split in its 15 minutes (DESIGN, section 9)."""
MAX_COMPRESSED: Final = MAX_BYTES // 5
"""The same for gzip, which makes a CSV five times smaller or more."""
RESERVE: Final = 20.0
"""Seconds that are kept to end in words when time runs out."""

Deadline = Callable[[], float]
"""Returns the seconds that are left."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a drop.

    Attributes:
        name: What messages call it: `jan.csv`, or a part's name.
        open: Starts a new pass over the bytes as they are stored, in blocks of any size.
        size: Bytes as stored.
    """

    name: str
    open: Callable[[], Iterator[bytes]]
    size: int


class Meter:
    """Counts what flows by, digests it, and refuses to go on when time runs out.

    One pass over one drop. The digest of a single file is its SHA-256; of several, the SHA-256 over the SHA-256 of
    each that is not empty, in order: it doesn't depend on names.
    """

    def __init__(self, files: Sequence[SourceFile], deadline: Deadline | None = None) -> None:
        self._total = sum(file.size for file in files)
        self._deadline = deadline
        self._began = deadline() if deadline else 0.0
        self._digests: list[bytes] = []
        self.bytes = 0

    def read(self, file: SourceFile) -> Iterator[bytes]:
        """Yield a file's bytes.

        Raises:
            RefusedError: The time is over.
        """
        digest, before = hashlib.sha256(), self.bytes
        for chunk in file.open():
            self._check_time()
            digest.update(chunk)
            self.bytes += len(chunk)
            yield chunk
        if self.bytes > before:
            self._digests.append(digest.digest())

    @property
    def digest(self) -> str:
        """The SHA-256 of what was read, in hexadecimal."""
        if len(self._digests) == 1:
            return self._digests[0].hex()
        return hashlib.sha256(b"".join(self._digests)).hexdigest()

    def _check_time(self) -> None:
        if self._deadline is None or (left := self._deadline()) > RESERVE:
            return
        spent = max(self._began - left, 0.001)
        raise RefusedError(
            f"the time is over after {self.bytes / 1e6:,.0f} of {self._total / 1e6:,.0f} MB "
            f"in {spent:,.0f} s ({self.bytes / 1e6 / spent:,.1f} MB/s): drop fewer rows at once"
        )


def source_digest(files: Sequence[SourceFile]) -> str:
    """Return the digest of a drop's bytes, as `Meter` defines it, by a pass of its own."""
    meter = Meter(files)
    for file in files:
        for _ in meter.read(file):
            continue
    return meter.digest


def check_size(total_bytes: int, compressed: bool) -> None:
    """Refuse what can't be split in a function's 15 minutes.

    Raises:
        RefusedError: More than 20 GB, or 4 GB compressed.
    """
    limit = MAX_COMPRESSED if compressed else MAX_BYTES
    if total_bytes == 0:
        raise RefusedError("the drop is empty: 0 bytes")
    if total_bytes > limit:
        raise RefusedError(
            f"the drop has {total_bytes / 1e9:,.1f} GB{' compressed' if compressed else ''}, the limit is "
            f"{limit / 1e9:,.0f} GB: drop fewer rows at once"
        )


def regroup(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in blocks of at least `size` (the last may be smaller), so that tiny reads cost nothing."""
    held: list[bytes] = []
    length = 0
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if length:
        yield b"".join(held)
