"""What a check found, as text for a person and as JSON; pure: values in, lines out."""

import json
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from yardmaster.cli.check_canary import Asked
from yardmaster.cli.check_drop import ChannelSeen, DropSeen
from yardmaster.cli.check_prices import Table
from yardmaster.rules.bill import MONTH, ONCE, Cost, Line, Standing, cost, price_of
from yardmaster.rules.forecast import UPDATE_MINUTES, WORSE, Forecast
from yardmaster.rules.gate import words
from yardmaster.rules.gate.needed import Needed
from yardmaster.spec.durations import format_duration
from yardmaster.spec.schema import CanarySpec

_NARROW = 60
"""No line is broken sooner."""
_FEW_CLASSES = 8
"""More classes than this are not counted one by one in text."""


@dataclass(frozen=True)
class DropChecked:
    """What became of a drop, and what its release would run."""

    seen: DropSeen
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Checked:
    """Everything that a check found.

    Attributes:
        spec, model: The spec's file, and the model's name.
        refusals: Why the spec would be refused, where there are no drops to say it.
        drops: One for each file or folder.
        lines: What one release runs: of the last drop, or of the spec alone.
        standing: The endpoint; None if the spec asks for none.
        has_canary: How new models are judged on the endpoint; None if they are not.
        people: Where a release waits for a person.
        is_first: Whether nothing serves yet; None if that is not known.
        forecasts: By rate of requests.
        error_rate: The share of requests that fail anyhow, for the forecasts.
        gate: What each condition needs.
        table: The price table.
        log: What each metric found in a sample log, and whether that is wrong.
        unknown: What could not be looked at.
        code: The exit code.
    """

    spec: str
    model: str
    refusals: tuple[str, ...] = ()
    drops: tuple[DropChecked, ...] = ()
    lines: tuple[Line, ...] = ()
    standing: Standing | None = None
    has_canary: CanarySpec | None = None
    people: tuple[str, ...] = ()
    is_first: bool | None = None
    forecasts: tuple[Asked, ...] = ()
    error_rate: float = 0.0
    gate: tuple[Needed, ...] = ()
    table: Table = field(default_factory=Table)
    log: tuple[tuple[str, bool], ...] = ()
    unknown: tuple[str, ...] = ()
    code: int = 0

    @property
    def costs(self) -> Cost | None:
        """What it costs; None without a table."""
        return cost(self.lines, self.standing, self.table.prices) if self.table.prices else None


def as_json(found: Checked) -> str:
    """Return it as one JSON object; what never ends is null."""
    prices, costs = found.table.prices, found.costs
    body = {
        "ok": found.code == 0,
        "exit_code": found.code,
        "spec": found.spec,
        "model": found.model,
        "refusals": list(found.refusals),
        "drops": [_drop_json(one) for one in found.drops],
        "jobs": [asdict(line) for line in found.lines],
        "endpoint": asdict(found.standing) if found.standing else None,
        "cost": asdict(costs) if costs else None,
        "prices": {
            "where": found.table.where,
            "date": prices.date,
            "region": prices.region,
            "currency": prices.currency,
            "source": prices.source,
        }
        if prices
        else None,
        "canary": [
            {
                "traffic": one.at,
                "requests_per_minute": one.traffic.mean,
                "error_rate": found.error_rate,
                "good": {**asdict(one.good), "verdict": one.good.verdict},
                "bad": {**asdict(one.bad), "verdict": one.bad.verdict, "times": WORSE},
            }
            for one in found.forecasts
        ],
        "gate": [{**asdict(one), "suffices": one.suffices} for one in found.gate],
        "waits_for_a_person": list(found.people),
        "log": [{"said": said, "wrong": wrong} for said, wrong in found.log],
        "notes": list(found.table.notes),
        "not_checked": list(found.unknown),
    }
    return json.dumps(_finite(body), indent=1, ensure_ascii=False)


def _drop_json(one: DropChecked) -> dict[str, Any]:
    seen = one.seen
    return {
        "name": seen.name,
        "stage": seen.release.stage.value if seen.release else None,
        "refusals": list(seen.refusals),
        "said": seen.said,
        "problem": seen.problem or None,
        "features": seen.features,
        "channels": {name: asdict(channel) for name, channel in (seen.channels or {}).items()},
        "test_rows": seen.test.rows if seen.test else None,
        "request": asdict(seen.request) if seen.request else None,
        "jobs": [asdict(line) for line in one.lines],
        "notes": list(seen.notes),
        "not_checked": seen.unchecked or None,
    }


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_text(found: Checked, width: int) -> list[str]:
    """Return it as lines that fit a terminal."""
    columns = max(_NARROW, width)
    return [wrapped for line in _text(found) for wrapped in _wrapped(line, columns)]


