"""Telling people: each ending of a release, each wait that needs a person or lasts long, batches and endpoints."""

import logging
from collections.abc import Iterable

from yardmaster.flows.yard import Yard
from yardmaster.rules import told, told_of_others
from yardmaster.rules.notice import Notice, Place
from yardmaster.rules.notice_of_others import notice_of_batch, notice_of_endpoint
from yardmaster.rules.notice_of_release import notice_of

log = logging.getLogger(__name__)


def of_release(yard: Yard, release_id: str, now: float) -> str:
    """Tell what a release's row has to tell and nobody was told yet; return what was told."""
    release = yard.table.get_release(release_id)
    if release is None:
        log.warning("no release %s: nothing to tell", release_id)
        return "no such release"
    return _send(yard, (notice_of(release, tale, _place(yard), now) for tale in told.tales(release, now)), now)


def of_batch(yard: Yard, batch_id: str, now: float) -> str:
    """Tell what a batch's row has to tell and nobody was told yet; return what was told."""
    batch = yard.table.get_batch(batch_id)
    if batch is None:
        log.warning("no batch %s: nothing to tell", batch_id)
        return "no such batch"
    tales = told_of_others.batch_tales(batch, now)
    return _send(yard, (notice_of_batch(batch, tale, _place(yard), now) for tale in tales), now)


def of_endpoint(yard: Yard, name: str, now: float) -> str:
    """Tell what an endpoint's row has to tell and nobody was told yet; return what was told."""
    row = yard.table.get_endpoint(name)
    if row is None:
        log.warning("no endpoint %s: nothing to tell", name)
        return "no such endpoint"
    tales = told_of_others.endpoint_tales(row, now)
    return _send(yard, (notice_of_endpoint(row, tale, _place(yard), now) for tale in tales), now)


def _place(yard: Yard) -> Place:
    settings = yard.settings
    return Place(settings.stack, settings.bucket, settings.region)


def _send(yard: Yard, notices: Iterable[Notice], now: float) -> str:
    sent = [one.subject for one in notices if _tell(yard, one, now)]
    return "; ".join(sent) or "nothing new to tell"


def _tell(yard: Yard, one: Notice, now: float) -> bool:
    """Send a message if nobody else does; a crash before the last line sends it again, never not at all."""
    about = f"{one.about}-{one.name}"
    if not yard.table.claim_notice(about, one.key, yard.invocation, now):
        return False
    model = yard.table.get_model(one.model) if one.model else None
    attributes = {
        "model": one.model,
        "about": one.about,
        "stage": one.stage,
        "needs_person": "true" if one.needs_person else "false",
    }
    yard.topic.publish(one.subject, one.body, attributes, model.notify if model else ())
    if one.failed and (operators := yard.alarm_topic) is not None:
        operators.publish(one.subject, one.body, attributes, ())
    yard.table.mark_told(about, one.key, now)
    return True
