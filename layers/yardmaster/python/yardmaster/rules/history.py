"""Which drops a model is trained on: this one, and those before it that the spec's `data.history` asks for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from yardmaster.records import Channel, Release, Stage
from yardmaster.spec.data import LastDrops

CHANNELS = ("train", "validation")
"""What a training job reads; test rows are never among them, in whatever drop they came."""
MAX_COPY = 10 * 1024**3
"""Bytes of earlier drops that are copied for one attempt: what a function moves in its 15 minutes, with room."""
HEAD = 64 * 1024
"""Bytes by which two channels are compared."""
_NAMED = 6
"""How many drops are named one by one."""
_DO_NOT_COUNT = frozenset({Stage.REFUSED, Stage.REJECTED, Stage.FAILED, Stage.CANCELLED, Stage.UNCHANGED})


@dataclass(frozen=True)
class Chosen:
    """The drops to train on, the oldest first; and those left out, since their rows were split or encoded otherwise."""

    drops: tuple[Release, ...]
    left_out: tuple[Release, ...] = ()


def choose(
    release: Release,
    others: Iterable[Release],
    history: Literal["this_drop", "all"] | LastDrops,
    has_rows: Callable[[Release], bool],
) -> Chosen:
    """Return the drops that a release is trained on, its own among them.

    Those before it, whatever became of their models, but for what was refused, failed or cancelled, and for rejected
    ones, unless a person overruled that: their labels may be what is wrong. The same bytes count once, as the newest
    release of them: otherwise a retrained drop would weigh twice.

    Args:
        release: The release, prepared.
        others: All releases of its model.
        history: What the spec says.
        has_rows: Tells whether a release's channels are still in the bucket; asked of those only that may count.
    """
    if history == "this_drop":
        return Chosen((release,))
    most = None if history == "all" else history.last - 1
    found: list[Release] = []
    left_out: list[Release] = []
    seen = {release.data_digest}
    for other in sorted(others, key=lambda one: one.number, reverse=True):
        if other.number >= release.number or not _counts(other) or other.data_digest in seen:
            continue
        if len(found) == most:
            break
        seen.add(other.data_digest)
        if (other.columns_digest, other.channels_digest) != (release.columns_digest, release.channels_digest):
            left_out.append(other)
        elif has_rows(other):
            found.append(other)
    return Chosen((*reversed(found), release), tuple(reversed(left_out)))


def _counts(other: Release) -> bool:
    return other.stage not in _DO_NOT_COUNT and "train" in other.channels


def sums(drops: Sequence[Release]) -> dict[str, tuple[int, int]]:
    """Return the rows and the bytes of each channel, of all drops together; a channel that none has is absent."""
    found = {name: [drop.channels[name] for drop in drops if name in drop.channels] for name in CHANNELS}
    return {name: _sum(channels) for name, channels in found.items() if channels}


def _sum(channels: Sequence[Channel]) -> tuple[int, int]:
    return sum(channel.rows for channel in channels), sum(channel.bytes for channel in channels)


def refusal(drops: Sequence[Release]) -> str | None:
    """Say what to write instead if the drops are too large to be put together; None if they are not."""
    size = sum(of_channel for _, of_channel in sums(drops).values())
    if len(drops) == 1 or size <= MAX_COPY:
        return None
    return (
        f"data.history: the channels of {len(drops)} drops are {size / 1024**3:,.1f} GiB, and at most "
        f"{MAX_COPY / 1024**3:g} GiB are put together: write `history: {{last: {len(drops) - 1}}}` or less"
    )


def told(numbers: Sequence[int]) -> str:
    """Return the drops in words: ` of #3, #4, #5`; empty for one drop alone."""
    if len(numbers) < 2:
        return ""
    if len(numbers) <= _NAMED:
        return f" of {', '.join(f'#{number}' for number in numbers)}"
    return f" of {len(numbers)} drops, #{numbers[0]} to #{numbers[-1]}"


def told_left_out(chosen: Chosen) -> str:
    """Say which earlier drops could not be used; empty if all could."""
    if not chosen.left_out:
        return ""
    drops = ", ".join(f"#{drop.number}" for drop in chosen.left_out[-_NAMED:])
    return f"; left out, prepared under another data section: {drops}"


def begins_alike(earlier: bytes, newest: bytes) -> bool:
    """Tell whether a channel begins with another's rows, by the first bytes of both.

    Rows keep their channel and their order, so that a file that grows at its end has the channels of before and more.
    """
    return bool(earlier) and newest.startswith(earlier)


def told_repeated(earlier: Release, newest: Release) -> str:
    """Warn of rows that are trained on twice."""
    return (
        f"; warning: #{newest.number} seems to hold the rows of #{earlier.number} again, which then weigh twice: "
        "for files that hold all rows so far, write `history: this_drop`"
    )
