"""Asking for room before a job is made, and giving it back when it has ended: one row, by compare-and-set."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from yardmaster.aws import embedded_metrics
from yardmaster.aws.sagemaker_errors import NoCapacityError, QuotaError
from yardmaster.errors import ConflictError
from yardmaster.flows.publish import wake, wake_batches
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, BatchStage, Release, Stage, WaitKind
from yardmaster.rules import spend
from yardmaster.rules.quota_names import parse
from yardmaster.rules.spend import Answer, Ask, Caps, Count, Ledger, Refused, Wait
from yardmaster.rules.spot import BILLABLE

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T", Release, Batch)

TRIES = 200
"""How often the ledger is written anew when others were first: somebody always gets through."""
TRAINING, TESTS, BATCH = "training", "tests", "batch"
"""What a release, or a batch of predictions, asks room for."""
_ASKS = {TRAINING: frozenset({Stage.PREPARED, Stage.TRAINING}), TESTS: frozenset({Stage.TESTING})}
"""In which stages a claim is somebody's."""
_REFUSED = {WaitKind.QUOTA, WaitKind.CAPACITY}
"""What AWS's own refusals are waits for."""
_BATCH_ASKS = frozenset({BatchStage.WAITING, BatchStage.RUNNING})


class Looks:
    """What an invocation saw: while all that it looked at stayed in its stage, no job of it ended, and none began."""

    def __init__(self) -> None:
        self._stayed: list[bool] = []

    def of(self, step: Callable[P, T]) -> Callable[P, T]:
        """Return a step that notes whether the row that it is given stays in its stage."""

        def noted(*given: P.args, **named: P.kwargs) -> T:
            before = next(one for one in given if isinstance(one, Release | Batch))
            after = step(*given, **named)
            self._stayed.append((before.stage, before.attempt) == (after.stage, after.attempt))
            return after

        return noted

    def settle(self, yard: Yard, identifier: str, now: float) -> None:
        """Give back what is needed no more; the ledger is not even read where that can be nothing.

        Where no step was taken somebody else moved the row, perhaps an earlier try that died before it got here.
        """
        if not (self._stayed and all(self._stayed)):
            settle(yard, identifier, now)


def key_of(of: Release | Batch, what: str) -> str:
    """Return the key of an attempt's claim: the same for all tries."""
    return f"{of.id}-{of.attempt}-{what}"


def ask(yard: Yard, wanted: Ask, now: float) -> Answer:
    """Ask for room; the claim, or the place in the queue, is written."""
    answer: list[Answer] = []

    def decide(ledger: Ledger) -> Ledger:
        after, said = spend.ask(ledger, wanted, _caps(yard), now)
        if isinstance(said, Wait):
            # Room may be taken by what is over, of which nobody told.
            after, said = spend.ask(_reconciled(yard, ledger, now), wanted, _caps(yard), now)
        answer[:] = [said]
        return after

    _change(yard, decide)
    return answer[0]


def look(yard: Yard, wanted: Ask, now: float) -> Answer:
    """Return what would be answered now; nothing is written."""
    ledger = spend.from_dict(*yard.table.get_ledger())
    return spend.ask(_reconciled(yard, ledger, now), wanted, _caps(yard), now)[1]


def park(yard: Yard, wanted: Ask, error: QuotaError, now: float) -> WaitKind:
    """Note that AWS refused what the stack had room for, and what it said; return what is waited for.

    It is woken when a job of that kind ends.
    """
    kind = WaitKind.CAPACITY if isinstance(error, NoCapacityError) else WaitKind.QUOTA
    refused = _refused(str(error), kind, now + spend.LOOK_AGAIN)
    _change(yard, lambda ledger: spend.park(ledger, wanted, refused, now))
    return kind


def park_again(yard: Yard, before: Release, after: Release, what: str, now: float) -> None:
    """Note that the region had no instances for a release's job, whose next attempt waits until they may be there.

    Args:
        yard: Settings and adapters.
        before: The release with the attempt that failed.
        after: The release with its next attempt, and what it waits for.
        what: What it asks room for.
        now: The time.
    """
    waiting = after.waiting_for
    if waiting is None or waiting.next_try is None:
        return
    refused = _refused(waiting.subject, waiting.kind, waiting.next_try)
    keys = key_of(before, what), key_of(after, what)
    _change(yard, lambda ledger: spend.park_again(ledger, *keys, refused, now))


def accepted(yard: Yard, of: Release | Batch, wanted: Ask, now: float) -> None:
    """Wake the next of those that wait for what AWS refused, if one of them has got it now."""
    if of.waiting_for is not None and of.waiting_for.kind in _REFUSED:
        _wake_next(yard, _change(yard, lambda ledger: spend.accepted(ledger, wanted)), now)


