"""The sweep: endpoints that nobody asks are stopped, those whose hours have begun are started.

What could be idle is asked of CloudWatch first, 500 variants with each call; only if some had no requests are endpoints
listed, a hundred with each call; only one that is idle is described. A busy endpoint is asked about once per window,
since what was found is remembered. One endpoint that can't be judged or stopped never ends the sweep, and what there is
no time for comes first in the next one.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from yardmaster.aws import endpoint_whole, idle_metrics
from yardmaster.aws.idle_metrics import LIFE, QUERIES, REQUESTS, Datapoints, Metric, Variant
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows import stop_endpoint
from yardmaster.flows.endpoint_command import obey
from yardmaster.flows.endpoint_rows import tell
from yardmaster.flows.publish import wake_endpoints
from yardmaster.flows.stop_endpoint import Order
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, ListedEndpoint, Model
from yardmaster.rules import idle, sleep
from yardmaster.rules.commands import EndpointCommand
from yardmaster.rules.endpoint_command import stop_refusal
from yardmaster.rules.idle import Ask, AskLife, Busy, Candidate, Idle, Leave, Rest, Series, Start, Stop, Unknown
from yardmaster.rules.queue import HOLDING
from yardmaster.rules.sleep import Found

log = logging.getLogger(__name__)

BUDGET = 240.0
"""Seconds after which a sweep begins nothing new; the function has five minutes."""


@dataclass
class Sweep:
    """What one sweep did."""

    opted_in: int = 0
    asked: int = 0
    stopped: int = 0
    started: int = 0
    left: int = 0
    failed: int = 0
    unfinished: int = 0
    looks: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, int]:
        """Return the figures."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}


def run(yard: Yard, clock: Callable[[], float]) -> dict[str, int]:
    """Stop what is idle or outside its hours, start what is inside; return the figures of it."""
    began, sweep = clock(), Sweep()

    def in_time() -> bool:
        return clock() - began < BUDGET

    models, unknown = yard.table.readable_models()
    rests = {rest.endpoint: (rest, model) for model in models if (rest := Rest.from_dict(model.idle)) is not None}
    tagged = yard.settings.stop_tagged_endpoints != "no"
    before = yard.table.get_looks() if rests else {}
    # Where all is remembered, nobody's row is read.
    open_ = {name: one for name, one in rests.items() if idle.is_open_question(one[0], before.get(name, 0.0), began)}
    found: list[Candidate] = []
    if open_:
        rows, more = yard.table.readable_endpoints()
        unknown += more
        found = list(_of_specs(rows, open_))
    for said in unknown:
        log.error("%s", said)
        sweep.failed += 1
    if tagged:
        # Most stacks have nothing to do with endpoints of others.
        from yardmaster.flows import tagged_endpoints

        try:
            found += tagged_endpoints.candidates(yard)
        except Exception:
            log.exception("tagged endpoints could not be found: the next sweep tries again")
            sweep.failed += 1
    sweep.opted_in, sweep.left = len(rests), len(rests) - len(open_)
    if not found:
        return sweep.summary()
    before = before or yard.table.get_looks()
    kept = rests.keys() | {one.row.name for one in found}
    sweep.looks = {name: at for name, at in before.items() if name in kept}
    _sweep(yard, found, sweep, clock, in_time)
    yard.table.save_looks(sweep.looks, before)
    return sweep.summary()


def command(yard: Yard, asked: EndpointCommand, clock: Callable[[], float]) -> str:
    """Stop an endpoint on a person's word, or say why not; return what became of it."""

    def change(row: Endpoint, now: float) -> None:
        if row.state in {"stopping", "stopped"}:
            return
        holder = yard.table.get_release(row.holder) if row.holder else None
        held = holder.title if holder is not None and holder.stage in HOLDING else None
        if wrong := stop_refusal(row, held):
            raise RefusedError(wrong)
        model = yard.table.get_model(row.model) if row.model else None
        hours = idle.hours_of(model.idle) if model else None
        until = idle.holds_until(hours, now, running=False)
        stop_endpoint.begin(yard, row, Order(asked.said, asked.by, asked.id, until), clock)

    row = obey(yard, asked, change, clock)
    return row if isinstance(row, str) else f"endpoint {row.name} is {row.state or 'in service'}: {row.reason}"


def _of_specs(rows: Iterable[Endpoint], rests: Mapping[str, tuple[Rest, Model]]) -> Iterator[Candidate]:
    for row in rows:
        rest, model = rests.get(row.name, (None, None))
        # Another model may name the endpoint too: its releases are refused, and so is this.
        if rest is None or model is None or model.name != row.model or row.shared:
            continue
        yield Candidate(row, rest, tuple(row.weights))


