"""P8 and P9 of the performance goals: what one release asks of AWS, counted on local AWS, and what that would cost.

    python -m benchmarks.calls [--full]

Some ticks of a stack in which nothing happens; then a first release and a promotion under traffic, twice: on the
virtual clock (`virtual`), where the calls of the functions are counted by service and operation, and on local AWS (the
flights of January and February, real training, real HTTP; a minute takes 1.5 s), where the processor's seconds of an
invocation and of a start are measured. What was counted there is told beside it. Prices are pinned in prices.json, and
how durations are modelled is told in pricing.py. Prints one JSON object.

The canary of the virtual clock sees 1,200 requests a minute. With less traffic it is looked at more often.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import pricing, virtual
from benchmarks.goals import measured
from benchmarks.pricing import Function, Line, Period
from benchmarks.virtual import Played
from examples.demo import flights
from examples.demo.stage import Stage
from examples.demo.traffic import Traffic
from local_aws.template.sam import translate
from yardmaster.flows.wake_releases import SEARCH_EVERY, SEARCH_FOR

MINUTE, IDLE_MINUTE = 1.5, 0.25
"""Real seconds of a virtual minute: with less in the story, functions that take their time look like ones that hang."""
TEMPLATE = Path("template.yaml")
TICKS, TICKS_FULL = 3, 100
"""How many ticks of each kind are watched."""
CANARY = "{step_weights: [50, 100], min_requests: 45, max_error_rate: 0.1}"
"""One step instead of two: what an invocation takes is the same, and a benchmark's reader waits less."""
PATIENCE = 120.0
ENDED = {"live", "refused", "rejected", "rolled_back", "inconclusive", "failed"}
ROWS = 500
SCHEDULED = "wake-releases"
"""The function that each tick wakes."""
SWEEPING, SWEEP_MINUTES = "stop-idle-endpoints", 5
"""The function that sweeps over idle endpoints, and how often."""
SCHEDULED_EVENT = b'{"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}'


@dataclass(frozen=True)
class Mark:
    """A moment: what was used until then, and what the functions had logged."""

    usage: dict[str, Any]
    log_lines: int
    log_bytes: int


@dataclass(frozen=True)
class Counted:
    """What was used on local AWS in each part, and the second release as it ended."""

    first: Period
    promotion: Period
    release: dict[str, Any]


def main() -> None:
    """Count, price, and print."""
    parser = argparse.ArgumentParser(description="Calls and cost of one promotion, counted on local AWS")
    parser.add_argument("--full", action="store_true", help="watch a hundred ticks of each kind instead of three")
    options = parser.parse_args()
    functions = functions_of(TEMPLATE)
    with tempfile.TemporaryDirectory() as folder:
        tick, sweep = watch_idle(Path(folder) / "idle", functions, TICKS_FULL if options.full else TICKS)
        counted = count(Path(folder) / "story", functions)
    print(json.dumps(report(virtual.play(), counted, tick, sweep, functions), indent=1))


