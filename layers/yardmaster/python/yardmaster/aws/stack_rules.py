"""The event rules of a stack: disabled, nothing wakes its functions any more."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


def disable(client: "EventBridgeClient", stack: str, functions: tuple[str, ...]) -> list[str]:
    """Disable the rules that wake a stack's functions; return their names.

    Args:
        client: EventBridge's.
        stack: The stack's name; another stack's name may begin with it.
        functions: The functions as the code names them (`judge_canary`): they are part of each rule's name.
    """
    stems = "|".join(function.replace("_", "-") for function in functions)
    ours = re.compile(rf"{re.escape(stack)}-(?:{stems})-[a-z-]+")
    pages = client.get_paginator("list_rules").paginate(NamePrefix=f"{stack}-")
    names = [rule["Name"] for page in pages for rule in page["Rules"] if ours.fullmatch(rule["Name"])]
    for name in names:
        client.disable_rule(Name=name)
    return names
