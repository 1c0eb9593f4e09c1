"""What a drop would become: `prepare_data` and `start_training` themselves, on a yard that writes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yardmaster.aws.training_job import TrainingJobRequest
from yardmaster.aws.tuning_job import TuningJobRequest
from yardmaster.cli.dry_yard import VERSION, DryYard, OfflineError, tallies
from yardmaster.cli.upload import Plan
from yardmaster.flows import (
    history,
    marketplace,
    prepare_data,
    quotas,
    source_code,
    spec_in_force,
    spend,
    start_training,
)
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.history import Training
from yardmaster.flows.prepare_data import Invocation
from yardmaster.flows.scorings import scorings
from yardmaster.flows.shape import Shape, shape_of
from yardmaster.flows.start_training import Facts, Refuse, Skip, Start
from yardmaster.intake.columns import Columns
from yardmaster.intake.keys import MARKER_NAME
from yardmaster.records import Channel, DropKind, Problem, Release, Source, Stage
from yardmaster.rules import quotas as quota_rules
from yardmaster.rules.evaluating import conditions_of
from yardmaster.rules.gate.conditions import Condition
from yardmaster.rules.gate.needed import Rows
from yardmaster.rules.received import new_release
from yardmaster.rules.spend import Wait
from yardmaster.rules.testing import compared_releases
from yardmaster.rules.training import channels_of_job
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec

UNKNOWN_ID = "…"
"""Stands for the release's id, which only the upload decides."""
_FUNCTION = 15 * 60.0
"""Seconds that a function has. This machine's own speed says nothing of Lambda's, so the time never runs out here."""


@dataclass(frozen=True)
class ChannelSeen:
    """A channel: its rows (0 where nobody looks into them), bytes, rows by class, and rows that lack a value."""

    rows: int
    bytes: int
    classes: Mapping[str, int]
    gaps: int = 0


@dataclass(frozen=True)
class DropSeen:
    """What became of a drop.

    Attributes:
        name: What it is called: its file's or folder's name.
        release: The row, where it stands after the functions looked at it.
        refusals: Why it would be refused; the first is what the release would say. Empty if it would not.
        channels: By name; empty if it was refused before.
        features: How many numbers a row has besides the label; 0 if nobody looks at the rows.
        problem: What is predicted; empty if nobody looks at the rows.
        request: The job that it would start; None if there is none.
        said: What the release's history would say of that.
        notes: What a person should know besides.
        unchecked: What could not be looked up; empty if all was.
        tested: Whether a model of it is scored on test rows.
        conditions: What its gate asks, and the test rows that there would be with those of earlier drops.
    """

    name: str
    release: Release | None
    refusals: tuple[str, ...] = ()
    channels: Mapping[str, ChannelSeen] | None = None
    features: int = 0
    problem: str = ""
    request: TrainingJobRequest | TuningJobRequest | None = None
    said: str = ""
    notes: tuple[str, ...] = ()
    unchecked: str = ""
    tested: bool = False
    conditions: tuple[Condition, ...] = ()
    test: Rows | None = None


def try_drop(yard: DryYard, plan: Plan, path: Path, clock: Callable[[], float]) -> DropSeen:
    """Take a drop as far as the functions would, up to its job.

    Args:
        yard: Writes nothing; the drop's files lie in its bucket.
        plan: The drop.
        path: Where it is on this machine.
        clock: Returns the time.
    """
    notes = _notes(plan, path)
    said = prepare_data.drop(yard, plan.starts_with, VERSION, clock, Invocation("check", lambda: _FUNCTION))
    release = next((one for one in yard.table.releases_of(_model(plan)) if one.source.key == plan.starts_with), None)
    if release is None:
        return DropSeen(path.name, None, (said,), notes=notes)
    match release.stage:
        case Stage.PREPARED:
            return _prepared(yard, release, path.name, notes, clock())
        case Stage.UNCHANGED | Stage.TESTING:
            # Nothing is trained: these bytes were, or it is a model that somebody trained elsewhere.
            tested = release.stage is Stage.TESTING
            return DropSeen(path.name, release, said=release.reason, notes=notes, tested=tested)
        case _:
            return DropSeen(path.name, release, (release.reason,), notes=notes)


def try_spec(yard: DryYard, model: str, spec: Spec, baseline: Release | None, now: float) -> DropSeen:
    """Return what `start_training` would find wrong with a spec whatever the data.

    Args:
        yard: Writes nothing; what lies beside the spec is in its bucket.
        model: The model.
        spec: Its spec.
        baseline: The release in service; None if there is none.
        now: The time.
    """
    source = Source(yard.bucket.name, f"{model}/data/any.csv", VERSION, "any", DropKind.FILE)
    release = new_release("any", model, 1, source, now)
    unseen = _unseen_code(yard, model, spec)
    # What a job reads is not known, and nothing is said of it.
    channels = {name: Channel("", 0, 0) for name in profile_of(spec.algorithm).needed or ("train",)}
    try:
        code = None if unseen else source_code.gather(yard, model, spec)
        offer = marketplace.gather(yard, spec)
    except OfflineError as error:
        return DropSeen("", release, unchecked=str(error))
    serving = quotas.serving(yard, release, spec, baseline)
    facts = Facts(
        spec=spec,
        training=Training((release,), channels),
        shape=Shape(problem_of(spec) or Problem.NONE),
        bucket_region=yard.bucket.region(),
        baseline=baseline,
        code=code,
        offer=offer,
        quotas=quotas.known(yard, quota_rules.needs(spec, serving), now),
        serving=serving,
    )
    wrong = tuple(start_training.refusals(release, facts, channels, yard.settings))
    return DropSeen("", release, wrong, notes=(unseen,) if unseen else ())


