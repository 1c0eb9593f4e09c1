"""Ten thousand endpoints: some broken, new, held, stopped, without metrics or of a newer Yardmaster, and a few idle."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks.idle_account import Account, Wire
from benchmarks.idle_sweep import NOW, seen_by
from tests.fakes.errors import refusal
from yardmaster.flows import stop_idle_endpoints

COUNT = 10_000


class Broken(Account):
    """An account of which some endpoints can't be described, or not be deleted, and one page of metrics not be read."""

    undescribed: tuple[str, ...] = ()
    undeleted: tuple[str, ...] = ()
    unread: int = -1
    pages = 0

    def answer(self, operation: str, params: Mapping[str, Any]) -> Any:
        name = params.get("EndpointName")
        if operation == "sagemaker:DescribeEndpoint" and name in self.undescribed:
            raise refusal("InternalFailure", "no", "DescribeEndpoint", 500)
        if operation == "sagemaker:DeleteEndpoint" and name in self.undeleted:
            raise refusal("ThrottlingException", "Rate exceeded", "DeleteEndpoint", 400)
        if operation == "cloudwatch:GetMetricData":
            self.pages += 1
            if self.pages - 1 == self.unread:
                raise refusal("InternalServiceFault", "no", "GetMetricData", 500)
        return super().answer(operation, params)


def of(account: Account) -> list[str]:
    return sorted(name for name, kind in account.kind.items() if kind == "idle")


def sweep(account: Account, now: float = NOW, seconds_a_look: float = 0.0) -> tuple[dict[str, int], Counter[str]]:
    """Let the sweep look once; each look at its clock may take time."""
    wire, ticks = Wire(account.answer), iter(range(10**9))
    with seen_by(wire) as yard:
        figures = stop_idle_endpoints.run(yard, lambda: now + next(ticks) * seconds_a_look)
    return figures, wire.calls


def mixed(kind: type[Account] = Account) -> Account:
    return kind(COUNT, NOW, idle=12, held=200, stopped=400, new=300, failing=100, unmeasured=100, unknown=20)


@pytest.fixture(autouse=True)
def quiet() -> Any:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_of_ten_thousand_the_idle_ones_are_stopped_and_no_other_is_described() -> None:
    account = mixed()
    figures, calls = sweep(account)
    assert sorted(account.deleted) == of(account)
    assert figures["stopped"] == 12
    assert figures["failed"] == 20  # rows of a newer Yardmaster
    assert calls["sagemaker DescribeEndpoint"] == 12
    looking = calls["sagemaker ListEndpoints"] + calls["cloudwatch GetMetricData"] - (12 + 6)  # asked once more
    assert looking <= 120


def test_broken_ones_never_end_the_sweep() -> None:
    account = mixed(Broken)
    assert isinstance(account, Broken)
    idle = of(account)
    account.undescribed, account.undeleted, account.unread = (idle[0],), (idle[1], idle[2]), 3
    figures, _ = sweep(account)
    assert figures["failed"] >= 20 + 3
    assert set(account.deleted) <= set(idle[3:])
    assert len(account.deleted) >= 3
    account.undescribed = account.undeleted = ()

    sweep(account, NOW + 900)

    assert set(account.deleted) >= {idle[0], *account.deleted}
    assert {name for name in idle if name not in account.deleted} <= {idle[1], idle[2]}  # these are looked at when due


def test_what_there_is_no_time_for_is_done_by_the_next_sweeps() -> None:
    account = Account(1000, NOW, idle=30)
    done = 0
    for number in range(60):
        # The account's metrics end at NOW: all sweeps look at the same hours.
        figures, _ = sweep(account, NOW + number, seconds_a_look=15)
        done += figures["stopped"]
        if not figures["unfinished"]:
            break
    assert number > 0
    assert done == 30
    assert sorted(account.deleted) == of(account)


def test_the_next_sweep_asks_nothing_of_whom_it_knows() -> None:
    account = mixed()
    sweep(account)
    _, calls = sweep(account, NOW + 300)
    assert calls["cloudwatch GetMetricData"] == 0
    assert calls["sagemaker ListEndpoints"] == 0
