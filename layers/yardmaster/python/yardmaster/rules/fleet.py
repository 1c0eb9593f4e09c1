"""How many instances an endpoint has: a canary's share of them, and the most while a release takes over."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yardmaster.spec.schema import DeploySpec


def canary_count(baseline_count: int, share: float, initial: int) -> int:
    """Return how many instances carry `share` per cent of what the baseline carries now, at most `initial`.

    The least that serves: at 5 % of two instances' traffic, one.
    """
    fitting = math.ceil(baseline_count * share / max(100.0 - share, 1.0))
    return max(1, min(fitting, max(initial, baseline_count)))


def peak(deploy: "DeploySpec", present: int) -> int:
    """Return how many instances there are at most while a release takes over: an update has both fleets for a while.

    Args:
        deploy: The spec's section.
        present: How many serve before.
    """
    alone = max(present, deploy.initial_instance_count)
    if deploy.canary is None:
        return present + deploy.initial_instance_count
    shares = deploy.canary.step_weights[:-1]
    if not shares:
        return present + alone
    first = canary_count(present, float(shares[0]), deploy.initial_instance_count)
    # From the second step on the new variant has as many as the old one, before it gets the traffic.
    last = first if len(shares) == 1 else max(first, present)
    return max(present + present + first, present + last + alone)
