"""A release whose job found no instances in the region: it waits for them, and the end of such a job wakes it."""

from yardmaster.flows import spend
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import lacking as rules


def lacking(yard: Yard, release: Release, reason: str, now: float) -> Release:
    """Give the job's room back, and let the release make it anew, later.

    The ledger is written first: whoever is woken by the release's row finds there what it must wait for.
    """
    after = rules.again(release, reason, now)
    what = spend.TRAINING if release.stage is Stage.TRAINING else spend.TESTS
    spend.park_again(yard, release, after, what, now)
    return commit(yard, release, after, now)
