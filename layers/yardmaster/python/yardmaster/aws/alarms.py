"""The state of CloudWatch alarms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True)
class Alarm:
    """An alarm as CloudWatch has it; `state` is OK, ALARM or INSUFFICIENT_DATA."""

    name: str
    state: str
    reason: str


def describe(client: "CloudWatchClient", names: tuple[str, ...]) -> dict[str, Alarm]:
    """Return the alarms of these names, metric and composite ones; those that don't exist are absent.

    At most 100, as one call takes: a spec names fewer.
    """
    answer = client.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    return {one["AlarmName"]: Alarm(one["AlarmName"], one["StateValue"], one.get("StateReason", "")) for one in found}
