"""All that decides over rights on local AWS, put together."""

import os
from collections.abc import Callable
from pathlib import Path

from local_aws.envelopes import ACCOUNT
from local_aws.function_spec import FunctionSpec
from local_aws.iam.account import AccountFacts, AccountRights
from local_aws.iam.authorizer import AccessDeniedError, Authorizer
from local_aws.iam.calls import Call, Principal
from local_aws.iam.gate import Gate
from local_aws.iam.jobs import JobAccess
from local_aws.iam.ledger import Ledger
from local_aws.iam.needs import Need
from local_aws.iam.roles import LAMBDA, OF_ADMINISTRATOR, Credentials, Roles
from local_aws.targets import DeliveryError, service_of

FOLDER = "YARDMASTER_RIGHTS"
"""The variable that names a folder; at its end local AWS writes into it what was used."""

_DELIVERIES = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}
"""What needs the right in the policy of the target; buses, topics and log groups of the house have none."""


class Access:
    """The account's rights: who judges, who is who, and the ledger."""

    def __init__(self, facts: AccountFacts, callers_of: Callable[[str], tuple[str, ...] | None]) -> None:
        """Take what is known of the account, and what returns the ARNs that may call a function; None for any."""
        self.rights = AccountRights(callers_of)
        self.ledger = Ledger()
        self.roles = Roles(self.rights)
        self.authorizer = Authorizer(self.rights, facts, self.ledger)
        self.gate = Gate(self.authorizer, self.roles)
        self.jobs = JobAccess(self.authorizer, self.roles, facts)
        self._of_functions: dict[tuple[str, str], Credentials] = {}

    def credentials_of(self, spec: FunctionSpec) -> Credentials:
        """Return a function's credentials: a session of its role, or the administrator's if it has none.

        Raises:
            TrustError: Lambda may not assume the role.
        """
        if not spec.role_arn:
            return OF_ADMINISTRATOR
        identity = (spec.name, spec.role_arn)
        if identity not in self._of_functions:
            self._of_functions[identity] = self.roles.credentials(spec.role_arn, spec.name, LAMBDA)
        return self._of_functions[identity]

    def check_function(self, spec: FunctionSpec, call: Call) -> None:
        """Judge what Lambda does in a function's name.

        Raises:
            AccessDeniedError: The function's role may not do it.
        """
        if spec.role_arn:
            self.authorizer.check(self.principal_of(spec), call)

    def principal_of(self, spec: FunctionSpec) -> Principal:
        """Return who a function is when it calls."""
        return self.roles.principal(self.credentials_of(spec).access_key)

    def check_delivery(self, origin: str, arn: str) -> None:
        """Judge what EventBridge does for a rule: by the policy of the queue or function, as it has no role.

        A schedule of EventBridge Scheduler has one, which is not judged.

        Args:
            origin: The ARN of the rule or the schedule.
            arn: The ARN of the target or of the dead-letter queue.

        Raises:
            DeliveryError: The policy doesn't allow it.
        """
        action = _DELIVERIES.get(service_of(arn))
        if action is None or ":scheduler:" in origin:
            return
        source = {"aws:SourceArn": (origin,), "aws:SourceAccount": (ACCOUNT,)}
        try:
            self.authorizer.require(Principal(None, service="events.amazonaws.com"), Need(action, arn, source))
        except AccessDeniedError as error:
            raise DeliveryError("NO_PERMISSIONS", str(error)) from error

    def write_ledger(self) -> None:
        """Write what was used, if somebody asked for it."""
        if folder := os.environ.get(FOLDER):
            self.ledger.dump(Path(folder) / f"local-{os.getpid()}-{id(self)}.json")