def _refused(answer: str, kind: WaitKind, until: float) -> Refused:
    full = parse(answer)
    return Refused(answer[:300], kind, max(full.limit - full.used, 0) if full else None, until)


def claimed_at(yard: Yard, release: Release) -> float | None:
    """Return since when a job of the release runs, or may be in the making; None if there is none."""
    ledger = spend.from_dict(*yard.table.get_ledger())
    claims = [ledger.running.get(key_of(release, what)) for what in _ASKS]
    return next((claim.since for claim in claims if claim is not None), None)


def write_metrics(yard: Yard, now: float) -> None:
    """Write how many jobs run, and wait for room, as metrics; nothing while there are none, which would cost as much.

    A metric of each change would not do: of several within a minute, CloudWatch can't tell which was the last.
    """
    counts = spend.counts(spend.from_dict(*yard.table.get_ledger())).values()
    if counts:
        running, waiting = sum(one.running for one in counts), sum(one.waiting for one in counts)
        embedded_metrics.write(yard.settings.stack, now, JobsRunning=running, JobsWaiting=waiting)


def settle(yard: Yard, identifier: str, now: float) -> None:
    """Give back what a release, or a batch, needs no more, and wake whose turn it is then."""
    ledger = spend.from_dict(*yard.table.get_ledger())
    known = [key for key in (*ledger.running, *ledger.waiting) if key.startswith(f"{identifier}-")]
    over = {key: billed for key in known for is_over, billed in (_looked_up(yard, key),) if is_over}
    if not over:
        return

    def without(ledger: Ledger) -> Ledger:
        for key, billed in over.items():
            ledger = spend.give_back(ledger, key, now, billed)
        return ledger

    _wake_next(yard, _change(yard, without), now)


def _is_over(yard: Yard, key: str) -> bool:
    """Tell whether nobody runs, or waits, under a key any more."""
    return _looked_up(yard, key)[0]


def _looked_up(yard: Yard, key: str) -> tuple[bool, float | None]:
    """Tell whether nobody runs, or waits, under a key any more, and what was billed of each instance, if that is known.

    That is known of training on spot capacity.
    """
    identifier, attempt, what = key.split("-", 2)
    if what == BATCH:
        batch = yard.table.get_batch(identifier)
        return batch is None or batch.stage not in _BATCH_ASKS or attempt != str(batch.attempt), None
    release = yard.table.get_release(identifier)
    if release is None or attempt != str(release.attempt):
        return True, None
    return release.stage not in _ASKS[what], release.spot.get(BILLABLE) if what == TRAINING else None


def _reconciled(yard: Yard, ledger: Ledger, now: float) -> Ledger:
    """Return the ledger without the claims of releases that went on, or ended."""
    for key in ledger.running:
        if _is_over(yard, key):
            ledger = spend.give_back(ledger, key, now)
    return ledger


def _wake_next(yard: Yard, ledger: Ledger, now: float) -> None:
    """Wake who has room now; who has ended meanwhile leaves the queue, and the next one is looked at."""
    turns = spend.next_ones(ledger, _caps(yard))
    for key in (wanted.key for wanted in turns if _is_over(yard, wanted.key)):
        log.info("%s waits no more", key)
        _change(yard, lambda there, key=key: spend.give_back(there, key, now))  # type: ignore[misc]
    releases = [yard.table.get_release(wanted.release) for wanted in turns if not wanted.key.endswith(f"-{BATCH}")]
    wake(yard, [release for release in releases if release is not None])
    batches = [yard.table.get_batch(wanted.release) for wanted in turns if wanted.key.endswith(f"-{BATCH}")]
    wake_batches(yard, [batch for batch in batches if batch is not None])


def _caps(yard: Yard) -> Caps:
    return Caps(**yard.settings.caps)


def _change(yard: Yard, change: Callable[[Ledger], Ledger]) -> Ledger:
    """Write what a change makes of the ledger; return it as it was written.

    Raises:
        ConflictError: Others keep writing it.
    """
    for _ in range(TRIES):
        before = spend.from_dict(*yard.table.get_ledger())
        after = change(before)
        if after == before:
            return before
        try:
            yard.table.save_ledger(before.revision, spend.to_dict(after))
        except ConflictError:
            continue
        _tell(before, after)
        return after
    raise ConflictError("others keep writing the ledger of jobs")


def _tell(before: Ledger, after: Ledger) -> None:
    """Log how many jobs of each model run and wait, where that has changed: the dashboard reads it."""
    old, new = spend.counts(before), spend.counts(after)
    for model in sorted(old.keys() | new.keys()):
        count = new.get(model, Count())
        if count != old.get(model, Count()):
            log.info("jobs of %s: %d run, %d wait", model, count.running, count.waiting)
