"""STS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need


def needs_of(call: Call, _facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known.

    Who one is, everybody may ask, whatever the policies say
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    """
    if call.operation == "GetCallerIdentity":
        return []
    if call.operation == "AssumeRole":
        return [Need("sts:AssumeRole", call.params["RoleArn"])]
    return None
