"""The execution role: what SageMaker does in its name, judged by its policies and its trust policy."""

import re

from local_aws.envelopes import ACCOUNT, REGION
from local_aws.iam.authorizer import AccessDeniedError, Authorizer
from local_aws.iam.calls import Call, Principal
from local_aws.iam.needs import Facts, Need
from local_aws.iam.roles import SAGEMAKER, Roles, TrustError
from local_aws.iam.services import kms
from local_aws.iam.services.sagemaker_keys import key_arn
from local_aws.sagemaker.access import DeniedError, ExecutionRole, Vpc
from local_aws.sagemaker.store import split_uri

SESSION = "SageMaker"
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
_EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
_LOOKS = (
    "DescribeDhcpOptions",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
)
_ON_INTERFACES = ("CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission")
_PULLS = ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage")


class JobAccess:
    """An `Access` of the simulator's: judges by the account's policies."""

    def __init__(self, authorizer: Authorizer, roles: Roles, facts: Facts) -> None:
        """Take who judges, who assumes roles, and what is known of the account."""
        self._authorizer = authorizer
        self._facts = facts
        self._roles = roles

    def assume(self, role: ExecutionRole) -> None:
        """Assume the role.

        Raises:
            DeniedError: There is none, or its trust policy doesn't let SageMaker assume it.
        """
        self._principal(role)

    def place(self, role: ExecutionRole, vpc: Vpc, volume_key: str | None) -> None:
        """Make instances: their network interfaces in a VPC, and their volumes under a KMS key.

        https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html has what a VPC takes.

        Raises:
            DeniedError: The role may not.
        """
        if volume_key:
            self._require(role, kms.grant_for_volume(key_arn(volume_key, self._facts), self._facts))
        if vpc:
            for need in _network_needs(vpc):
                self._require(role, need)

    def pull(self, role: ExecutionRole, image: str) -> None:
        """Pull an image: log in to ECR, then read the image's layers.

        Raises:
            DeniedError: The role may not.
        """
        if found := _IMAGE.match(image):
            repository = f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{found[3]}"
            self._require(role, Need("ecr:GetAuthorizationToken", "*"))
            for action in _PULLS:
                self._require(role, Need(f"ecr:{action}", repository))

    def list(self, role: ExecutionRole, uri: str) -> None:
        """List the objects whose URI begins so.

        Raises:
            DeniedError: The role may not.
        """
        bucket, prefix = split_uri(uri)
        self._check(role, Call("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": prefix}))

    def read(self, role: ExecutionRole, uri: str) -> None:
        """Read an object.

        Raises:
            DeniedError: The role may not.
        """
        bucket, key = split_uri(uri)
        self._check(role, Call("s3", "GetObject", {"Bucket": bucket, "Key": key}))

    def write(self, role: ExecutionRole, uri: str, key: str | None = None) -> None:
        """Write an object, under a KMS key of its own if one is given.

        Raises:
            DeniedError: The role may not.
        """
        bucket, name = split_uri(uri)
        named = {"SSEKMSKeyId": key} if key else {}
        self._check(role, Call("s3", "PutObject", {"Bucket": bucket, "Key": name, **named}))

    def delete(self, role: ExecutionRole, uri: str) -> None:
        """Delete an object.

        Raises:
            DeniedError: The role may not.
        """
        bucket, key = split_uri(uri)
        self._check(role, Call("s3", "DeleteObject", {"Bucket": bucket, "Key": key}))

    def may_log(self, role: ExecutionRole, group: str, stream: str) -> bool:
        """Say whether the role may write to a log stream, making it and its group first."""
        where = {"logGroupName": group, "logStreamName": stream}
        steps = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
        return all(self._may(role, Call("logs", step, where)) for step in steps)

    def may_measure(self, role: ExecutionRole, namespace: str) -> bool:
        """Say whether the role may publish metrics."""
        return self._may(role, Call("monitoring", "PutMetricData", {"Namespace": namespace}))

    def _may(self, role: ExecutionRole, call: Call) -> bool:
        try:
            self._check(role, call)
        except DeniedError:
            return False
        return True

    def _check(self, role: ExecutionRole, call: Call) -> None:
        try:
            self._authorizer.check(self._principal(role), call)
        except AccessDeniedError as error:
            raise DeniedError(f"AccessDenied: {error}") from error

    def _require(self, role: ExecutionRole, need: Need) -> None:
        try:
            self._authorizer.require(self._principal(role), need)
        except AccessDeniedError as error:
            raise DeniedError(f"AccessDenied: {error}") from error

    def _principal(self, role: ExecutionRole) -> Principal:
        source = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": role.source}
        try:
            return self._roles.assume(role.arn, SESSION, SAGEMAKER, source)
        except TrustError as error:
            raise DeniedError(
                f"AccessDenied: SageMaker could not assume the role {role.arn}: {error}. Please ensure that the role "
                f'exists and allows principal "{SAGEMAKER}" to assume it'
            ) from error


def _network_needs(vpc: Vpc) -> list[Need]:
    """Return the rights with which SageMaker makes, uses and removes network interfaces in a VPC."""
    interface = f"{_EC2}:network-interface/*"
    subnets = [f"{_EC2}:subnet/{name}" for name in vpc["Subnets"]]
    groups = [f"{_EC2}:security-group/{name}" for name in vpc["SecurityGroupIds"]]
    return [
        *(Need(f"ec2:{action}", "*") for action in _LOOKS),
        *(Need("ec2:CreateNetworkInterface", resource) for resource in (interface, *subnets, *groups)),
        *(Need(f"ec2:{action}", interface) for action in _ON_INTERFACES),
    ]
