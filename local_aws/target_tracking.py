"""Target tracking, as Application Auto Scaling does it with its two alarms: how many instances a variant should have.

https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MINUTES_OUT = 3
"""Minutes in a row above the target, until instances are added."""
MINUTES_IN = 15
"""Minutes in a row well below it, until instances are removed."""
_WELL_BELOW = 0.9


@dataclass(frozen=True)
class Tracking:
    """What a variant is kept to; cooldowns in seconds."""

    target: float
    scale_in_cooldown: float = 300.0
    scale_out_cooldown: float = 300.0
    may_scale_in: bool = True
    may_scale_out: bool = True


@dataclass(frozen=True)
class Activities:
    """When instances were last added and removed, in epoch seconds; None for never."""

    out_at: float | None = None
    in_at: float | None = None

    def last(self) -> float | None:
        """Return when something was done last."""
        return max((at for at in (self.out_at, self.in_at) if at is not None), default=None)


def wanted(
    count: int,
    limits: tuple[int, int],
    values: Sequence[float | None],
    tracking: Tracking,
    done: Activities,
    now: float,
) -> int:
    """Return how many instances there should be.

    Args:
        count: How many there are.
        limits: The registered minimum and maximum; a count outside of them is brought in at once.
        values: The metric in each of the last minutes, the latest last; None for a minute without a datapoint.
        tracking: The target.
        done: What was done before.
        now: The time.
    """
    low, high = limits
    if not low <= count <= high:
        return max(low, min(count, high))
    if (
        tracking.may_scale_out
        and _all_above(values, tracking)
        and _is_over(done.out_at, tracking.scale_out_cooldown, now)
    ):
        return min(high, math.ceil(count * (values[-1] or 0.0) / tracking.target))
    if (
        tracking.may_scale_in
        and _all_below(values, tracking)
        and _is_over(done.last(), tracking.scale_in_cooldown, now)
    ):
        most = max(value or 0.0 for value in values[-MINUTES_IN:])
        return max(low, min(count, math.ceil(count * most / tracking.target)))
    return count


def _all_above(values: Sequence[float | None], tracking: Tracking) -> bool:
    recent = values[-MINUTES_OUT:]
    return len(recent) == MINUTES_OUT and all(value is not None and value > tracking.target for value in recent)


def _all_below(values: Sequence[float | None], tracking: Tracking) -> bool:
    recent = values[-MINUTES_IN:]
    limit = tracking.target * _WELL_BELOW
    return len(recent) == MINUTES_IN and all(value is not None and value < limit for value in recent)


def _is_over(at: float | None, cooldown: float, now: float) -> bool:
    return at is None or now - at >= cooldown
