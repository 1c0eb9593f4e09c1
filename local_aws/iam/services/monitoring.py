"""CloudWatch: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need

_READS = frozenset({"GetMetricData", "GetMetricStatistics", "ListMetrics"})


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known. Only alarms are resources."""
    if call.operation in _READS:
        return [Need(f"cloudwatch:{call.operation}", "*")]
    if call.operation == "PutMetricData":
        return [Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": (call.params["Namespace"],)})]
    if call.operation == "DescribeAlarms":
        return [Need("cloudwatch:DescribeAlarms", one) for one in _alarms(call, facts)]
    return None


def _alarms(call: Call, facts: Facts) -> list[str]:
    """Return the alarms that a call asks for; `*` where composite ones are: they are told only to who may see all.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    names = call.params.get("AlarmNames")
    if not names or "CompositeAlarm" in call.params.get("AlarmTypes", ()):
        return ["*"]
    return [f"arn:aws:cloudwatch:{facts.region}:{facts.account}:alarm:{name}" for name in names]
