"""One evaluator for all policies: of identities, buckets, queues, functions, trust, and permissions boundaries.

After https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local_aws.iam.calls import Principal
from local_aws.iam.conditions import conditions_hold, listed
from local_aws.iam.globs import PolicyError, glob, resource_glob
from local_aws.iam.needs import Keys, Need

__all__ = ["Grant", "Policy", "PolicyError", "Verdict", "judge"]

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}


@dataclass(frozen=True)
class Grant:
    """What of which statement covers a need: its patterns for action and resource.

    Attributes:
        policy: The policy's name.
        sid: The statement's Sid, or `#2` for the second if it has none.
        action: Of the statement's actions, the one that covers the need (`*` for NotAction).
        resource: Of its resources, likewise (`*` for NotResource, and where there is no such element).
    """

    policy: str
    sid: str
    action: str
    resource: str


@dataclass(frozen=True)
class Verdict:
    """How policies judge a need.

    Attributes:
        allowed: A statement allows it, and none denies it.
        denied: A statement denies it.
        policy, sid, resource_pattern: The statement that decided; None if no statement speaks of it.
        grants: All statements that allow it, though the first were enough.
    """

    allowed: bool
    denied: bool
    policy: str | None = None
    sid: str | None = None
    resource_pattern: str | None = None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class _Statement:
    """A statement as the policy has it, with its place."""

    policy: str
    sid: str
    element: Mapping[str, Any]

    @property
    def denies(self) -> bool:
        return bool(self.element["Effect"] == "Deny")

    def grant(self, action: str, need: Need, keys: Keys, principal: Principal | None) -> Grant | None:
        """Return what covers the need, of whose action the statement speaks by `action`; None if nothing does."""
        if not self._is_about(principal):
            return None
        resource = self.covering("Resource", need.resource)
        if resource is None or not conditions_hold(self.element.get("Condition", {}), keys):
            return None
        return Grant(self.policy, self.sid, action, resource)

    def covering(self, name: str, value: str) -> str | None:
        """Return the pattern of the element Action or Resource that covers a value."""
        if f"Not{name}" in self.element:
            excluded = listed(self.element[f"Not{name}"])
            return None if any(_matches(name, one, value) for one in excluded) else "*"
        if name not in self.element:  # a trust policy is about its role
            return "*"
        return next((one for one in listed(self.element[name]) if _matches(name, one, value)), None)

    def _is_about(self, principal: Principal | None) -> bool:
        named = self.element.get("Principal")
        if named is None or named == "*":
            return True
        if principal is None:
            raise PolicyError(f"{self.policy} names principals, but it is nobody's call")
        return any(_is(kind, one, principal, denies=self.denies) for kind in named for one in listed(named[kind]))


@dataclass(frozen=True)
class Policy:
    """A policy: its name, and its document."""

    name: str
    document: Mapping[str, Any]

    @cached_property
    def statements(self) -> tuple[_Statement, ...]:
        """The statements.

        Raises:
            PolicyError: One has an element that local AWS doesn't know.
        """
        return tuple(
            _checked(_Statement(self.name, element.get("Sid") or f"#{place}", element))
            for place, element in enumerate(listed(self.document["Statement"]), 1)
        )

    def about(self, action: str) -> tuple[tuple[_Statement, str], ...]:
        """Return the statements that speak of an action, each with the pattern by which it does."""
        if action not in self._about:  # most of the work of judging, and the same for each call
            found = ((statement, statement.covering("Action", action)) for statement in self.statements)
            self._about[action] = tuple((statement, pattern) for statement, pattern in found if pattern)
        return self._about[action]

    @cached_property
    def _about(self) -> dict[str, tuple[tuple[_Statement, str], ...]]:
        return {}


def judge(policies: Sequence[Policy], need: Need, principal: Principal | None = None) -> Verdict:
    """Return how policies of one kind judge a need: an explicit Deny wins, and without an Allow nothing is allowed.

    Args:
        policies: All identity policies of a role, or the one of a resource, or a boundary.
        need: What is to be done.
        principal: Who does it; only policies of resources and trust policies ask.

    Raises:
        PolicyError: A statement that speaks of the action can't be evaluated.
    """
    keys = {name.lower(): values for name, values in need.keys.items()}
    found = [
        (statement, grant)
        for policy in policies
        for statement, action in policy.about(need.action)
        if (grant := statement.grant(action, need, keys, principal))
    ]
    denials = [grant for statement, grant in found if statement.denies]
    if denials:
        return Verdict(False, True, denials[0].policy, denials[0].sid, denials[0].resource)
    grants = tuple(grant for _, grant in found)
    if not grants:
        return Verdict(allowed=False, denied=False)
    return Verdict(True, False, grants[0].policy, grants[0].sid, grants[0].resource, grants)


def _matches(element: str, pattern: str, value: str) -> bool:
    """Compare as IAM does: actions whatever their case, ARNs by their segments."""
    expression = glob(pattern, ignore_case=True) if element == "Action" else resource_glob(pattern)
    return expression.fullmatch(value) is not None


def _is(kind: str, name: str, principal: Principal, *, denies: bool) -> bool:
    """Say whether a principal is meant by an entry of the Principal element."""
    if kind == "Service":
        return principal.role is None and name == principal.service
    if kind != "AWS":
        return False
    if name in (principal.account, f"arn:aws:iam::{principal.account}:root"):
        # To name the account is to leave the grant to its IAM policies; a Deny is for everybody in it.
        return principal.service is None and (denies or principal.administrator)
    return name == "*" or name in (principal.arn, principal.role_arn if principal.role else "")


def _checked(statement: _Statement) -> _Statement:
    element = statement.element
    where = f"statement {statement.sid} of {statement.policy}"
    if unknown := set(element) - _ELEMENTS:
        raise PolicyError(f"{where}: {', '.join(sorted(unknown))} is not known to local AWS")
    if element.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"{where}: Effect must be Allow or Deny")
    if ("Action" in element) is ("NotAction" in element):
        raise PolicyError(f"{where}: one of Action and NotAction must be there")
    return statement
