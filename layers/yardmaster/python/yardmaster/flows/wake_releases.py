"""The tick: whatever is due is woken, whatever was not published is, approvals by strangers are found."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from yardmaster.aws import embedded_metrics, model_package
from yardmaster.aws.model_package import Package
from yardmaster.flows.publish import publish, wake, wake_batches, wake_endpoints, wake_models
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, Endpoint, Model, Release, Stage
from yardmaster.rules import stages, standing
from yardmaster.rules.approval import OVERRULABLE

log = logging.getLogger(__name__)

SEARCH_EVERY, SEARCH_FOR = 300.0, 60.0
"""Approvals come as events; Search finds those whose event was lost. At each tick it would be most of their cost."""
COUNT_EVERY, COUNT_FOR = 300.0, 60.0
"""Jobs take minutes: to count them oftener would show nothing more."""
OVERLAP = 3600.0
"""Search is eventually consistent: it looks back an hour before the watermark."""
STRIDE = 1800.0
"""The watermark moves every half an hour: a write at each tick would be most of what the ticks cost."""


@dataclass(frozen=True)
class Tick:
    """What one tick did."""

    woken: int
    published: int
    approvals: int
    failed: int


def run(yard: Yard, clock: Callable[[], float]) -> Tick:
    """Wake what is due. One release that can't be woken never ends the sweep."""
    now = clock()
    found = list(yard.table.due(now))
    due = [one for one in found if isinstance(one, Release)]
    published, failed = _publish(yard, [release for release in due if release.published < release.revision])
    waiting = [release for release in due if release.stage not in stages.ENDED]
    if yard.settings.embedded_metrics and (hours := standing.longest_hours(waiting, now)) is not None:
        embedded_metrics.write(yard.settings.stack, now, StandsStillHours=hours)
    if yard.settings.job_metrics and now % COUNT_EVERY < COUNT_FOR:
        # Only a stack with a dashboard pays for it.
        from yardmaster.flows import spend

        spend.write_metrics(yard, now)
    # First what needs no search: a Search that is throttled must not keep everybody else asleep.
    wake(yard, waiting)
    wake_batches(yard, [one for one in found if isinstance(one, Batch)])
    wake_endpoints(yard, [one for one in found if isinstance(one, Endpoint)])
    wake_models(yard, [one for one in found if isinstance(one, Model)])
    approved = _search(yard, now) if now % SEARCH_EVERY < SEARCH_FOR else 0
    return Tick(len(waiting), published, approved, failed)


def _search(yard: Yard, now: float) -> int:
    """Wake the releases whose packages were approved by strangers; return how many."""
    watermark = yard.table.get_watermark()
    packages = list(model_package.approved_since(yard.sagemaker, yard.settings.prefix, (watermark or now) - OVERLAP))
    known = [(package, yard.table.get_release(package.metadata.get("release", ""))) for package in packages]
    approved = [release for package, release in known if release and _is_news(release, package.modified_at)]
    wake(yard, approved, "deploy_canary")
    _receive(yard, [package for package, release in known if release is None], now)
    if watermark is None or now - watermark >= STRIDE:
        yard.table.save_watermark(now)
    return len(approved)


def _publish(yard: Yard, releases: Iterable[Release]) -> tuple[int, int]:
    """Publish what a crash left unpublished; return how many were, and how many could not be."""
    done = failed = 0
    for release in releases:
        try:
            publish(yard, release)
            done += 1
        except Exception:
            log.exception("%s could not be published; the next tick tries again", release.title)
            failed += 1
    return done, failed


def _receive(yard: Yard, packages: Sequence[Package], now: float) -> None:
    """Make releases of the packages that somebody else registered; most of them have theirs already."""
    if not packages:
        return
    # It knows specs, and most ticks find no such package: to these, loading it would be most of their cold start.
    from yardmaster.flows import receive_package

    for package in packages:
        try:
            receive_package.receive(yard, package, now)
        except Exception:
            log.exception("%s could not be received; the next search tries again", package.arn)


def _is_news(release: Release, approved_at: float) -> bool:
    """Tell whether a release waits for this approval, or had ended before it."""
    if release.stage is Stage.REGISTERED:
        return release.approved_at != approved_at
    return release.stage in OVERRULABLE and approved_at > release.updated_at
