"""Lambda: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    if call.operation not in ("Invoke", "InvokeAsync", "GetFunction"):
        return None
    name = str(call.params["FunctionName"])
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{facts.region}:{facts.account}:function:{name}"
    action = "GetFunction" if call.operation == "GetFunction" else "InvokeFunction"
    return [Need(f"lambda:{action}", arn)]
