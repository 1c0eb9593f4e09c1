"""Ages are told by the clock that wrote the times."""

from types import SimpleNamespace
from typing import Any

import pytest

from yardmaster.aws.service_clock import ServiceClock

NOW = 1_772_600_000.0  # Wed, 04 Mar 2026 04:53:20 GMT


def heard(date: str | None) -> ServiceClock:
    handlers: list[Any] = []
    events = SimpleNamespace(register=lambda name, handler: handlers.append(handler))
    clock = ServiceClock(SimpleNamespace(meta=SimpleNamespace(events=events)), clock=lambda: NOW)
    headers = {} if date is None else {"date": date}
    handlers[0](http_response=SimpleNamespace(headers=headers), parsed={}, model=None)
    return clock


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Wed, 04 Mar 2026 04:53:18 GMT", 0),
        ("Wed, 04 Mar 2026 05:53:20 GMT", 3600),
        ("Wed, 04 Mar 2026 04:52:20 GMT", -60),
        (None, 0),
    ],
)
def test_the_difference_is_taken_from_the_date_of_an_answer(date: str | None, ahead: float) -> None:
    assert heard(date).ahead == ahead