def _sweep(
    yard: Yard, found: list[Candidate], sweep: Sweep, clock: Callable[[], float], in_time: Callable[[], bool]
) -> None:
    now = clock()
    asking, stopping = _wished(yard, found, sweep, now)
    # Who waited longest goes first: what a sweep has no time for, the next one begins with.
    asking.sort(key=lambda one: sweep.looks.get(one.row.name, 0.0))
    quiet, asked = _asked(yard, asking, sweep, now, in_time)
    if not (quiet or stopping):
        return
    listed = _listed(yard, {one.row.name for one in (*quiet, *stopping)})
    ready = [one for one in stopping if _is_there(one, listed, sweep, now)]
    silent = [one for one in quiet if _is_there(one, listed, sweep, now)]
    for one in (*ready, *_idle(yard, silent, asked, sweep, now, in_time)):
        if in_time():
            _try_to_stop(yard, one, sweep, clock)
        else:
            sweep.unfinished += 1


def _wished(
    yard: Yard, found: Iterable[Candidate], sweep: Sweep, now: float
) -> tuple[list[Candidate], list[Candidate]]:
    """Start what is to be started; return who is to be asked about, and who is to be stopped."""
    asking: list[Candidate] = []
    stopping: list[Candidate] = []
    for one in found:
        try:
            match idle.wish(one.rest, one.row, sweep.looks.get(one.row.name, 0.0), now):
                case Start(reason):
                    _start(yard, one.row, reason, now)
                    sweep.started += 1
                case Stop(reason):
                    stopping.append(replace(one, reason=reason))
                case Ask(begin):
                    asking.append(replace(one, begin=begin))
                case Leave():
                    sweep.left += 1
        except Exception:
            _failed(one, sweep)
    return asking, stopping


def _try_to_stop(yard: Yard, one: Candidate, sweep: Sweep, clock: Callable[[], float]) -> None:
    try:
        _stop(yard, one, sweep, clock)
    except ConflictError as error:
        log.info("endpoint %s: %s", one.row.name, error)
        sweep.left += 1
    except Exception:
        _failed(one, sweep)


def _failed(one: Candidate, sweep: Sweep) -> None:
    log.exception("endpoint %s: the next sweep tries again", one.row.name)
    sweep.failed += 1


@dataclass(frozen=True)
class _Answers:
    """What CloudWatch said: by metric, the datapoints of each variant; and the window of each endpoint."""

    requests: dict[Variant, Datapoints]
    windows: dict[str, idle.Window]


def _asked(
    yard: Yard, asking: Sequence[Candidate], sweep: Sweep, now: float, in_time: Callable[[], bool]
) -> tuple[list[Candidate], _Answers]:
    """Ask for the requests of all; remember who is busy, and return those of whom none is known."""
    quiet: list[Candidate] = []
    answers = _Answers({}, {})
    for batch in _batches(asking):
        if not in_time():
            sweep.unfinished += len(batch)
            continue
        try:
            window = idle.window(min(one.begin for one in batch), now)
            answers.requests.update(_read(yard, REQUESTS, batch, window))
        except Exception:
            log.exception("metrics of %d endpoints could not be read: the next sweep tries again", len(batch))
            sweep.failed += len(batch)
            continue
        sweep.asked += len(batch)
        for one in batch:
            # All of a batch are asked from one time on; each is judged by its own window.
            answers.windows[one.row.name] = own = replace(
                window,
                begin=one.begin,
                start=window.start + (one.begin - window.start) // window.period * window.period,
            )
            match _judged(one, answers.requests, {}, own, now):
                case Busy(until):
                    sweep.looks[one.row.name] = until
                    sweep.left += 1
                case _:
                    quiet.append(one)
    return quiet, answers


