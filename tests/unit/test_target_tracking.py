"""How many instances target tracking wants."""

import pytest

from local_aws.target_tracking import Activities, Tracking, wanted

NOW = 10_000.0
TRACKING = Tracking(target=100, scale_in_cooldown=300, scale_out_cooldown=60)
QUIET: list[float | None] = [0.0] * 12


def count(values: list[float | None], have: int = 2, tracking: Tracking = TRACKING, **done: float) -> int:
    return wanted(have, (1, 5), values, tracking, Activities(**done), NOW)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([*QUIET, 150, 150, 150], 3),
        ([*QUIET, 110, 110, 400], 5),
        ([*QUIET, 150, 100, 150], 2),
        ([*QUIET, None, 150, 150], 2),
        ([150, 150], 2),
    ],
)
def test_three_minutes_above_the_target_add_instances_in_proportion_up_to_the_maximum(
    values: list[float | None], expected: int
) -> None:
    assert count(values) == expected


@pytest.mark.parametrize(
    ("values", "have", "expected"),
    [
        ([0.0] * 15, 4, 1),
        ([30.0] * 15, 4, 2),
        ([*[30.0] * 14, 89.0], 4, 4),
        ([*[30.0] * 14, 95.0], 4, 4),
        ([*[30.0] * 14, None], 4, 4),
        ([30.0] * 14, 4, 4),
    ],
)
def test_fifteen_minutes_well_below_it_remove_instances_as_far_as_the_busiest_minute_allows(
    values: list[float | None], have: int, expected: int
) -> None:
    assert count(values, have) == expected


def test_cooldowns_are_kept_but_scaling_out_does_not_wait_for_scaling_in() -> None:
    busy: list[float | None] = [*QUIET, 150, 150, 150]
    assert count(busy, out_at=NOW - 59) == 2
    assert count(busy, out_at=NOW - 60) == 3
    assert count(busy, in_at=NOW - 1) == 3
    assert count([0.0] * 15, in_at=NOW - 299) == 2
    assert count([0.0] * 15, out_at=NOW - 299) == 2
    assert count([0.0] * 15, in_at=NOW - 300) == 1


def test_what_is_suspended_does_not_happen() -> None:
    assert count([0.0] * 15, tracking=Tracking(target=100, may_scale_in=False)) == 2
    assert count([*QUIET, 150, 150, 150], tracking=Tracking(target=100, may_scale_out=False)) == 2


@pytest.mark.parametrize(("have", "expected"), [(9, 5), (0, 1)])
def test_a_count_outside_the_limits_is_brought_in_at_once(have: int, expected: int) -> None:
    assert count([], have) == expected
