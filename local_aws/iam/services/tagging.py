"""Resource tagging: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known. Nothing of it is a resource."""
    return [Need("tag:GetResources", "*")] if call.operation == "GetResources" else None
