"""Service Quotas: https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need

_READS = frozenset({"ListAWSDefaultServiceQuotas", "ListServiceQuotas", "GetAWSDefaultServiceQuota", "GetServiceQuota"})


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known. What reads has no resources."""
    return [Need(f"servicequotas:{call.operation}", "*")] if call.operation in _READS else None
