"""Endpoints that somebody else made, and tagged so that they may be stopped: `yardmaster:stop-after=2h`.

The tagging API tells which; ListMetrics tells the variants of those that were asked anything in the last two weeks, and
only the others are described. Whoever was never asked since two weeks is in none of CloudWatch's lists.
"""

import logging
from collections.abc import Iterable

from yardmaster.aws import endpoint_whole, idle_metrics, tagged
from yardmaster.errors import RefusedError
from yardmaster.flows import endpoint_seen
from yardmaster.flows.endpoint_rows import prices
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, ListedEndpoint
from yardmaster.rules import sleep
from yardmaster.rules.idle import Candidate, Rest
from yardmaster.spec.durations import format_duration, parse_duration

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 15 * 60, 14 * 86400
"""Seconds that a tag may say, as for `stop_after` in a spec."""
SAY_AGAIN = 24 * 3600.0
"""Seconds until it is said again that an endpoint would be stopped."""
DESCRIBED = 20
"""How many endpoints of which CloudWatch lists no metrics are described in one sweep."""


def candidates(yard: Yard) -> list[Candidate]:
    """Return the endpoints of others that carry the tag, with their variants."""
    found = tagged.endpoints_with(yard.tagging, sleep.STOP_AFTER_TAG)
    # What a stack of ours made has a spec that says it.
    strangers = {arn.lower(): tags[sleep.STOP_AFTER_TAG] for arn, tags in found.items() if "yardmaster" not in tags}
    if not strangers:
        return []
    rows, _ = yard.table.readable_endpoints()
    known = {row.name.lower(): row for row in rows}
    listed = [one for one in endpoint_whole.list_all(yard.sagemaker) if one.arn.lower() in strangers]
    asked = [one for one in listed if one.status == "InService" and _is_theirs(known.get(one.name.lower()))]
    variants = _variants(yard, asked)
    dry = yard.settings.stop_tagged_endpoints != "yes"
    result = []
    for one in asked:
        seconds = _seconds(one.name, strangers[one.arn.lower()])
        if seconds is None:
            continue
        row = known.get(one.name.lower()) or Endpoint(one.name, "", revision=0, stranger=True)
        result.append(Candidate(row, Rest(one.name, seconds), variants.get(one.name, ()), dry))
    return result


def say_only(yard: Yard, row: Endpoint, reason: str) -> None:
    """Say what would be done, and what it would save: nothing is stopped."""
    try:
        _, saved = endpoint_seen.everything(yard, row.name)
    except RefusedError as error:
        log.warning("endpoint %s: %s", row.name, error)
        return
    if wrong := sleep.left_alone(saved.content, saved.tags):
        log.info("endpoint %s: left alone: %s", row.name, wrong)
        return
    saves = sleep.saves(saved, prices(yard))
    log.info("endpoint %s would be stopped: %s; %s", row.name, reason, saves)
    detail = {"model": "", "endpoint": row.name, "state": "would_stop", "reason": reason, "by": "", "saves": saves}
    yard.bus.publish("Endpoint State Change", detail)


def _is_theirs(row: Endpoint | None) -> bool:
    return row is None or (row.stranger and not row.state)


def _variants(yard: Yard, asked: Iterable[ListedEndpoint]) -> dict[str, tuple[str, ...]]:
    names = [one.name for one in asked]
    found: dict[str, tuple[str, ...]] = {}
    for endpoint, variant in idle_metrics.variants_of_endpoints(yard.cloudwatch):
        found[endpoint] = (*found.get(endpoint, ()), variant)
    for name in [name for name in names if name not in found][:DESCRIBED]:
        if (there := endpoint_seen.look(yard, name)) is not None:
            found[name] = tuple(variant.name for variant in there.variants)
    return found


def _seconds(name: str, value: str) -> int | None:
    try:
        seconds = int(parse_duration(value))
    except ValueError:
        seconds = 0
    if SHORTEST <= seconds <= LONGEST:
        return seconds
    span = f"{format_duration(SHORTEST)} to {format_duration(LONGEST)}"
    log.warning("endpoint %s: left alone: its tag %s is %r, not %s", name, sleep.STOP_AFTER_TAG, value, span)
    return None
