"""A promotion on the virtual clock: the real handlers, rules and rights of the template, and every call counted.

On the wire, local AWS's minutes are forty times too short: ticks overtake functions that take their time, and some
calls come twice. Here nothing takes longer than it does on AWS, so the counts are exact; sizes of rows are real too.
What it can't tell is what a call costs the processor: nothing goes over a socket.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks.pricing import Period, between
from local_aws.capacity import Index, Item, read_units, write_units
from local_aws.iam.calls import Call
from local_aws.metering import entries
from local_aws.usage import Calls
from tests.drops import SPEC, csv
from tests.fakes.dynamodb import INDEXES, PROJECTED
from tests.rights import LEDGER, stack
from tests.steps import drop, ended
from tests.world import World
from yardmaster.records import BatchStage, Release, Stage
from yardmaster.rules import batches

TRAFFIC = 1200.0
"""Requests a minute: with so many, the canary has its evidence after minutes, as the default one does."""
FILE = "colour,number,truth\n" + "red,1,0\n" * 100
"""What a batch scores: its calls don't depend on its rows, as long as a part of an upload holds them."""
_INDEXES = [Index(keys, frozenset({"pk", "sk", *keys, *PROJECTED[name]})) for name, keys in INDEXES.items()]


@dataclass(frozen=True)
class Played:
    """What a first release, a promotion and a batch of predictions used, and the promoted release as it ended.

    No seconds of the processor.
    """

    first: Period
    promotion: Period
    batch: Period
    release: Release


class Meter(World):
    """A world that counts what its functions use, as local AWS does at `/_local/usage`."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Begin at zero."""
        self.used: dict[tuple[str, str, str], Calls] = {}
        self.invocations: Counter[str] = Counter()
        super().__init__(patch, stack(), LEDGER)

    def invoke(self, function: str, event: dict[str, Any], request: str = "") -> Any:
        """Call a handler, and count that."""
        self.invocations[deployed(function)] += 1
        return super().invoke(function, event, request)

    def period(self) -> Period:
        """Return what was used so far."""
        rows = [
            {"caller": caller, "service": service, "operation": operation, **vars(sums)}
            for (caller, service, operation), sums in sorted(self.used.items())
        ]
        return Period(rows, {name: {"invocations": float(count)} for name, count in self.invocations.items()})

    def _around(self, operation: str, params: Mapping[str, Any], call: Callable[[], Any]) -> Any:
        if self._running is None:
            return super()._around(operation, params, call)
        service, _, name = operation.partition(":")
        service = {"cloudwatch": "monitoring"}.get(service, service)
        keys = _written(name, params) if service == "dynamodb" else []
        before = [self._row(key) for key in keys]
        answer = super()._around(operation, params, call)
        sums = self.used.setdefault((deployed(self._running.function), service, name), Calls())
        sums.calls += 1
        sums.entries += entries(Call(service, name, params))
        if service == "dynamodb":
            sums.read_units += read_units(name, params, _whole(answer))
            for key, was in zip(keys, before, strict=True):
                twice = name == "TransactWriteItems"
                sums.write_units += write_units(was, self._row(key), _INDEXES, transactional=twice)
        return answer

    def _row(self, key: dict[str, Any]) -> Item | None:
        found: Item | None = self.dynamodb.get_item(TableName="", Key=key).get("Item")
        return found


def play() -> Played:
    """Take a first release, then a second under traffic, to live; then let that one score a file.

    Raises:
        RuntimeError: The second release, or the batch, ended otherwise.
    """
    with pytest.MonkeyPatch.context() as patch:
        world = Meter(patch)
        drop(world, 1, spec=SPEC)
        first = world.period()
        world.traffic = TRAFFIC
        world.put("churn/data/month-2.csv", csv(2))
        world.run(lambda: ended(world, 2))
        release = world.release("churn", 2)
        if release.stage is not Stage.LIVE:
            raise RuntimeError("\n".join(world.story()))
        both = world.period()
        world.traffic = 0.0
        world.put("churn/predict/today.csv", FILE)
        world.run(lambda: any(one.stage in batches.ENDED for one in world.batches("churn")))
        if world.batches("churn")[0].stage is not BatchStage.COMPLETED:
            raise RuntimeError("\n".join(world.story()))
        return Played(first, _since(first, both), _since(both, world.period()), release)


def deployed(function: str) -> str:
    """Return a function's name in a stack: `yardmaster-judge-canary`."""
    return f"yardmaster-{function.replace('_', '-')}"


def _since(before: Period, after: Period) -> Period:
    def answer(period: Period) -> dict[str, Any]:
        return {"calls": period.calls, "functions": period.functions}

    return between(answer(before), answer(after), after.functions)


def _written(operation: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the keys of the rows that a call writes."""
    items: Sequence[Mapping[str, Any]] = {
        "PutItem": [params.get("Item", {})],
        "UpdateItem": [params.get("Key", {})],
        "TransactWriteItems": [one["Put"]["Item"] for one in params.get("TransactItems", [])],
    }.get(operation, [])
    return [{"pk": item["pk"], "sk": item["sk"]} for item in items]


def _whole(answer: Any) -> dict[str, Any]:
    """Return an answer; a paginator's pages as one."""
    if isinstance(answer, list):
        return {"Items": [item for page in answer for item in page["Items"]]}
    return dict(answer)
