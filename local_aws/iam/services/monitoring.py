"""CloudWatch: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need

_READS = frozenset({"GetMetricData", "GetMetricStatistics", "ListMetrics"})


def needs_of(call: Call, _facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known. None of these knows a resource."""
    if call.operation in _READS:
        return [Need(f"cloudwatch:{call.operation}", "*")]
    if call.operation == "PutMetricData":
        return [Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": (call.params["Namespace"],)})]
    return None
