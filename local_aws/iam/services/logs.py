"""CloudWatch Logs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need

_ON_A_STREAM = frozenset({"CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"})
_ON_A_GROUP = frozenset({"CreateLogGroup", "DescribeLogStreams", "PutRetentionPolicy"})


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    action = f"logs:{call.operation}"
    if call.operation == "DescribeLogGroups":
        return [Need(action, f"arn:aws:logs:{facts.region}:{facts.account}:log-group:*")]
    group = f"arn:aws:logs:{facts.region}:{facts.account}:log-group:{call.params.get('logGroupName')}"
    if call.operation in _ON_A_STREAM:
        return [Need(action, f"{group}:log-stream:{call.params.get('logStreamName')}")]
    if call.operation == "FilterLogEvents":  # of all streams: a policy that names the group alone does not match
        return [Need(action, f"{group}:log-stream:")]
    return [Need(action, group)] if call.operation in _ON_A_GROUP else None
