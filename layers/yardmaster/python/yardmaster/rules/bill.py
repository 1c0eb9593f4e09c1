"""What a release would run, in instance-hours, and what that costs by a price table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import Final

from yardmaster.records import Release, Stage
from yardmaster.rules.fleet import peak
from yardmaster.rules.prices import Prices, Use
from yardmaster.rules.spot import BILLABLE, savings
from yardmaster.spec.hours import parse_hours
from yardmaster.spec.schema import Spec

HOUR: Final = 3600.0
MONTH: Final = 730.0
"""Hours of a month, as AWS's calculators count it."""
ONCE: Final = "once a release"
OLD: Final = 90
"""Days after which a price table is no longer taken without a word."""
REMEMBERED: Final = 10
"""How many earlier releases are asked how long theirs took."""


@dataclass(frozen=True)
class Line:
    """One thing that runs.

    Attributes:
        what: `training job`; `name` is its name, with `…` for what only the upload decides, or empty.
        often: How often it runs: `ONCE`, or its schedule.
        instances: How many run at once.
        most: Instance-hours at most; None if nothing bounds them.
        usual: Instance-hours as earlier releases had them, waiting included; None if none did.
        note: What else is to be known.
        volume_gb: Of each instance; None where it is not asked for.
    """

    what: str
    name: str
    use: Use
    instance_type: str
    instances: int
    often: str
    most: float | None = None
    usual: float | None = None
    note: str = ""
    volume_gb: int | None = None


@dataclass(frozen=True)
class Standing:
    """The endpoint: what it has while it serves, and at most while a release shifts its traffic.

    Attributes:
        note: What else is to be known.
        peak: Instances at most during an update; 0 without instances.
        open: The hours of a month in which it serves; all of them without `idle.hours`.
        hours: The opening hours as the spec has them, or empty.
        stop_after: The seconds without requests after which it stops; None if it does not.
    """

    endpoint: str
    instance_type: str
    instances: int
    peak: int
    note: str = ""
    open: float = MONTH
    hours: str = ""
    stop_after: float | None = None


def training(spec: Spec, name: str, volume_gb: int | None) -> Line:
    """Return the training job, or the tuning job, of a release."""
    train, tune = spec.train, spec.tune
    once = train.instance_count * train.max_run / HOUR
    spot = "spot; billed for what runs, at the spot price" if train.wait_limit is not None else ""
    if tune is None:
        return Line(
            "training job",
            name,
            "training",
            train.instance_type,
            train.instance_count,
            ONCE,
            once,
            note=spot,
            volume_gb=volume_gb,
        )
    most = tune.jobs * once
    most = min(most, tune.parallel_jobs * train.instance_count * tune.max_run / HOUR)
    note = f"{tune.jobs} training jobs, {tune.parallel_jobs} at once"
    return Line(
        "tuning job",
        name,
        "training",
        train.instance_type,
        train.instance_count * tune.parallel_jobs,
        ONCE,
        most,
        note=f"{note}; {spot}" if spot else note,
        volume_gb=volume_gb,
    )


def tests(spec: Spec, name: str, *, serves: bool | None) -> list[Line]:
    """Return the transform jobs that score the test rows.

    Args:
        spec: The spec.
        name: How their names begin.
        serves: Whether there is a model in service, with which the candidate is compared; None if that is not known.
    """
    notes = {"candidate": "", **({} if serves is False else {"baseline": "" if serves else "once a model serves"})}
    kind = spec.train.instance_type
    return [
        Line(f"test of the {role}", f"{name}-{role}", "transform", kind, 1, ONCE, note=note)
        for role, note in notes.items()
    ]


def batches(spec: Spec) -> list[Line]:
    """Return the batch transforms that the spec schedules."""
    return [
        Line(
            f"batch of {one.input}",
            "",
            "transform",
            one.instance_type,
            one.instance_count,
            f"each run: {one.schedule}",
        )
        for one in spec.batch_transform
    ]


