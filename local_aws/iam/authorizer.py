"""Says whether a principal may make a call, as IAM would, and notes in the ledger what allowed it.

After https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, for one account. The
sentences: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from local_aws.iam.calls import Call, Principal, UnknownCallError
from local_aws.iam.ledger import Ledger
from local_aws.iam.needs import Facts, Keys, Need, needs
from local_aws.iam.policy import Policy, Verdict, judge

_SILENT = Verdict(allowed=False, denied=False)


@dataclass
class AccessDeniedError(Exception):
    """A principal may not make a call.

    Attributes:
        principal: The caller's ARN.
        action: The action that it may not do.
        resource: On which resource.
        why: The end of AWS's sentence.
    """

    principal: str
    action: str
    resource: str
    why: str

    def __str__(self) -> str:
        """Return the sentence in AWS's own words; S3 puts the resource in quotes."""
        resource = f'"{self.resource}"' if self.action.startswith("s3:") else self.resource
        return f"User: {self.principal} is not authorized to perform: {self.action} on resource: {resource} {self.why}"


class Rights(Protocol):
    """Where policies are found."""

    def of_role(self, role: str) -> Sequence[Policy]:
        """Return the identity policies of a role, inline and attached."""

    def boundary_of(self, role: str) -> Policy | None:
        """Return the permissions boundary of a role."""

    def of_resource(self, arn: str) -> Policy | None:
        """Return the policy of a bucket (also by the ARN of an object in it) or of a queue."""


class Authorizer:
    """The gate before every call."""

    def __init__(self, rights: Rights, facts: Facts, ledger: Ledger) -> None:
        """Take where policies are found, what is known of the account, and the ledger."""
        self._rights = rights
        self._facts = facts
        self.ledger = ledger

    def check(self, principal: Principal, call: Call) -> None:
        """Let a call pass.

        Raises:
            AccessDeniedError: The principal may not make it.
            UnknownCallError: Which rights it needs is not known; the administrator needs none.
            PolicyError: A policy that is asked can't be evaluated.
        """
        try:
            found = needs(call, self._facts)
        except UnknownCallError:
            if principal.administrator:
                return
            raise
        for need in found:
            self.require(principal, need)

    def require(self, principal: Principal, need: Need) -> None:
        """Let a single need pass.

        Raises:
            AccessDeniedError: The principal may not do it.
            PolicyError: A policy that is asked can't be evaluated.
        """
        need = replace(need, keys={**_global_keys(principal), **need.keys})
        verdict, why = self._judge(principal, need)
        if principal.role:
            self.ledger.note(principal.role, need, verdict)
        if not verdict.allowed:
            raise AccessDeniedError(principal.arn, need.action, need.resource, why)

    def _judge(self, principal: Principal, need: Need) -> tuple[Verdict, str]:
        """Return the verdict of all policies together, and the end of the sentence if it is a no."""
        identity = judge(self._rights.of_role(principal.role), need) if principal.role else _SILENT
        policy = self._rights.of_resource(need.resource)
        resource = judge([policy], need, principal) if policy else _SILENT
        boundary = self._boundary(principal, need)
        for verdict, kind in ((identity, "an identity-based policy"), (resource, "a resource-based policy")):
            if verdict.denied:
                return verdict, f"with an explicit deny in {kind}"
        if boundary and boundary.denied:
            return boundary, "with an explicit deny in a permissions boundary"
        if principal.administrator:
            return Verdict(allowed=True, denied=False), ""
        if not (identity.allowed or resource.allowed):
            kind = "identity-based policy" if principal.role else "resource-based policy"
            return _SILENT, f"because no {kind} allows the {need.action} action"
        if boundary and not boundary.allowed:
            return _SILENT, f"because no permissions boundary allows the {need.action} action"
        return (identity if identity.allowed else resource), ""

    def _boundary(self, principal: Principal, need: Need) -> Verdict | None:
        policy = self._rights.boundary_of(principal.role) if principal.role else None
        return judge([policy], need) if policy else None


def _global_keys(principal: Principal) -> Keys:
    """Return the condition keys that every request has.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    keys = {
        # Local AWS speaks HTTP, but stands for AWS's HTTPS.
        "aws:SecureTransport": ("true",),
        "aws:PrincipalIsAWSService": (str(principal.role is None and principal.service is not None).lower(),),
    }
    if principal.service and not principal.role:
        return {**keys, "aws:PrincipalServiceName": (principal.service,)}
    arn = principal.role_arn if principal.role else principal.arn
    return {**keys, "aws:PrincipalAccount": (principal.account,), "aws:PrincipalArn": (arn,)}
