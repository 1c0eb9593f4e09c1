"""How many instances an endpoint has: a canary's."""

import pytest

from yardmaster.rules.fleet import canary_count


@pytest.mark.parametrize(
    ("baseline", "share", "initial", "wanted"),
    [(2, 5, 2, 1), (1, 5, 1, 1), (40, 5, 2, 3), (2, 50, 2, 2), (4, 95, 2, 4), (2, 95, 8, 8)],
)
def test_the_canary_gets_the_instances_that_its_share_needs(
    baseline: int, share: float, initial: int, wanted: int
) -> None:
    assert canary_count(baseline, share, initial) == wanted
