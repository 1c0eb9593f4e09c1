"""`yardmaster check`: what a spec and a data file would do, before a cent is spent.

Nothing is written anywhere. The drop goes through the functions' own flows on a yard that keeps nothing (`dry_yard`),
so what is said here is what they will say. Without `--model` nothing but this machine is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yardmaster.cli import check_canary, check_jobs, check_log, check_model, check_place, check_prices, check_report
from yardmaster.cli.check_drop import DropSeen, try_drop, try_spec
from yardmaster.cli.check_model import ModelSeen
from yardmaster.cli.check_place import Place
from yardmaster.cli.check_report import Checked, DropChecked
from yardmaster.cli.files import read_file
from yardmaster.cli.follow import Terminal
from yardmaster.cli.upload import NotADropError, check_model_name, plan_drops
from yardmaster.rules.bill import standing
from yardmaster.rules.evaluating import conditions_of
from yardmaster.rules.gate.needed import Needed, needed
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec

NO, UNKNOWN = 1, 2
"""The exit codes if something would be refused, and if something could not be looked up."""
NAMELESS = "model"
"""What a model is called that has no name yet."""


@dataclass(frozen=True)
class Question:
    """What is asked: `spec` and, if given, the rest; `model` looks at the stack of this name, unless `offline`."""

    spec: Path
    data: tuple[Path, ...] = ()
    log: Path | None = None
    stack: str = "yardmaster"
    model: str | None = None
    offline: bool = False
    prices: Path | None = None
    rate: float | None = None
    error_rate: float = 0.001
    as_json: bool = False


def check(terminal: Terminal, asked: Question) -> int:
    """Say all that a spec and its data would do, and all that is wrong; return the exit code.

    Raises:
        UsageError: A file can't be read, or there is no such stack.
        RefusedError: The price table that was named is none.
    """
    found = look(asked, terminal.clock())
    if asked.as_json:
        terminal.say(check_report.as_json(found))
    else:
        for line in check_report.as_text(found, terminal.out.width):
            terminal.say(line)
    return found.code


def look(asked: Question, now: float) -> Checked:
    """Return everything that is to be said.

    Raises:
        UsageError: As `check`.
        RefusedError: As `check`.
    """
    model = asked.model or NAMELESS
    check_model_name(model)
    raw = read_file(asked.spec)
    try:
        spec = parse_spec(raw)
    except SpecError as error:
        return Checked(str(asked.spec), model, refusals=(str(error),), code=NO)
    online = asked.model is not None and not asked.offline
    place = check_place.in_stack(asked.stack) if online else check_place.offline()
    seen = check_model.look(place, model, spec, now)
    table = check_prices.find(asked.prices, asked.spec, place, place.settings.region if online else None, now)
    drops = _drops(place, asked, spec, raw, model, seen, now)
    alone = try_spec(place.yard(check_place.beside(asked.spec, raw, spec, model)), model, spec, seen.in_service, now)
    log = _log(spec, asked)
    good = [one for one in drops if not one.seen.refusals]
    said = {refusal for one in drops for refusal in one.seen.refusals}
    return Checked(
        spec=str(asked.spec),
        model=model,
        refusals=() if good else tuple(one for one in alone.refusals if one not in said),
        drops=drops,
        lines=good[-1].lines if good else () if drops else tuple(check_jobs.lines(place, model, spec, seen, None)),
        standing=standing(spec, model, seen.instances),
        has_canary=check_canary.canary_of(spec),
        people=_people(spec),
        is_first=None if place.is_offline else seen.instances is None,
        forecasts=tuple(check_canary.forecasts(spec, seen, asked.rate, asked.error_rate)),
        error_rate=asked.error_rate,
        gate=_gate(spec, good[-1].seen, seen) if good else () if drops else _gate(spec, None, seen),
        table=table,
        log=log,
        unknown=tuple(dict.fromkeys((*place.unknown, *alone.notes, *_unknown(place, drops, alone)))),
        code=_code(drops, alone, log),
    )


def _drops(
    place: Place, asked: Question, spec: Spec, raw: bytes, model: str, seen: ModelSeen, now: float
) -> tuple[DropChecked, ...]:
    """Take each drop through the functions, the later ones knowing the earlier."""
    plans = []
    found = []
    objects = check_place.beside(asked.spec, raw, spec, model)
    for path in asked.data:
        try:
            plans += [(path, plan) for plan in plan_drops([path], model, None)]
        except NotADropError as error:
            found.append(DropChecked(DropSeen(path.name, None, (str(error),)), ()))
    for _, plan in plans:
        objects |= {key: file for file, key in plan.files}
        objects.setdefault(plan.starts_with, b"")
    yard = place.yard(objects)
    for path, plan in plans:
        drop = try_drop(yard, plan, path, lambda: now)
        found.append(DropChecked(drop, tuple(check_jobs.lines(place, model, spec, seen, drop))))
    return tuple(found)


def _gate(spec: Spec, drop: DropSeen | None, seen: ModelSeen) -> tuple[Needed, ...]:
    if drop is not None:
        return tuple(needed(one, drop.test, seen.compared.get(one.metric)) for one in drop.conditions if drop.test)
    problem = problem_of(spec)
    conditions = conditions_of(spec, problem) if problem is not None else ()
    return tuple(needed(one, None, seen.compared.get(one.metric)) for one in conditions)


def _unknown(place: Place, drops: Sequence[DropChecked], alone: DropSeen) -> list[str]:
    found = [alone.unchecked] if alone.unchecked else []
    if place.is_offline and drops:
        found.append("rows go to channels by the bucket's name, too: there the counts differ a little")
    return found


def _people(spec: Spec) -> tuple[str, ...]:
    """Say where a release waits for a person, however long that takes."""
    found = []
    if spec.registration.approval_status == "PendingManualApproval":
        found.append("before it is deployed (register.approval_status)")
    canary = check_canary.canary_of(spec)
    if canary is not None and "promotion" in canary.confirm:
        found.append("before it gets most of the requests (confirm)")
    return tuple(found)


def _log(spec: Spec, asked: Question) -> tuple[tuple[str, bool], ...]:
    if asked.log is None:
        return ()
    if not spec.train.metric_definitions:
        return ((check_log.BUILT_IN, False),)
    return tuple(check_log.try_metrics(spec.train.metric_definitions, read_file(asked.log)))


def _code(drops: Sequence[DropChecked], alone: DropSeen, log: Sequence[tuple[str, bool]]) -> int:
    all_seen = [one.seen for one in drops] or [alone]
    if any(one.refusals for one in all_seen) or any(wrong for _, wrong in log):
        return NO
    return UNKNOWN if any(one.unchecked for one in all_seen) else 0