def _unseen_code(yard: DryYard, model: str, spec: Spec) -> str:
    """Say that a script's code could not be looked at; empty if it was, or there is none."""
    script = source_code.script_of(spec)
    if script is None or yard.aws or yard.bucket.list(f"{model}/{script.source_dir.strip('/')}/"):
        return ""
    return f"algorithm.script.source_dir: {script.source_dir} is not beside the spec; it may be in the bucket already"


def _prepared(yard: DryYard, release: Release, name: str, notes: tuple[str, ...], now: float) -> DropSeen:
    spec = spec_in_force.pinned(yard, release)
    columns = read_columns(yard, release) if release.columns_uri is not None else None
    channels = _channels(yard, release, columns)
    prepared = release.reason
    shape = shape_of(yard, release, spec)
    test = _test_rows(yard, release, channels, spec)
    if unseen := _unseen_code(yard, release.model, spec):
        return DropSeen(name, release, (), channels, notes=notes, said=prepared, unchecked=unseen)
    try:
        release = history.pin(yard, release, spec, now)
        facts = start_training.gather(yard, release, spec, now)
    except OfflineError as error:
        return DropSeen(name, release, (), channels, notes=notes, said=prepared, unchecked=str(error))
    decided = start_training.decide(release, facts, yard.settings)
    job_channels = channels_of_job(spec, facts.training.channels)
    wrong = tuple(start_training.refusals(release, facts, job_channels, yard.settings))
    if isinstance(decided, Refuse) and decided.reason not in wrong:
        wrong = (*wrong, decided.reason)
    return DropSeen(
        name,
        release,
        wrong,
        channels,
        features=len(columns.features) if columns else 0,
        problem=columns.problem.value if columns else "",
        request=decided.request if isinstance(decided, Start) else None,
        said=f"{prepared}\n{decided.reason.replace(release.id, UNKNOWN_ID)}",
        notes=notes + _warnings(channels, columns, facts.training.drops) + _waits(yard, release, decided, now),
        tested=test is not None and bool(scorings(yard, release, spec, shape, None)),
        conditions=conditions_of(spec, shape.problem),
        test=test,
    )


def _test_rows(yard: DryYard, release: Release, channels: Mapping[str, ChannelSeen], spec: Spec) -> Rows | None:
    """Return the rows of the test channels that candidate and baseline would be scored on; None if there are none."""
    own = channels.get("test")
    tests = compared_releases(release, list(yard.table.releases_of(release.model)), spec.evaluate.test_on.last)
    if own is None or not own.rows:
        return None
    rows = sum(one.channels["test"].rows for one in tests)
    # Of earlier drops the classes were not kept: they are taken to have the same shares.
    return Rows(rows, {name: round(count * rows / own.rows) for name, count in own.classes.items()})


def _channels(yard: DryYard, release: Release, columns: Columns | None) -> dict[str, ChannelSeen]:
    counted = tallies(yard, release.attempt_folder)
    names = columns.classes if columns else ()
    found = {}
    for name, channel in release.channels.items():
        tally = counted.get(name)
        classes = {label: tally.labels[str(code).encode()] for code, label in enumerate(names)} if tally else {}
        found[name] = ChannelSeen(channel.rows, channel.bytes, classes, tally.gaps if tally and columns else 0)
    return found


RARE = 20
"""Fewer test rows of a class than this say little about it."""


def _warnings(
    channels: Mapping[str, ChannelSeen], columns: Columns | None, drops: tuple[Release, ...]
) -> tuple[str, ...]:
    found = []
    test = channels.get("test")
    if test and test.classes and (rare := [name for name, count in test.classes.items() if count < RARE]):
        counts = ", ".join(f"{name}: {test.classes[name]:,}" for name in rare)
        found.append(f"few test rows of a class ({counts}): the gate will hardly be able to tell two models apart")
    if columns and columns.missing == "keep" and (gaps := sum(one.gaps for one in channels.values())):
        share = gaps / max(sum(one.rows for one in channels.values()), 1)
        found.append(f"{gaps:,} rows ({share:.1%}) lack a value, and are kept (data.missing)".replace("%", " %"))
    if len(drops) > 1:
        found.append(f"trained on the rows of {len(drops)} drops (data.history)")
    return tuple(found)


def _waits(yard: DryYard, release: Release, decided: Start | Skip | Refuse, now: float) -> tuple[str, ...]:
    """Say that the job would wait for room, as things stand."""
    if not isinstance(decided, Start):
        return ()
    match spend.look(yard, start_training.room_for(release, decided.request), now):
        case Wait(subject, position):
            return (f"its job would wait now, at place {position} in the queue: {subject}, and that is full",)
        case _:
            return ()


def _notes(plan: Plan, path: Path) -> tuple[str, ...]:
    if not path.is_dir() or (path / MARKER_NAME).is_file():
        return ()
    return (
        f"the folder has no {MARKER_NAME}: `yardmaster drop` uploads one at last; with other tools upload an empty "
        f"{MARKER_NAME} after all parts, or nothing starts",
    )


def _model(plan: Plan) -> str:
    return plan.starts_with.partition("/")[0]