def standing(spec: Spec, model: str, present: int | None) -> Standing | None:
    """Return the endpoint of a spec; None if it asks for none.

    Args:
        spec: The spec.
        model: Its model, by which the endpoint is called unless the spec says otherwise.
        present: How many instances serve now; None if that is not known, or nothing serves.
    """
    deploy = spec.deploy
    if deploy is None:
        return None
    name = deploy.endpoint or model
    if deploy.serverless is not None:
        return Standing(name, "", 0, 0, "serverless: billed by request, of which a price table says nothing")
    scaled = deploy.autoscaling
    note = f"{scaled.min_capacity} to {scaled.max_capacity} by load" if scaled else ""
    count = present or deploy.initial_instance_count
    found = Standing(name, deploy.instance_type, count, peak(deploy, count), note)
    if (idle := deploy.idle) is None:
        return found
    share = parse_hours(idle.hours).share if idle.hours else 1.0
    return replace(found, open=MONTH * share, hours=", ".join(idle.hours), stop_after=idle.stop_after)


def usually(lines: Iterable[Line], releases: Sequence[Release]) -> list[Line]:
    """Return the lines with the hours that earlier releases needed: between stages, waiting for machines included.

    Of training on spot capacity it is known what was billed, without the waiting and as if it were usual capacity.
    """
    spans = {
        "training": _spans(releases, Stage.TRAINING, Stage.TESTING),
        "transform": _spans(releases, Stage.TESTING, Stage.EVALUATED),
    }
    saved = [share for one in releases if (share := savings(one.spot)) is not None][:REMEMBERED]
    found = []
    for line in lines:
        known = spans.get(line.use, [])
        if line.often == ONCE and line.what != "tuning job" and known:
            line = replace(line, usual=median(known) / HOUR * line.instances)
        if line.use == "training" and "spot" in line.note and saved:
            line = replace(line, note=f"{line.note}; {median(saved):.0%} saved by the last {len(saved)}")
        found.append(line)
    return found


def _spans(releases: Sequence[Release], begin: Stage, end: Stage) -> list[float]:
    """Return the seconds from one stage to another of the newest releases that went through both at their first try."""
    found = []
    for release in releases:
        entered = {step.stage: step.at for step in reversed(release.history)}
        if begin is Stage.TRAINING and BILLABLE in release.spot:
            found.append(float(release.spot[BILLABLE]))
        elif release.tuning_job is None and begin in entered and end in entered and entered[end] > entered[begin]:
            found.append(entered[end] - entered[begin])
    return found[:REMEMBERED]


@dataclass(frozen=True)
class Cost:
    """What lines cost by a table.

    Attributes:
        most, usual: Of a release's own jobs, in the table's currency; None if a price or an upper bound is missing.
        hourly: Of the endpoint; None if its price is missing.
        missing: What the table does not have: `ml.m5.large (hosting)`.
    """

    most: float | None
    usual: float | None
    hourly: float | None
    missing: tuple[str, ...]


def cost(lines: Sequence[Line], endpoint: Standing | None, prices: Prices) -> Cost:
    """Return what the jobs of a release, and an hour of its endpoint, cost."""
    own = [line for line in lines if line.often == ONCE]
    missing = [
        f"{line.instance_type} ({line.use})" for line in lines if prices.of(line.use, line.instance_type) is None
    ]
    hourly = None
    if endpoint is not None and endpoint.instances:
        hourly = prices.of("hosting", endpoint.instance_type)
        if hourly is None:
            missing.append(f"{endpoint.instance_type} (hosting)")
    return Cost(
        _sum(price_of(line, line.most, prices) for line in own if line.most is not None),
        _sum(price_of(line, line.usual, prices) for line in own),
        hourly * endpoint.instances if hourly is not None and endpoint is not None else None,
        tuple(dict.fromkeys(missing)),
    )


def price_of(line: Line, hours: float | None, prices: Prices) -> float | None:
    """Return what so many instance-hours of a line cost; None if hours or price are not known."""
    hourly = prices.of(line.use, line.instance_type)
    return None if hours is None or hourly is None else hours * hourly


def _sum(parts: Iterable[float | None]) -> float | None:
    found = list(parts)
    known = [part for part in found if part is not None]
    return math.fsum(known) if found and len(known) == len(found) else None


def age(prices: Prices, today: date) -> int | None:
    """Return how many days old a table is; None if its date is none."""
    try:
        return (today - date.fromisoformat(prices.date)).days
    except ValueError:
        return None