def functions_of(template: Path) -> dict[str, Function]:
    """Return the template's functions by name, as local AWS deploys them."""
    resources = translate(template).document["Resources"]
    found = (one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::Function")
    return {one.name: one for one in map(_function, found)}


def _function(properties: Mapping[str, Any]) -> Function:
    name = properties["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", "yardmaster")
    return Function(name, properties["MemorySize"], properties["TracingConfig"]["Mode"] == "Active")


def watch_idle(folder: Path, functions: Mapping[str, Function], times: int) -> tuple[list[Line], list[Line]]:
    """Return the bills of an average tick, and of an average sweep, with nothing to do.

    Some ticks search for approvals, most don't.
    """
    folder.mkdir()
    stage = Stage(folder, IDLE_MINUTE)
    try:
        stage.wait_until_ready()
        for rule in (f"{SCHEDULED}-tick", f"{SWEEPING}-sweep"):
            stage.client("events").disable_rule(Name=f"yardmaster-{rule}")
        sweeps = [swept(stage, folder, functions) for _ in range(times + 1)][1:]  # the first one makes clients
        searching, others = ticks_of_both_kinds(stage, folder, functions, times)
    finally:
        stage.stop()
    share = SEARCH_FOR / SEARCH_EVERY
    return mean(functions, (share, searching), (1 - share, others)), mean(functions, (1.0, sweeps))


def swept(stage: Stage, folder: Path, functions: Mapping[str, Function]) -> Period:
    """Return what one sweep over idle endpoints uses, where no spec asks for one."""
    before = mark(stage, folder)
    stage.client("lambda").invoke(FunctionName=f"yardmaster-{SWEEPING}", Payload=SCHEDULED_EVENT)
    return part(before, mark(stage, folder), functions)


def mean(functions: Mapping[str, Function], *kinds: tuple[float, list[Period]]) -> list[Line]:
    """Return the bill of an average run, given how often each kind of run comes, and some of each."""
    weighted = [
        [_scaled(line, weight / len(runs)) for line in pricing.bill(run, functions)]
        for weight, runs in kinds
        for run in runs
    ]
    return [
        replace(lines[0], amount=sum(line.amount for line in lines), usd=sum(line.usd for line in lines))
        for lines in zip(*weighted, strict=True)
    ]


def ticks_of_both_kinds(
    stage: Stage, folder: Path, functions: Mapping[str, Function], times: int
) -> tuple[list[Period], list[Period]]:
    """Make ticks until there are enough that search and that don't; the first of each makes clients: left out."""
    searching: list[Period] = []
    others: list[Period] = []

    def tick() -> bool:
        before = mark(stage, folder)
        stage.client("lambda").invoke(FunctionName=f"yardmaster-{SCHEDULED}", Payload=b'{"detail": {}}')
        used = part(before, mark(stage, folder), functions)
        (searching if used.count("sagemaker", "Search") else others).append(used)
        return min(len(searching), len(others)) > times

    until(tick, f"there were no {times} ticks of each kind", pause=0.0)
    return searching[1:], others[1:]


def count(folder: Path, functions: Iterable[str]) -> Counted:
    """Play the story on local AWS and return what each part used."""
    (folder / "data").mkdir(parents=True)
    january, february, *_ = flights.acts(folder / "data")
    stage = Stage(folder, MINUTE)
    traffic = None
    try:
        stage.wait_until_ready()
        put(stage, f"{flights.MODEL}/spec.yaml", spec().encode())
        marks = [mark(stage, folder)]
        put(stage, f"{flights.MODEL}/data/{january.file.name}", january.file.read_bytes())
        live(stage, 1)
        marks.append(mark(stage, folder))
        traffic = Traffic(stage.client("sagemaker-runtime"), flights.MODEL, test_rows(stage))
        put(stage, f"{flights.MODEL}/data/{february.file.name}", february.file.read_bytes())
        release = live(stage, 2)
        marks.append(mark(stage, folder))
    finally:
        if traffic:
            traffic.stop()
        stage.stop()
    first, promotion = (part(before, after, functions) for before, after in pairwise(marks))
    return Counted(first, promotion, release)


def spec() -> str:
    """Return the demo's spec with this story's canary."""
    before, _, after = flights.SPEC.partition("canary: ")
    return f"{before}canary: {CANARY}\n{after.partition('}')[2]}"


def put(stage: Stage, key: str, body: bytes) -> None:
    """Upload an object."""
    stage.client("s3").put_object(Bucket=stage.outputs["BucketName"], Key=key, Body=body)


def live(stage: Stage, number: int) -> dict[str, Any]:
    """Wait until a release is live; say yes where it asks a person."""
    approved = False

    def look() -> dict[str, Any] | None:
        nonlocal approved
        release = next((one for one in stage.releases() if one["number"] == number), None)
        if release and not approved and (release["waiting_for"] or {}).get("kind") == "approval":
            approved = True
            stage.approve(release, "the benchmark goes on")
        return release if release and release["stage"] in ENDED else None

    try:
        found: dict[str, Any] = until(look, f"release {number} did not end")
    except TimeoutError as error:
        error.add_note(json.dumps(stage.releases()))
        raise
    if found["stage"] != "live":
        raise RuntimeError(f"release {number} is {found['stage']}: {found['reason']}")
    return found


def until(look: Callable[[], Any], complaint: str, pause: float = 0.1) -> Any:
    """Return what a question answers, once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{complaint} within {PATIENCE:g} s")
        time.sleep(pause)
    return answer


def test_rows(stage: Stage) -> list[bytes]:
    """Return rows of the first release as its endpoint takes them."""
    s3, bucket = stage.client("s3"), stage.outputs["BucketName"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{flights.MODEL}/releases/0001-")["Contents"]
    key = next(item["Key"] for item in found if "/channels/test/" in item["Key"])
    lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
    return [line.partition(b",")[2] for line in lines[:ROWS]]


def mark(stage: Stage, folder: Path) -> Mark:
    """Return this moment."""
    # Lambda's own reports are left out: they are of level INFO, and the template's SystemLogLevel is WARN.
    lines = [
        line
        for path in (folder / "logs").glob("*.log")
        for line in path.read_bytes().splitlines()
        if b'"platform.report"' not in line
    ]
    return Mark(stage.get("/_local/usage"), len(lines), sum(map(len, lines)))


def part(before: Mark, after: Mark, functions: Iterable[str]) -> Period:
    """Return what the functions used between two moments."""
    used = pricing.between(before.usage, after.usage, functions)
    return replace(used, log_lines=after.log_lines - before.log_lines, log_bytes=after.log_bytes - before.log_bytes)


def report(
    played: Played, wire: Counted, tick: list[Line], sweep: list[Line], functions: Mapping[str, Function]
) -> dict[str, Any]:
    """Return the goals, by the calls of the virtual clock and the seconds of the wire, and the details of both."""
    ticking = {name for name in functions if name.endswith(SCHEDULED)}
    minutes = pricing.assumed("minutes_a_month")
    ticks_month, sweeps_month = (
        [_scaled(line, minutes / every) for line in lines] for every, lines in ((1, tick), (SWEEP_MINUTES, sweep))
    )
    month = [
        replace(one, amount=one.amount + other.amount, usd=one.usd + other.usd)
        for one, other in zip(ticks_month, sweeps_month, strict=True)
    ]
    starts = start_seconds((wire.first, wire.promotion))
    both = (timed(played.first, wire), timed(played.promotion, wire))
    first, promotion = (_without_ticks(used, functions, starts, tick, ticking) for used in both)
    asked = sagemaker_calls(played.promotion, ticking)
    ticks = ticks_with_endpoint(asdict(played.release))
    return {
        "benchmark": "calls",
        "goals": [
            measured("calls.sagemaker", sum(asked.values()) - asked["DescribeEndpoint"]),
            measured("calls.polls", polls(asked)),
            measured("calls.describes", round(asked["DescribeEndpoint"] / ticks, 2)),
            measured("calls.promotion", float(f"{pricing.total(promotion):.3g}")),
            measured("calls.month", float(f"{pricing.total(month):.3g}")),
        ],
        "notes": [
            *notes(asked, first, promotion, month),
            of_a_batch(batch_calls(played.batch)),
            on_the_wire(wire, functions, starts, tick, ticking),
        ],
        "batch_calls": dict(batch_calls(played.batch)),
        "sagemaker_calls": dict(asked),
        "ticks_with_endpoint": ticks,
        "first_release": _details(both[0], first, functions),
        "promotion": _details(both[1], promotion, functions),
        "wire": {
            name: _details(used, _without_ticks(used, functions, starts, tick, ticking), functions)
            for name, used in (("first_release", wire.first), ("promotion", wire.promotion))
        },
        "month": {
            "usd": pricing.total(month),
            "ticks_usd": pricing.total(ticks_month),
            "sweeps_usd": pricing.total(sweeps_month),
            "bill": [asdict(line) for line in month],
        },
        "connect_cpu_seconds": round(pricing.connect_seconds(), 4),
        "authorities_cpu_seconds": round(pricing.authorities_seconds(), 4),
    }


def timed(counted: Period, wire: Counted) -> Period:
    """Return counted calls with what the wire knows: the processor's seconds of an average invocation, and the log."""
    runs = {
        name: {**one, "cpu_seconds": one["invocations"] * _seconds_each(name, wire)}
        for name, one in counted.functions.items()
    }
    return replace(counted, functions=runs, log_lines=wire.promotion.log_lines, log_bytes=wire.promotion.log_bytes)


def _seconds_each(function: str, wire: Counted) -> float:
    """Return the processor's seconds of one invocation; raises where the wire never made one."""
    runs = [period.functions[function] for period in (wire.first, wire.promotion) if function in period.functions]
    return float(sum(one["cpu_seconds"] for one in runs) / sum(one["invocations"] for one in runs))


def on_the_wire(
    wire: Counted,
    functions: Mapping[str, Function],
    starts: Mapping[str, float],
    tick: list[Line],
    ticking: set[str],
) -> str:
    """Return what was counted on local AWS, in a sentence."""
    asked = sagemaker_calls(wire.promotion, ticking)
    usd = pricing.total(_without_ticks(wire.promotion, functions, starts, tick, ticking))
    return (
        f"with one step on the wire, where a minute takes {MINUTE:g} s and ticks overtake slow functions: "
        f"{sum(asked.values()) - asked['DescribeEndpoint']} calls of SageMaker besides DescribeEndpoint, "
        f"{polls(asked)} looks too many at jobs, ${usd:.5f}"
    )


def sagemaker_calls(period: Period, ticking: Iterable[str]) -> Counter[str]:
    """Return the SageMaker calls by operation, without those of the ticks: they come whether there is work or not."""
    found: Counter[str] = Counter()
    for row in period.calls:
        if row["service"] == "sagemaker" and row["caller"] not in set(ticking):
            found[row["operation"]] += row["calls"]
    return found


def batch_calls(period: Period) -> Counter[str]:
    """Return the calls of run_batch_transform by service and operation: those of a batch from upload to results."""
    found: Counter[str] = Counter()
    for row in period.calls:
        if row["caller"] == virtual.deployed("run_batch_transform"):
            found[f"{row['service']}:{row['operation']}"] += row["calls"]
    return found


def of_a_batch(calls: Counter[str]) -> str:
    """Return what a batch of one file asks of AWS, in a sentence."""
    of_sagemaker = sum(count for name, count in calls.items() if name.startswith("sagemaker:"))
    return f"a batch of predictions of one file: {calls.total()} calls, {of_sagemaker} of them of SageMaker"


def polls(asked: Mapping[str, int]) -> int:
    """Return how many looks at jobs there were beyond those that are needed.

    One at each job when it has ended; the training job is read again for its artifact, and for its figures.
    """
    needed = 3 * asked["CreateTrainingJob"] + asked["CreateTransformJob"]
    looks = sum(count for name, count in asked.items() if name.startswith("Describe") and name.endswith("Job"))
    return looks - needed


def ticks_with_endpoint(release: Mapping[str, Any]) -> int:
    """Return the ticks while a release held its endpoint, from the one of its first minute to that of its last."""
    reached = {step["stage"]: step["at"] for step in reversed(release["history"])}
    return int(reached["live"] // 60 - reached["deploying"] // 60) + 1


def notes(asked: Mapping[str, int], first: list[Line], promotion: list[Line], month: list[Line]) -> list[str]:
    """Return what a reader of the table wants to know besides."""
    dearest = sorted(promotion, key=lambda line: -line.usd)[:3]
    return [
        "SageMaker calls of a promotion: " + ", ".join(f"{name} {count}" for name, count in sorted(asked.items())),
        f"a first release ${pricing.total(first):.5f}, a promotion ${pricing.total(promotion):.5f}: "
        + ", ".join(f"{line.what} ${line.usd:.5f}" for line in dearest),
        f"idle ${pricing.total(month):.3f} a month: "
        + ", ".join(f"{line.what} ${line.usd:.4f}" for line in month if line.usd >= 0.0005),
        f"apart, by choice: the dashboard ${pricing.price('dashboard_month'):.2f}, "
        f"an alarm ${pricing.price('alarm_month'):.2f} a month each, "
        f"and each metric of our own at most ${pricing.price('custom_metric_month'):.2f}",
    ]


def start_seconds(periods: Iterable[Period]) -> dict[str, float]:
    """Return the processor's seconds that a start of each function took: on AWS, each begins a release with one."""
    seen: dict[str, list[tuple[float, float]]] = {}
    for period in periods:
        for name, runs in period.functions.items():
            seen.setdefault(name, []).append((runs["start_cpu_seconds"], runs["starts"]))
    totals = {name: (sum(cpu for cpu, _ in pairs), sum(count for _, count in pairs)) for name, pairs in seen.items()}
    return {name: cpu / count for name, (cpu, count) in totals.items() if count}


def _without_ticks(
    used: Period, functions: Mapping[str, Function], starts: Mapping[str, float], tick: list[Line], ticking: set[str]
) -> list[Line]:
    """Return a part's bill less what its ticks would have cost without it."""
    ticks = _invocations(used, ticking)
    whole = pricing.bill(used, functions, {name: cpu for name, cpu in starts.items() if name not in ticking})
    return [
        replace(line, amount=max(0.0, line.amount - ticks * idle.amount), usd=max(0.0, line.usd - ticks * idle.usd))
        for line, idle in zip(whole, tick, strict=True)
    ]


def _invocations(period: Period, names: Iterable[str]) -> int:
    return int(sum(period.functions[name]["invocations"] for name in names if name in period.functions))


def _scaled(line: Line, factor: float) -> Line:
    return replace(line, amount=line.amount * factor, usd=line.usd * factor)


def _details(period: Period, lines: list[Line], functions: Mapping[str, Function]) -> dict[str, Any]:
    return {
        "usd": pricing.total(lines),
        "bill": [asdict(line) for line in lines],
        "functions": period.functions,
        "gb_seconds": {
            name: pricing.gb_seconds(replace(period, functions={name: runs}), functions)
            for name, runs in period.functions.items()
        },
        "calls": period.calls,
        "log_bytes": period.log_bytes,
    }


if __name__ == "__main__":
    main()
