"""A drop becomes channels. A row always goes to the same channel, in whatever drop it comes.

channel = hash(the output row without its label, the model's salt). CRC-32 puts the row into one of 65,536 buckets, and
a shuffle that SHAKE-256 of the salt decides deals the buckets to the channels: each gets its share to a 65,536th,
whatever patterns the checksum has, and models split independently. The first of the deal are the test channel's, then
come validation and train: if the shares change a little, test rows stay test rows, and no model ever trained on them.
Equal rows go together.
"""

import hashlib
import struct
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, compress, pairwise
from typing import Final, Protocol
from zlib import crc32

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns
from yardmaster.intake.counts import ChannelCount, SplitResult, check_counts
from yardmaster.intake.encode import Encoded, Encoder
from yardmaster.intake.source import Deadline, Meter, SourceFile
from yardmaster.intake.table import open_table

ORDER: Final = ("test", "validation", "train")
"""The channels in the order in which buckets are dealt."""
_BUCKETS: Final = 2**16


_MASKS: Final = {name: bytes(place == other for other in range(256)) for place, name in enumerate(ORDER)}
"""Tables that turn places into ones for a channel, and zeros for the others."""


class Sink(Protocol):
    """Where a channel's bytes go, a block's rows at a time. Whoever opened it completes it, or gives it up."""

    def write(self, data: bytes) -> object:
        """Add bytes."""


@dataclass(frozen=True)
class SplitPlan:
    """How rows become channels.

    Attributes:
        salt: The model's; it never changes.
        fractions: The share of each channel; they sum to 1.
        by: The column whose equal values stay together, by name or position; None: each row is on its own.
        delimiter: As the spec says.
        gapless: What to say of a missing value, if the algorithm can't learn from rows that lack one.
    """

    salt: str
    fractions: Mapping[str, float]
    by: str | int | None = None
    delimiter: str = "auto"
    gapless: str | None = None


class _Channel:
    """Writes one channel and counts what it wrote."""

    def __init__(self, sink: Sink, columns: Columns) -> None:
        self._sink = sink
        self._classes = len(columns.classes)
        self._rows = 0
        self._bytes = 0
        self._labels: Counter[bytes] = Counter()

    def write(self, rows: list[bytes], labels: list[bytes]) -> None:
        """Add rows with their labels."""
        if not rows:
            return
        data = b"\n".join((*rows, b""))
        self._sink.write(data)
        self._rows += len(rows)
        self._bytes += len(data)
        if self._classes:
            self._labels.update(labels)

    def count(self) -> ChannelCount:
        """Return what it holds."""
        labels = tuple(self._labels[str(code).encode()] for code in range(self._classes))
        return ChannelCount(self._rows, self._bytes, labels)


def places(keys: list[bytes], dealt: bytes) -> bytes:
    """Return for each row, or whatever decides its channel, the place of the channel in `ORDER`."""
    return bytes([dealt[crc32(key) & (_BUCKETS - 1)] for key in keys])


@lru_cache(maxsize=8)
def deal(salt: str, shares: tuple[float, ...]) -> bytes:
    """Return for each bucket the place of its channel in `ORDER`.

    The buckets are sorted by 64 bits each of a stream that the salt decides, and cut into exact shares.
    """
    draws = struct.unpack(f">{_BUCKETS}Q", hashlib.shake_256(salt.encode()).digest(8 * _BUCKETS))
    shuffled = sorted(range(_BUCKETS), key=draws.__getitem__)
    ends = [round(share / sum(shares) * _BUCKETS) for share in accumulate(shares)]
    dealt = bytearray(_BUCKETS)
    for place, (begin, end) in enumerate(pairwise((0, *ends))):
        for bucket in shuffled[begin:end]:
            dealt[bucket] = place
    return bytes(dealt)


def split(
    files: Sequence[SourceFile],
    columns: Columns,
    plan: SplitPlan,
    sinks: Mapping[str, Sink],
    deadline: Deadline | None = None,
) -> SplitResult:
    """Check, encode and split a drop in one pass and constant memory.

    Args:
        files: The drop: a file, or the parts of a folder.
        columns: The frozen encoding.
        plan: How rows become channels.
        sinks: One for each channel with a share.
        deadline: Returns the seconds left; the split gives up in words before they are over.

    Raises:
        RefusedError: With the first row or column that can't be used; what the sinks have got is then worthless.
    """
    meter, encoder = Meter(files, deadline), Encoder(columns, plan.by, plan.gapless)
    dealt = deal(plan.salt, tuple(plan.fractions.get(name, 0.0) for name in ORDER))
    channels = {name: _Channel(sinks[name], columns) for name in ORDER if plan.fractions.get(name)}
    for encoded in _encoded(files, encoder, meter, plan.delimiter):
        chosen = places(encoded.keys, dealt)
        for name, channel in channels.items():
            mask = chosen.translate(_MASKS[name])
            channel.write(list(compress(encoded.rows, mask)), list(compress(encoded.labels, mask)))
    return _result(channels, columns, encoder, meter)


def encode_channels(
    files: Mapping[str, Sequence[SourceFile]],
    columns: Columns,
    sinks: Mapping[str, Sink],
    delimiter: str = "auto",
    deadline: Deadline | None = None,
    gapless: str | None = None,
) -> SplitResult:
    """Check and encode a drop that is already split; the user's split is kept, nothing is compared across channels.

    Args:
        files: By channel; `train` and `test` are required, `validation` may be absent.
        columns: The frozen encoding.
        sinks: One for each channel.
        delimiter: As the spec says.
        deadline: Returns the seconds left.
        gapless: As in `SplitPlan`.

    Raises:
        RefusedError: A channel is absent; else as `split`.
    """
    if absent := [name for name in ("train", "test") if not files.get(name)]:
        raise RefusedError(f"the split folder has no files in {'/ and '.join(absent)}/")
    meter = Meter([file for some in files.values() for file in some], deadline)
    encoder = Encoder(columns, gapless=gapless)
    channels = {name: _Channel(sinks[name], columns) for name in reversed(ORDER) if files.get(name)}
    for name, channel in channels.items():
        for encoded in _encoded(files[name], encoder, meter, delimiter):
            channel.write(encoded.rows, encoded.labels)
    return _result(channels, columns, encoder, meter)


def _encoded(files: Sequence[SourceFile], encoder: Encoder, meter: Meter, delimiter: str) -> Iterator[Encoded]:
    """Yield the rows of all files; empty parts are passed over."""
    for file in files:
        if table := open_table(file, meter, delimiter=delimiter, header=encoder.columns.header):
            yield from encoder.encode(table)


def _result(channels: Mapping[str, _Channel], columns: Columns, encoder: Encoder, meter: Meter) -> SplitResult:
    """Return what was done, if it is enough to go on with."""
    counts = {name: channels[name].count() for name in reversed(ORDER) if name in channels}
    result = SplitResult(counts, encoder.dropped, encoder.unknown, meter.digest)
    encoder.refuse_strange()
    check_counts(result, columns)
    return result
