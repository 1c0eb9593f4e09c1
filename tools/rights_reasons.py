"""Why rights are granted that no test can be seen to use: what the template says of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why rights stay although nobody is seen to use them.

    Attributes:
        role: The role's name in the template; None for every role.
        policy: The policy's name; None for any.
        statement: The Sid; None for any.
        actions: The actions.
        text: The reason.
    """

    role: str | None
    policy: str | None
    statement: str | None
    actions: frozenset[str]
    text: str

    def excuses(self, role: str, policy: str, statement: str, action: str) -> bool:
        """Say whether it speaks of a right."""
        wanted = ((self.role, role), (self.policy, policy), (self.statement, statement))
        return action in self.actions and all(mine in (None, theirs) for mine, theirs in wanted)


def reasons(document: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons in a template's `Metadata: Yardmaster: UnusedRights`."""
    declared = document.get("Metadata", {}).get("Yardmaster", {}).get("UnusedRights", [])
    return [_reason(one) for one in declared]


def _reason(declared: Mapping[str, Any]) -> Reason:
    return Reason(
        declared.get("Role"),
        declared.get("Policy"),
        declared.get("Statement"),
        frozenset(declared["Actions"]),
        " ".join(declared["Reason"].split()),
    )


@cache
def _aws_own_policies() -> dict[str, Any]:
    """Read moto's copy of AWS's own managed policies, which is large."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found


def aws_own(name: str) -> Mapping[str, Any]:
    """Return the document of one of AWS's own managed policies."""
    document: Mapping[str, Any] = _aws_own_policies()[name]["Document"]
    return document
