"""Roles that services assume: whether the trust policy lets them, and the credentials of the session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from moto.sts.models import sts_backends

from local_aws.envelopes import ACCOUNT, REGION
from local_aws.iam.calls import ADMINISTRATOR, Principal
from local_aws.iam.needs import Need
from local_aws.iam.policy import Policy, judge

LAMBDA, SAGEMAKER = "lambda.amazonaws.com", "sagemaker.amazonaws.com"
_SESSION_KEYS = "ASIA"
"""What the access keys of sessions begin with, in AWS and in moto."""


class TrustError(Exception):
    """A service may not assume a role: there is none of this name, or its trust policy doesn't allow it."""


class InvalidTokenError(Exception):
    """A request is signed by a session that local AWS doesn't know."""


@dataclass(frozen=True)
class Credentials:
    """The credentials of a session."""

    access_key: str
    secret_key: str
    session_token: str = ""

    def environment(self) -> dict[str, str]:
        """Return the variables by which SDKs find them."""
        token = {"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {}
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, **token}


OF_ADMINISTRATOR = Credentials(ADMINISTRATOR, ADMINISTRATOR)


class Trusts(Protocol):
    """Where trust policies are found."""

    def trust_of(self, role: str) -> Policy | None:
        """Return the trust policy of a role; None if there is no such role."""


class Roles:
    """Who assumed which role."""

    def __init__(self, rights: Trusts) -> None:
        """Take where trust policies are found."""
        self._rights = rights
        self._sessions: dict[str, Principal] = {}

    def assume(self, role_arn: str, session: str, service: str, source: Mapping[str, str] | None = None) -> Principal:
        """Let a service assume a role.

        Args:
            role_arn: The role.
            session: The name of the session.
            service: Such as `lambda.amazonaws.com`.
            source: `aws:SourceArn` and `aws:SourceAccount`, for services that send them.

        Raises:
            TrustError: It may not.
        """
        role = role_arn.rpartition("/")[2]
        trust = self._rights.trust_of(role)
        if trust is None:
            raise TrustError(f"there is no role {role_arn}")
        keys = {name: (value,) for name, value in (source or {}).items()}
        if not judge([trust], Need("sts:AssumeRole", role_arn, keys), Principal(None, service=service)).allowed:
            raise TrustError(f"the trust policy of {role_arn} does not allow {service} the action sts:AssumeRole")
        return Principal(role, session, service)

    def credentials(self, role_arn: str, session: str, service: str) -> Credentials:
        """Return credentials of a new session of a role.

        Raises:
            TrustError: The service may not assume it.
        """
        principal = self.assume(role_arn, session, service)
        made = sts_backends[ACCOUNT]["aws"].assume_role(REGION, session, role_arn, "", 43_200, "")
        self._sessions[made.access_key_id] = principal
        return Credentials(made.access_key_id, made.secret_access_key, made.session_token)

    def principal(self, access_key: str) -> Principal:
        """Return whose key it is: a session's, else the administrator's, whatever a developer has in the environment.

        Raises:
            InvalidTokenError: It is a session's, but of none that is known.
        """
        if not access_key.startswith(_SESSION_KEYS):
            return Principal(None)
        if access_key not in self._sessions:
            self._sessions[access_key] = _assumed(access_key)
        return self._sessions[access_key]


def _assumed(access_key: str) -> Principal:
    """Return who called STS's AssumeRole for a key."""
    found = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(access_key)
    if found is None:
        raise InvalidTokenError("The security token included in the request is invalid.")
    return Principal(found.role_arn.rpartition("/")[2], found.session_name)
