"""What a template grants to each role, read without making anything: for tests, and for `make rights`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.iam.policy import Policy
from local_aws.template.intrinsics import Scope, resolve
from local_aws.template.sam import Translated

_AWS_OWN = "arn:aws:iam::aws:policy/"

AwsOwn = Callable[[str], Mapping[str, Any]]
"""Gives the document of one of AWS's own managed policies, by its name."""


@dataclass(frozen=True)
class Role:
    """A role and what it may do.

    Attributes:
        resource: Its name in the template.
        name: What it is called in the account.
        function: The code folder of the function that has it; None for the roles of jobs and of schedules.
        policies: Inline and attached, with the names that they have in the account.
        trust: Who may assume it.
        boundary: The permissions boundary.
    """

    resource: str
    name: str
    function: str | None
    policies: tuple[Policy, ...]
    trust: Policy
    boundary: Policy | None = None


@dataclass(frozen=True)
class StackRights:
    """All rights of a stack; finds policies for an `Authorizer`.

    Attributes:
        roles: By their names in the account.
        resources: The policies of buckets and queues, by ARN.
    """

    roles: Mapping[str, Role]
    resources: Mapping[str, Policy]

    def of_role(self, role: str) -> Sequence[Policy]:
        """Return the identity policies of a role."""
        return self.roles[role].policies

    def boundary_of(self, role: str) -> Policy | None:
        """Return the permissions boundary of a role."""
        return self.roles[role].boundary

    def trust_of(self, role: str) -> Policy | None:
        """Return the trust policy of a role; None if there is no such role."""
        return self.roles[role].trust if role in self.roles else None

    def of_resource(self, arn: str) -> Policy | None:
        """Return the policy of a bucket (also by the ARN of an object in it) or of a queue."""
        return self.resources.get(arn.partition("/")[0])

    def role_of(self, function: str | None) -> Role:
        """Return the role of a function, by its code folder; the jobs' execution role for None."""
        jobs = (role for role in self.roles.values() if role.function is None and role.resource == "ExecutionRole")
        functions = (role for role in self.roles.values() if role.function is not None and role.function == function)
        return next(jobs if function is None else functions)


def stack_rights(translated: Translated, scope: Scope, aws_own: AwsOwn | None = None) -> StackRights:
    """Return what a template grants.

    Args:
        translated: The template; nothing of it is made.
        scope: What the names in it stand for; see `planned`.
        aws_own: Where AWS's own managed policies are found; without it they are left out.
    """
    resources = {name: item for name, item in translated.document["Resources"].items() if name in scope.made}
    functions = dict(_functions(resources, translated))
    reader = _Reader(resources, scope, aws_own)
    roles = [
        _role(name, item["Properties"], functions.get(name), reader)
        for name, item in resources.items()
        if item["Type"] == "AWS::IAM::Role"
    ]
    return StackRights({role.name: role for role in roles}, dict(_of_resources(resources, scope)))


def _functions(resources: Mapping[str, Any], translated: Translated) -> Iterator[tuple[str, str]]:
    """Yield each function's role, by its name in the template, and code folder."""
    for name, item in resources.items():
        if item["Type"] == "AWS::Lambda::Function":
            yield item["Properties"]["Role"]["Fn::GetAtt"][0], translated.code[name].name


@dataclass(frozen=True)
class _Reader:
    """Finds the documents that a role names."""

    resources: Mapping[str, Any]
    scope: Scope
    aws_own: AwsOwn | None

    def attached(self, declared: Any) -> Policy | None:
        """Return the managed policy that a Ref or an ARN names; None for one of AWS's own that nobody asks for."""
        arn = str(resolve(declared, self.scope))
        name = arn.rsplit("/", 1)[-1]
        if arn.startswith(_AWS_OWN):
            return Policy(name, self.aws_own(name)) if self.aws_own else None
        here = next(one for one, made in self.scope.made.items() if made.ref == arn)
        return Policy(name, resolve(self.resources[here]["Properties"]["PolicyDocument"], self.scope))

    def naming(self, role: str) -> list[Policy]:
        """Return the managed policies that name a role, and not the role them."""
        return [
            Policy(
                self.scope.made[name].ref.rsplit("/", 1)[-1], resolve(item["Properties"]["PolicyDocument"], self.scope)
            )
            for name, item in self.resources.items()
            if item["Type"] == "AWS::IAM::ManagedPolicy" and {"Ref": role} in item["Properties"].get("Roles", [])
        ]

    def inline(self, declared: Mapping[str, Any]) -> Policy:
        """Return a policy that is written in the role itself."""
        found = resolve(declared, self.scope)
        return Policy(found["PolicyName"], found["PolicyDocument"])


def _role(name: str, declared: Mapping[str, Any], function: str | None, reader: _Reader) -> Role:
    managed = [reader.attached(one) for one in declared.get("ManagedPolicyArns", [])]
    inline = [reader.inline(one) for one in declared.get("Policies", [])]
    policies = (*inline, *(policy for policy in managed if policy), *reader.naming(name))
    trust = Policy("trust", resolve(declared["AssumeRolePolicyDocument"], reader.scope))
    return Role(name, reader.scope.made[name].ref, function, policies, trust)


def _of_resources(resources: Mapping[str, Any], scope: Scope) -> Iterator[tuple[str, Policy]]:
    for name, item in resources.items():
        properties = item.get("Properties", {})
        match item["Type"]:
            case "AWS::S3::BucketPolicy":
                yield (
                    f"arn:aws:s3:::{resolve(properties['Bucket'], scope)}",
                    Policy(name, resolve(properties["PolicyDocument"], scope)),
                )
            case "AWS::SQS::QueuePolicy":
                for queue in resolve(properties["Queues"], scope):
                    arn = next(made.attributes["Arn"] for made in scope.made.values() if made.ref == queue)
                    yield arn, Policy(name, resolve(properties["PolicyDocument"], scope))
