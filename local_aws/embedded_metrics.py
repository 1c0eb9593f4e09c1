"""Metrics in log lines, which CloudWatch Logs takes out of them: the embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator
from typing import Any

from local_aws.sagemaker.telemetry import Datapoint


def datapoints(line: str) -> Iterator[Datapoint]:
    """Yield the datapoints of a log line; none of a line that has no metrics, or is no such JSON."""
    if '"_aws"' not in line:
        return
    try:
        found = json.loads(line)
        at = found["_aws"]["Timestamp"] / 1000
        for directive in found["_aws"]["CloudWatchMetrics"]:
            yield from _of_directive(directive, found, at)
    except (ValueError, KeyError, TypeError):
        return  # as CloudWatch does: the line stays a line


def _of_directive(directive: dict[str, Any], found: dict[str, Any], at: float) -> Iterator[Datapoint]:
    for names in directive["Dimensions"]:
        dimensions = {name: str(found[name]) for name in names}
        for metric in directive["Metrics"]:
            value, unit = found[metric["Name"]], metric.get("Unit", "None")
            for one in value if isinstance(value, list) else [value]:
                yield Datapoint(directive["Namespace"], metric["Name"], dimensions, float(one), at, unit)
