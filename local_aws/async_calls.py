"""Asynchronous calls of functions: retries, the event's age, and the on-failure destination.

After https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: two retries unless configured
otherwise, a minute and then two minutes later, on the virtual clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from local_aws.clock import iso_milliseconds
from local_aws.function_spec import FunctionSpec
from local_aws.workers import Outcome

BACKOFFS = (60.0, 120.0)
"""Virtual seconds before the first and the second retry."""


@dataclass(frozen=True)
class AsyncCall:
    """One event for one function: `since` is when it was queued, `attempts` how often the handler was called."""

    spec: FunctionSpec
    request_id: str
    event: Any
    since: float
    attempts: int = 0


@dataclass(frozen=True)
class Retry:
    """Call again after this many virtual seconds."""

    call: AsyncCall
    seconds: float


@dataclass(frozen=True)
class GiveUp:
    """No more calls: the record goes to the function's on-failure destination, if it has one."""

    record: dict[str, Any]


def after_failure(call: AsyncCall, outcome: Outcome, now: float) -> Retry | GiveUp:
    """Decide what follows when a call failed."""
    call = replace(call, attempts=call.attempts + 1)
    if call.attempts > call.spec.retries:
        return GiveUp(failure_record(call, outcome, "RetriesExhausted", now))
    backoff = BACKOFFS[min(call.attempts, len(BACKOFFS)) - 1]
    if now + backoff - call.since > call.spec.max_age:
        return GiveUp(failure_record(call, outcome, "EventAgeExceeded", now))
    return Retry(call, backoff)


def failure_record(call: AsyncCall, outcome: Outcome, condition: str, now: float) -> dict[str, Any]:
    """Return what Lambda sends to an on-failure destination."""
    return {
        "version": "1.0",
        "timestamp": iso_milliseconds(now),
        "requestContext": {
            "requestId": call.request_id,
            "functionArn": f"{call.spec.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": call.attempts,
        },
        "requestPayload": call.event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": outcome.payload,
    }


Send = Callable[[str, Any], None]
"""Sends a record to an ARN."""
