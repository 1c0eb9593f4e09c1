"""SSM: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    params = call.params
    match call.operation:
        case "GetParameter":
            names = [params["Name"]]
        case "GetParameters":
            names = params["Names"]
        case "GetParametersByPath":
            names = [params["Path"]]
        case "DescribeParameters":
            return [Need("ssm:DescribeParameters", "*")]
        case _:
            return None
    return [Need(f"ssm:{call.operation}", _arn(name, facts)) for name in names]


def _arn(name: str, facts: Facts) -> str:
    """Return a parameter's ARN: its name's first slash is the ARN's own."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ssm:{facts.region}:{facts.account}:parameter/{name.removeprefix('/').removesuffix('/')}"