def _batches(asking: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """Yield endpoints in groups of at most 500 variants, those of one endpoint together."""
    batch: list[Candidate] = []
    size = 0
    for one in asking:
        count = max(len(one.variants), 1)
        if batch and size + count > QUERIES:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += count
    if batch:
        yield batch


def _read(yard: Yard, metric: Metric, batch: Iterable[Candidate], window: idle.Window) -> dict[Variant, Datapoints]:
    variants = [(one.row.name, name) for one in batch for name in one.variants]
    if not variants:
        return {}
    return idle_metrics.read(yard.cloudwatch, metric, variants, window.start, window.end, window.period)


def _judged(
    one: Candidate,
    requests: Mapping[Variant, Datapoints],
    life: Mapping[Variant, Datapoints],
    window: idle.Window,
    now: float,
) -> Idle | Busy | AskLife | Unknown:
    def series(found: Mapping[Variant, Datapoints]) -> dict[str, Series]:
        keys = [(one.row.name, name) for name in one.variants]
        return {
            name: Series({at: value for at, value in points.values.items() if at >= window.start}, points.complete)
            for endpoint, name in keys
            if (points := found.get((endpoint, name))) is not None
        }

    return idle.judge(series(requests), series(life), window, now)


def _listed(yard: Yard, names: set[str]) -> dict[str, ListedEndpoint]:
    """Return these endpoints as SageMaker lists them; those that are not there are absent."""
    wanted = {name.lower() for name in names}
    found: dict[str, ListedEndpoint] = {}
    for one in endpoint_whole.list_all(yard.sagemaker):
        if one.name.lower() in wanted:
            found[one.name.lower()] = one
            if len(found) == len(wanted):
                break
    return found


def _is_there(one: Candidate, listed: Mapping[str, ListedEndpoint], sweep: Sweep, now: float) -> bool:
    """Say whether an endpoint is in service, and as it is for long enough; if not, when to ask again is remembered."""
    there = listed.get(one.row.name.lower())
    if there is not None and there.status == "InService":
        new = idle.too_new(one.begin, there.created, there.modified) if one.begin else None
        if new is None:
            return True
        sweep.looks[one.row.name] = max(there.created, there.modified)
    elif one.begin:
        sweep.looks[one.row.name] = one.begin + idle.ASK_AGAIN
    sweep.left += 1
    return False


def _idle(
    yard: Yard,
    silent: Sequence[Candidate],
    asked: _Answers,
    sweep: Sweep,
    now: float,
    in_time: Callable[[], bool],
) -> Iterator[Candidate]:
    """Yield the endpoints that are idle; those of whom not even that is known are asked about again later."""
    first = {one.row.name: _judged(one, asked.requests, {}, asked.windows[one.row.name], now) for one in silent}
    unseen = [one for one in silent if isinstance(first[one.row.name], AskLife)]
    life: dict[Variant, Datapoints] = {}
    for batch in _batches(unseen):
        if not in_time():
            break
        windows = [asked.windows[one.row.name] for one in batch]
        widest = replace(windows[0], start=min(each.start for each in windows), period=max(w.period for w in windows))
        try:
            life.update(_read(yard, LIFE, batch, widest))
        except Exception:
            log.exception("metrics of %d endpoints could not be read: the next sweep tries again", len(batch))
            sweep.failed += len(batch)
    for one in silent:
        match _judged(one, asked.requests, life, asked.windows[one.row.name], now):
            case Idle(reason):
                yield replace(one, reason=reason)
            case Unknown(reason):
                log.warning("endpoint %s: left alone: %s", one.row.name, reason)
                sweep.looks[one.row.name] = one.begin + idle.ASK_AGAIN
                sweep.left += 1
            case AskLife():
                sweep.unfinished += 1
            case Busy(until):
                sweep.looks[one.row.name] = until
                sweep.left += 1


def _stop(yard: Yard, one: Candidate, sweep: Sweep, clock: Callable[[], float]) -> None:
    now = clock()
    if one.dry:
        from yardmaster.flows import tagged_endpoints

        tagged_endpoints.say_only(yard, one.row, one.reason)
        sweep.looks[one.row.name] = now + tagged_endpoints.SAY_AGAIN - (one.rest.stop_after or 0)
        sweep.left += 1
        return
    if one.row.model:
        release = next(
            (each for each in yard.table.releases_of(one.row.model, stages=idle.NEEDED_IN) if idle.needs_it(each)), None
        )
        if release is not None:
            log.info("endpoint %s: left alone: %s needs it (%s)", one.row.name, release.title, release.stage.value)
            sweep.left += 1
            return
    until = idle.holds_until(one.rest.hours, now, running=False)
    order = Order(one.reason, holds_until=until, still_idle=_still_idle(yard, one, clock) if one.begin else None)
    try:
        stop_endpoint.begin(yard, one.row, order, clock)
        sweep.stopped += 1
    except RefusedError as error:
        log.warning("endpoint %s: left alone: %s", one.row.name, error)
        sweep.looks[one.row.name] = (one.begin or now) + idle.ASK_AGAIN
        sweep.left += 1


def _still_idle(yard: Yard, one: Candidate, clock: Callable[[], float]) -> stop_endpoint.StillIdle:
    """Return what asks once more, of the variants that the endpoint really has, whether there was a request."""

    def ask(found: Found) -> str | None:
        now = clock()
        window = idle.window(one.begin, now)
        really = replace(one, variants=tuple(variant.name for variant in found.variants))
        requests = _read(yard, REQUESTS, [really], window)
        verdict = _judged(really, requests, {}, window, now)
        if isinstance(verdict, AskLife):
            verdict = _judged(really, requests, _read(yard, LIFE, [really], window), window, now)
        return None if isinstance(verdict, Idle) else str(getattr(verdict, "reason", "it can't be told"))

    return ask


def _start(yard: Yard, row: Endpoint, reason: str, now: float) -> None:
    starting = replace(sleep.entered(row, "starting", reason, "", now), failed="", due=now, holds_until=0.0)
    try:
        saved = yard.table.save_endpoint(starting)
    except ConflictError:
        return  # Somebody else was first: the next sweep looks again.
    tell(yard, saved)
    wake_endpoints(yard, [saved])


def go_on(yard: Yard, name: str, clock: Callable[[], float]) -> str:
    """Look at an endpoint that is being stopped; return what became of it."""
    return stop_endpoint.go_on(yard, name, clock)