def _wrapped(line: str, columns: int) -> list[str]:
    indent = len(line) - len(line.lstrip())
    hang = " " * (indent + 2 if indent else 0)
    return textwrap.wrap(line, columns, subsequent_indent=hang, break_on_hyphens=False, break_long_words=False) or [""]


def _text(found: Checked) -> Iterator[str]:
    if found.refusals:
        yield f"{found.spec} would be refused:"
        yield from (f"  {line}" for refusal in found.refusals for line in refusal.splitlines())
    else:
        yield f"{found.spec} is a good spec"
    yield from (said for said, _ in found.log)
    for one in found.drops:
        yield ""
        yield from _drop(one.seen)
    if not found.refusals:
        yield from _jobs(found.lines)
        yield from _endpoint(found)
        yield from _cost(found)
        yield from _canary(found)
        yield from _gate(found.gate)
    notes = (*found.table.notes, *found.unknown)
    if notes:
        yield ""
        yield "Not known, or to be minded"
        yield from (f"  {note}" for note in notes)


def _drop(seen: DropSeen) -> Iterator[str]:
    if seen.refusals:
        yield f"{seen.name} would be refused:"
        yield from (f"  {line}" for refusal in seen.refusals for line in refusal.splitlines())
    else:
        yield f"{seen.name} is a good drop"
    yield from (f"  {line}" for line in seen.said.splitlines())
    yield from _channels(seen.channels or {})
    yield from (f"  note: {note}" for note in seen.notes)
    if seen.unchecked:
        yield f"  not checked: {seen.unchecked}"


def _channels(channels: Mapping[str, ChannelSeen]) -> Iterator[str]:
    if not channels:
        return
    names = list(dict.fromkeys(label for channel in channels.values() for label in channel.classes))
    shown = names if len(names) <= _FEW_CLASSES else []
    rows = [["channel", "rows", "size", *shown]]
    for name, channel in channels.items():
        counts = [f"{channel.classes.get(label, 0):,}" for label in shown]
        rows.append([name, f"{channel.rows:,}" if channel.rows else "-", _size(channel.bytes), *counts])
    yield from _table(rows)
    if names and not shown:
        yield f"  {len(names)} classes"


