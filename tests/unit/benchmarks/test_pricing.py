"""Bills from counted calls, goals, and the table that `make bench` prints."""

from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks import pricing
from benchmarks.__main__ import ALL, BEGIN, END, recorded, rows
from benchmarks.calls import polls
from benchmarks.goals import GOALS, measured
from benchmarks.pricing import Function, Period, between, bill, total

FUNCTIONS = {"judge": Function("judge", 512, traced=True), "wake": Function("wake", 256, traced=False)}


@pytest.fixture(autouse=True)
def tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured over a socket."""
    monkeypatch.setattr(pricing, "connect_seconds", lambda: 0.01)
    monkeypatch.setattr(pricing, "authorities_seconds", lambda: 0.03)


def call(caller: str, service: str, operation: str, calls: int, **figures: float) -> dict[str, Any]:
    none = {"read_units": 0.0, "write_units": 0.0, "entries": 0}
    return {"caller": caller, "service": service, "operation": operation, "calls": calls, **none, **figures}


def runs(invocations: int, cpu: float = 0.0, starts: int = 0, start_cpu: float = 0.0) -> dict[str, float]:
    return {
        "invocations": invocations,
        "cpu_seconds": cpu,
        "starts": starts,
        "start_cpu_seconds": start_cpu,
        "peak_mib": 70.0,
    }


def test_only_what_the_callers_did_between_two_moments_counts() -> None:
    before = {"calls": [call("judge", "s3", "GetObject", 2)], "functions": {"judge": runs(1, 0.5)}}
    after = {
        "calls": [call("judge", "s3", "GetObject", 5), call("local", "s3", "PutObject", 9)],
        "functions": {"judge": runs(4, 0.8), "wake": runs(0)},
    }

    used = between(before, after, FUNCTIONS)

    assert [(row["caller"], row["calls"]) for row in used.calls] == [("judge", 3)]
    assert list(used.functions) == ["judge"]
    assert used.functions["judge"]["cpu_seconds"] == pytest.approx(0.3)
    assert used.functions["judge"]["peak_mib"] == 70.0


@pytest.mark.parametrize(
    ("used", "what", "amount", "dollars"),
    [
        (call("judge", "dynamodb", "GetItem", 1, read_units=8e6), "DynamoDB reads", 8e6, 1.0),
        (call("judge", "dynamodb", "PutItem", 1, write_units=1.6e6), "DynamoDB writes", 1.6e6, 1.0),
        (call("judge", "events", "PutEvents", 1, entries=1_000_000), "EventBridge events of our own", 1e6, 1.0),
        (call("judge", "monitoring", "GetMetricData", 1, entries=6), "CloudWatch GetMetricData", 6, 6e-5),
        (call("judge", "s3", "PutObject", 200_000), "S3 PUT, LIST", 200_000, 1.0),
        (call("judge", "s3", "ListObjectsV2", 200), "S3 PUT, LIST", 200, 0.001),
        (call("judge", "s3", "HeadObject", 2_500_000), "S3 GET", 2_500_000, 1.0),
        (call("judge", "sagemaker", "DescribeEndpoint", 5), "SageMaker control", 5, 0.0),
    ],
)
def test_each_call_has_its_line(used: dict[str, Any], what: str, amount: float, dollars: float) -> None:
    lines = bill(Period([used], {}), FUNCTIONS)

    line = next(line for line in lines if line.what == what)
    assert line.amount == pytest.approx(amount)
    assert line.usd == pytest.approx(dollars)
    assert total(lines) == pytest.approx(dollars)


def test_half_the_memory_makes_the_processors_work_twice_as_long() -> None:
    used = Period([call("judge", "dynamodb", "GetItem", 3)], {"judge": runs(2, 0.1, 1, 0.5)})
    quarter = {"judge": Function("judge", 1769 // 4, traced=False)}

    warm = pricing.gb_seconds(used, quarter)

    # 0.1 s of work and two connections, four times as long; three waits; two invocations rounded up.
    assert warm == pytest.approx((0.12 * 1769 / 442 + 3 * 0.005 + 2 * 0.0005) * 442 / 1024)
    # A start reads the list of authorities.
    assert pricing.gb_seconds(used, quarter, starts={"judge": 0.5}) == pytest.approx(warm + 0.53 * 1769 / 1024)


def test_only_traced_functions_have_traces() -> None:
    lines = bill(Period([], {"judge": runs(3), "wake": runs(40)}), FUNCTIONS)

    assert next(line.amount for line in lines if line.what == "X-Ray") == 3


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [("calls.polls", 0, True), ("calls.polls", 1, False), ("metrics.digits", 10, True), ("metrics.digits", 9, False)],
)
def test_a_goal_is_met_at_its_limit(name: str, value: float, met: bool) -> None:
    assert measured(name, value)["met"] is met


@pytest.mark.parametrize(
    ("training", "transforms", "too_many"), [(3, 2, 0), (4, 2, 1), (3, 3, 1)], ids=["needed", "training", "transform"]
)
def test_one_look_too_many_at_a_job_is_seen(training: int, transforms: int, too_many: int) -> None:
    asked = {
        "CreateTrainingJob": 1,
        "CreateTransformJob": 2,
        "DescribeTrainingJob": training,
        "DescribeTransformJob": transforms,
        "DescribeEndpoint": 9,
    }

    assert polls(asked) == too_many


def test_every_price_says_where_it_is_from() -> None:
    for price in pricing._pinned()["prices"].values():
        assert price["source"].startswith("https://aws.amazon.com/")
        assert price["verified"]


def test_the_table_shows_what_was_missed_and_what_failed() -> None:
    goals = [measured("calls.polls", 2), measured("demo.whole", 99.5, "others: 300")]
    names = list(ALL)

    shown = {(row[0], row[1]): row[3:] for row in rows(goals, names, failed=["split"])}

    assert shown["P8", GOALS["calls.polls"].what][::2] == ("2", "NOT MET")
    assert shown["P10", "the whole demo"] == ("99.5", "others: 300", "met")
    assert shown["P4", GOALS["split.numeric"].what][0] == "failed"
    assert shown["P6", GOALS["metrics.time"].what][0] == "not measured"
    assert len(shown) >= len(GOALS) - 2


def test_goals_of_benchmarks_that_were_not_asked_for_are_left_out() -> None:
    assert [row[0] for row in rows([measured("demo.whole", 1.0)], ["demo"], failed=[])] == ["P10", "P10"]


def test_a_record_replaces_the_one_before_and_nothing_else() -> None:
    text = f"before\n{BEGIN}old\n{END}after\n"

    new = recorded(text, [("P8", "calls", "≤ 22", "20", "", "met")], datetime(2026, 11, 22, tzinfo=UTC))

    assert new.startswith(f"before\n{BEGIN}Measured on 2026-11-22: ")
    assert new.endswith(f"| P8 | calls | ≤ 22 | 20 |  | met |\n{END}after\n")
    assert "old" not in new
