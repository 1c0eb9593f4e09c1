"""What the template grants, held against what was used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local_aws.iam.conditions import listed
from local_aws.iam.ledger import Ledger, Times, Use
from local_aws.iam.policy import Grant
from local_aws.template.rights import Role, StackRights
from tools.rights_reasons import Reason


@dataclass(frozen=True)
class Right:
    """One action of one statement of a role's policies.

    Attributes:
        role: Who has it.
        policy, statement, action: Where it is granted, and what.
        used: How often it was used.
        alone: How often nothing else granted the same.
        reason: Why it stays, if nobody is seen to use it.
    """

    role: Role
    policy: str
    statement: str
    action: str
    used: int
    alone: int
    reason: str | None

    @property
    def finding(self) -> str | None:
        """What is wrong with it, if anything is."""
        if self.used and self.reason:
            return "is used, and has a reason for being unused: take the reason away"
        if self.used and not self.alone:
            return "is granted twice: something else always grants the same"
        if not self.used and not self.reason:
            return "is never used: take it away, or give the reason"
        return None


@dataclass(frozen=True)
class Pattern:
    """One resource of one statement, and how often it was the one that a call was about."""

    role: Role
    statement: str
    resource: str
    used: int
    excused: bool

    @property
    def finding(self) -> str | None:
        """What is wrong with it, if anything is."""
        return None if self.used or self.excused else f"its resource {self.resource} never matched a call"


@dataclass(frozen=True)
class Account:
    """All rights and all resources of all roles; what no statement granted is in `denied`."""

    rights: Sequence[Right]
    patterns: Sequence[Pattern]
    stale: Sequence[Reason]

    @property
    def findings(self) -> list[str]:
        """What is wrong, one line each."""
        rights = [
            f"{one.role.resource}: {one.statement}: {one.action} {one.finding}" for one in self.rights if one.finding
        ]
        patterns = [f"{one.role.resource}: {one.statement}: {one.finding}" for one in self.patterns if one.finding]
        stale = [f"a reason speaks of no right of the template: {reason.text}" for reason in self.stale]
        return [*rights, *patterns, *stale]


def account(granted: StackRights, used: Ledger, reasons: Sequence[Reason]) -> Account:
    """Hold rights against their use.

    Args:
        granted: What the template grants.
        used: What tests used.
        reasons: What the template says of rights that nobody is seen to use.
    """
    uses = {use: times for use, times in used.uses().items() if use.grant and use.allowed}
    rights, patterns = [], []
    for role, policy, sid, actions, resources in _statements(granted):
        grants = {use: times for use, times in uses.items() if _is_of(use, role, policy, sid)}
        own = [_right(role, policy, sid, action, grants, reasons) for action in actions]
        rights += own
        excused = all(one.reason for one in own)
        patterns += [_pattern(role, sid, resource, grants, excused=excused) for resource in resources]
    spoken = [(one.role.resource, one.policy, one.statement, one.action) for one in rights]
    stale = [reason for reason in reasons if not any(reason.excuses(*right) for right in spoken)]
    return Account(rights, patterns, stale)


def _statements(granted: StackRights) -> Iterator[tuple[Role, str, str, list[str], list[str]]]:
    for role in granted.roles.values():
        for policy in role.policies:
            for place, statement in enumerate(listed(policy.document["Statement"]), 1):
                sid = statement.get("Sid") or f"#{place}"
                yield role, policy.name, sid, listed(statement["Action"]), listed(statement["Resource"])


def _is_of(use: Use, role: Role, policy: str, sid: str) -> bool:
    grant = use.grant
    return grant is not None and (use.role, grant.policy, grant.sid) == (role.name, policy, sid)


def _right(
    role: Role, policy: str, sid: str, action: str, grants: dict[Use, Times], reasons: Sequence[Reason]
) -> Right:
    found = [times for use, times in grants.items() if _grant(use).action == action]
    reason = next((one.text for one in reasons if one.excuses(role.resource, policy, sid, action)), None)
    used, alone = sum(times.count for times in found), sum(times.sole for times in found)
    return Right(role, policy, sid, action, used, alone, reason)


def _pattern(role: Role, sid: str, resource: str, grants: dict[Use, Times], *, excused: bool) -> Pattern:
    used = sum(times.count for use, times in grants.items() if _grant(use).resource == resource)
    return Pattern(role, sid, resource, used, excused)


def _grant(use: Use) -> Grant:
    assert use.grant, "only uses that were granted are asked"  # noqa: S101
    return use.grant
