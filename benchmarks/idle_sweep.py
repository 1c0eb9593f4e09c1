"""P7 of the performance goals: what a sweep over idle endpoints asks of AWS, and what that costs the processor.

    python -m benchmarks.idle_sweep [--full]

Accounts of 10, 1,000 and 10,000 endpoints, all opted in, of which some are held, stopped, new, failed or without
metrics: once by stop_idle_endpoints, as in its first sweep when nothing is remembered, and once the naive way, as most
scripts for this do it: list all, and for each DescribeEndpoint and GetMetricStatistics. Both use botocore's clients
and parse whole answers (`idle_account`). Then what a sweep asks that remembers, and what stopping costs besides.
Prints one JSON object.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from botocore.session import Session

from benchmarks.goals import measured
from benchmarks.idle_account import PARTS, REGION, STACK, Account, Wire
from yardmaster.aws import clients
from yardmaster.flows import stop_idle_endpoints
from yardmaster.flows import yard as yard_module
from yardmaster.flows.yard import Yard
from yardmaster.settings import Settings

SIZES = (10, 1_000, 10_000)
NOW = 1_772_600_000.0
RUNS, RUNS_FULL = 2, 7
SETTINGS = Settings(STACK, "ym", "bucket", "table", "arn:aws:iam::123456789012:role/jobs", REGION)
SERVICES = ("sagemaker", "cloudwatch", "dynamodb", "events", "s3", "application-autoscaling")
SWEEPS = 24
"""In a window of two hours, with one each five minutes."""
IDLE = 10
"""How many are idle where that is looked at."""


def account(count: int, idle: int = 0) -> Account:
    """Return an account; of ten endpoints all are busy."""
    share = count // 100
    return Account(
        count,
        NOW,
        idle=idle,
        held=2 * share,
        stopped=4 * share,
        new=2 * share,
        failing=share,
        unmeasured=share,
        unknown=share // 10,
    )


@contextmanager
def seen_by(wire: Wire) -> Iterator[Yard]:
    """Let flows work with the clients of a wire."""
    with mock.patch.object(yard_module, "client", wire.client):
        yield Yard(SETTINGS)


def sweep(wire: Wire, now: float = NOW) -> dict[str, int]:
    """Let stop_idle_endpoints look once."""
    with seen_by(wire) as yard:
        return stop_idle_endpoints.run(yard, lambda: now)


def naive(wire: Wire, now: float = NOW) -> list[str]:
    """Return the endpoints without a request in two hours, the way that most scripts look for them."""
    sagemaker, cloudwatch = wire.client("sagemaker"), wire.client("cloudwatch")
    start, end = datetime.fromtimestamp(now - 7200, UTC), datetime.fromtimestamp(now, UTC)
    found = []
    for page in sagemaker.get_paginator("list_endpoints").paginate(PaginationConfig={"PageSize": PARTS}):
        for one in page["Endpoints"]:
            name = one["EndpointName"]
            total = 0.0
            for variant in sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]:
                answer = cloudwatch.get_metric_statistics(
                    Namespace="AWS/SageMaker",
                    MetricName="Invocations",
                    Dimensions=[
                        {"Name": "EndpointName", "Value": name},
                        {"Name": "VariantName", "Value": variant["VariantName"]},
                    ],
                    StartTime=start,
                    EndTime=end,
                    Period=7200,
                    Statistics=["Sum"],
                )
                total += sum(point["Sum"] for point in answer["Datapoints"])
            if total == 0:
                found.append(name)
    return found


def look(count: int, runs: int) -> dict[str, Any]:
    """Measure both ways for one size; of the processor's seconds, the least of some runs."""
    ours = [first_and_next(account(count)) for _ in range(runs)]
    theirs = [timed(naive, account(count)) for _ in range(1 if count > 1_000 and runs == RUNS else runs)]
    (first, _), (again, _) = ours[0]
    cpu, cpu_again = (min(one[part][1] for one in ours) for part in (0, 1))
    return {
        "endpoints": count,
        "calls": first.of("sagemaker", "cloudwatch"),
        "calls_by_operation": dict(sorted(first.calls.items())),
        "calls_of_the_next_sweep": again.of("sagemaker", "cloudwatch"),
        "cpu_seconds": round(cpu, 4),
        "cpu_seconds_of_the_next_sweep": round(cpu_again, 4),
        "cpu_seconds_mean": round((cpu + (SWEEPS - 1) * cpu_again) / SWEEPS, 4),
        "naive_calls": theirs[0][0].of("sagemaker", "cloudwatch"),
        "naive_cpu_seconds": round(min(seconds for _, seconds in theirs), 4),
    }


def first_and_next(of: Account) -> tuple[tuple[Wire, float], tuple[Wire, float]]:
    """Let stop_idle_endpoints look when nothing is remembered, and five minutes later."""
    first = timed(sweep, of)
    of.now = NOW + 300
    return first, timed(lambda wire: sweep(wire, NOW + 300), of)


def functions_session() -> Session:
    """Return what the functions make their clients from, as it is when one of them starts."""
    clients.forget()
    return clients.session()


def timed(way: Callable[[Wire], object], of: Account) -> tuple[Wire, float]:
    """Let one way look at an account; return its wire, and the processor's seconds without those of the answers."""
    wire = Wire(of.answer, None if way is naive else functions_session())
    for service in SERVICES:
        wire.client(service)  # made before: what a start costs is P1's affair
    began = time.process_time()
    way(wire)
    return wire, time.process_time() - began - wire.answering


def stopping(count: int) -> dict[str, int]:
    """Return what a sweep asks besides, by operation, if some are idle; all of these are stopped."""
    of, without = account(count, IDLE), Wire(account(count).answer)
    wire = Wire(of.answer)
    done, _ = sweep(wire), sweep(without)
    if done["stopped"] != IDLE or len(of.deleted) != IDLE:
        raise RuntimeError(f"{IDLE} are idle, and {done} were stopped")
    more = wire.calls - without.calls
    return {name: count for name, count in sorted(more.items()) if name.split()[0] in {"sagemaker", "cloudwatch"}}


def main() -> None:
    """Measure and print."""
    logging.disable(logging.ERROR)  # a line for each endpoint that is left alone
    parser = argparse.ArgumentParser(description="Calls and processor time of a sweep over idle endpoints")
    parser.add_argument("--full", action="store_true", help="seven runs of each instead of two")
    runs = RUNS_FULL if parser.parse_args().full else RUNS
    sizes = [look(count, runs) for count in SIZES]
    last = sizes[-1]
    more = stopping(SIZES[-1])
    report = {
        "goals": [
            measured("idle_sweep.calls", last["calls"], f"one by one {last['naive_calls']:,}"),
            measured("idle_sweep.cpu", round(last["cpu_seconds_mean"] / last["naive_cpu_seconds"], 4)),
        ],
        "notes": [
            f"of {SIZES[-1]:,} endpoints, the first sweep takes {last['cpu_seconds']} s of the processor, the next one "
            f"{last['cpu_seconds_of_the_next_sweep']} s and {last['calls_of_the_next_sweep']} calls, as what was found "
            f"is remembered for two hours; one by one it is {last['naive_cpu_seconds']} s each time",
            f"{IDLE} idle ones cost {sum(more.values())} calls more: each is described, asked again, deleted",
        ],
        "sizes": sizes,
        "calls_for_stopping": more,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