def _jobs(lines: Sequence[Line]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield "Jobs"
    rows = []
    for line in lines:
        machine = f"{line.instances} x {line.instance_type}"
        if line.volume_gb:
            machine += f", {line.volume_gb} GiB"
        rows.append([line.what, machine, _hours(line)])
    yield from _table(rows, right=False)
    for line in lines:
        if said := "; ".join(part for part in (line.often if line.often != ONCE else "", line.note) if part):
            yield f"  {line.what}: {said}"
    if names := ", ".join(line.name for line in lines if line.name):
        yield f"  named {names}"


def _hours(line: Line) -> str:
    parts = [f"at most {_hour(line.most)}" if line.most is not None else ""]
    if line.usual is not None:
        parts.append(f"usually {_number(line.usual)}")
    return ", ".join(part for part in parts if part) or "as long as it takes"


def _endpoint(found: Checked) -> Iterator[str]:
    endpoint = found.standing
    if endpoint is None:
        return
    yield ""
    yield f"Endpoint {endpoint.endpoint}"
    if endpoint.instances:
        yield (
            f"  {endpoint.instances} x {endpoint.instance_type} {endpoint.hours or 'all the time'}: "
            f"{endpoint.instances * endpoint.open:,.0f} instance-hours a month"
        )
        if endpoint.stop_after is not None:
            yield f"  fewer if nobody asks it: it stops after {format_duration(endpoint.stop_after)} without a request"
        yield f"  at most {endpoint.peak} instances while a release takes over (AWS has both fleets for a while)"
    if endpoint.note:
        yield f"  {endpoint.note}"


def _cost(found: Checked) -> Iterator[str]:
    prices, costs = found.table.prices, found.costs
    yield ""
    if prices is None or costs is None:
        yield "Cost: not known without a price table (--prices FILE, or prices.json beside the spec)"
        return
    yield f"Cost, by {found.table.where}: {prices.region}, {prices.date}, {prices.source}"
    if costs.most is not None:
        usual = f", usually {costs.usual:,.2f}" if costs.usual is not None else ""
        yield f"  training, a release: at most {costs.most:,.2f} {prices.currency}{usual}"
    for what, price in open_ended(found).items():
        yield f"  {what}: {price:,.4g} {prices.currency} for each hour that it runs"
    if costs.hourly is not None:
        month = found.standing.open if found.standing else MONTH
        often = "with its opening hours" if month < MONTH else "if it never stops"
        yield f"  endpoint: {costs.hourly:,.4g} {prices.currency} an hour, {costs.hourly * month:,.2f} a month {often}"
    if costs.missing:
        yield f"  the table has no price of {', '.join(costs.missing)}"


def open_ended(found: Checked) -> dict[str, float]:
    """Return what an hour costs of the jobs that nothing bounds, by what they are."""
    prices = found.table.prices
    hours = {line.what: price_of(line, line.instances, prices) for line in found.lines if line.most is None and prices}
    return {what: price for what, price in hours.items() if price is not None}


def _canary(found: Checked) -> Iterator[str]:
    if found.standing is None:
        return
    yield ""
    shortest, longest = UPDATE_MINUTES
    updates = f"each update of the endpoint is taken to last {shortest:g} to {longest:g} minutes, as a guess"
    if (canary := found.has_canary) is None:
        yield f"Canary: none; a new model replaces the old one at once ({updates})"
        return
    yield f"Canary: {' -> '.join(str(weight) for weight in canary.step_weights)} % of the requests"
    for where in found.people:
        yield f"  a person is asked {where}: that time comes on top"
    if found.is_first:
        yield "  this release is the first: there is nothing to compare with, and it is not judged"
    if not found.forecasts:
        yield "  how long it takes depends on the requests: say --requests-per-minute 600"
        return
    for asked in found.forecasts:
        yield f"  at {asked.at}, {_share(found.error_rate)} of them failing:"
        if not asked.traffic.mean:
            yield "    no requests: no verdict, ever"
        else:
            yield from _forecast(canary, asked, found.error_rate)
    yield f"  {updates}; requests are made up, the judge is the real one"


def _forecast(canary: CanarySpec, asked: Asked, error_rate: float) -> Iterator[str]:
    good, bad = asked.good, asked.bad
    yield f"    as good as the baseline: promoted {_when(good)}"
    yield f"    {WORSE:g} times the errors: rolled back {_when(bad)}"
    if bad.promoted > canary.false_promotion:
        yield (
            f"    of these {_percent(bad.promoted)} would be promoted: {_share(error_rate * WORSE)} of errors is less "
            f"than max_error_rate, {_share(canary.max_error_rate)}"
            if error_rate * WORSE < canary.max_error_rate
            else f"    of these {_percent(bad.promoted)} would be promoted"
        )
    deadline = format_duration(canary.progress_deadline)
    said = f"    chance of a verdict within {deadline} at each step: {_percent(good.verdict)}"
    if good.requests < canary.min_requests:
        said += f"; min_requests is {canary.min_requests:,}, and in {deadline} it gets about {good.requests:,.0f}"
    yield f"{said}; without one: {canary.on_inconclusive} (of {good.runs} made up)"


def _when(forecast: Forecast) -> str:
    if math.isinf(forecast.median):
        share = max(forecast.promoted, forecast.rolled_back)
        return "in fewer than half of all cases" if share > 0 else "never"
    late = "more" if math.isinf(forecast.late) else _minutes(forecast.late)
    return f"after {_minutes(forecast.median)} (half of all), {late} (nine of ten)"


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _gate(gate: Sequence[Needed]) -> Iterator[str]:
    if not gate:
        return
    yield ""
    there = gate[0].there
    yield "Gate" + (f", on {there:,} test rows" if there is not None else "")
    for one in gate:
        yield f"  {one.condition}: {_needed(one)}"


def _needed(one: Needed) -> str:
    if one.rows is None:
        return f"sure to ±{one.reach:.3f} ({one.why})" if one.reach is not None else one.why
    if math.isinf(one.rows):
        return one.why
    enough = {True: "enough are there", False: "too few are there: a person may have to decide", None: ""}[one.suffices]
    said = f"{words.rows(one.rows)} test rows settle it"
    return f"{said}; {enough} ({one.why})" if enough else f"{said} ({one.why})"


def _table(rows: Sequence[Sequence[str]], *, right: bool = True) -> Iterator[str]:
    """Yield rows with their columns aligned; numbers stand to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [
            f"{cell:>{size}}" if right and place else f"{cell:<{size}}"
            for place, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        yield "\0".join(["  " + cells[0], *cells[1:]]).replace("\0", "  ").rstrip()


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} B"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"


def _percent(share: float) -> str:
    """Return a share of made-up runs, of which there are not enough for more digits."""
    return f"{100 * share:.0f} %"


def _hour(hours: float) -> str:
    return f"{_number(hours)} instance-hour{'' if hours == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
