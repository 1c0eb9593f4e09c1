"""The execution role on a real local AWS: its trust policy, its policies, and a job that may not do what it needs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from local_aws.iam.jobs import JobAccess
from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.executors.base import Finished, InputChannel, TrainingRequest
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.training import TrainingJob
from local_aws.sagemaker.store import MemoryObjectStore
from local_aws.server import LocalAws
from tests.local_aws.iam.support import ACCOUNT, KEY, SAGEMAKER, allow

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
REPOSITORY = "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"
JOB = f"{SAGEMAKER}:training-job/ym-1"
PULL = allow(["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], REPOSITORY)
LOGIN = allow("ecr:GetAuthorizationToken")

Grant = Callable[..., None]


@pytest.fixture
def trust(local: LocalAws, role: str) -> Callable[..., None]:
    """Let SageMaker assume the role, under these conditions."""

    def put(**conditions: Any) -> None:
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": conditions}]}
        local.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))

    return put


@pytest.fixture
def jobs(local: LocalAws, trust: Callable[..., None]) -> JobAccess:
    trust()
    return local.access.jobs


@pytest.fixture
def execution(role: str) -> ExecutionRole:
    return ExecutionRole(f"arn:aws:iam::{ACCOUNT}:role/{role}", JOB)


def test_sagemaker_assumes_a_role_for_the_account_and_resource_that_the_trust_policy_names(
    jobs: JobAccess, execution: ExecutionRole, trust: Callable[..., None]
) -> None:
    own = {"aws:SourceAccount": ACCOUNT}
    trust(StringEquals=own, ArnLike={"aws:SourceArn": f"{SAGEMAKER}:*"})
    jobs.assume(execution)
    trust(StringEquals=own, ArnLike={"aws:SourceArn": f"{SAGEMAKER}:endpoint/*"})
    with pytest.raises(DeniedError, match="Please ensure that the role exists"):
        jobs.assume(execution)
    trust(StringEquals={"aws:SourceAccount": "999999999999"})
    with pytest.raises(DeniedError, match="does not allow sagemaker"):
        jobs.assume(execution)
    with pytest.raises(DeniedError, match="there is no role"):
        jobs.assume(ExecutionRole(f"arn:aws:iam::{ACCOUNT}:role/nobody", JOB))


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_an_image_is_pulled_with_four_rights(
    jobs: JobAccess, execution: ExecutionRole, grant: Grant, missing: int
) -> None:
    grant(PULL, LOGIN)
    jobs.pull(execution, IMAGE)
    rights = [*PULL["Action"], LOGIN["Action"]]
    gone = rights.pop(missing)
    grant(allow(rights))
    with pytest.raises(DeniedError, match=f"not authorized to perform: {gone} on resource"):
        jobs.pull(execution, IMAGE)


def test_a_vpc_and_a_key_take_rights_of_the_role(jobs: JobAccess, execution: ExecutionRole, grant: Grant) -> None:
    vpc = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    ec2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
    interfaces = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    ]
    make = allow(interfaces, [f"{ec2}:network-interface/*", f"{ec2}:subnet/*", f"{ec2}:security-group/*"])
    grant(make, allow("ec2:Describe*"))
    jobs.place(execution, vpc, None)
    with pytest.raises(DeniedError, match=r"kms:CreateGrant on resource: arn:aws:kms:us-east-1:.*:key/k-1"):
        jobs.place(execution, vpc, "k-1")
    for_instances = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    grant(allow("kms:CreateGrant", KEY, Condition=for_instances), make)
    jobs.place(execution, {}, KEY)
    with pytest.raises(DeniedError, match=r"ec2:DescribeDhcpOptions on resource: \* because"):
        jobs.place(execution, vpc, KEY)


def test_logs_and_metrics_of_a_role_that_may_not_write_them_are_left_out(
    jobs: JobAccess, execution: ExecutionRole, grant: Grant
) -> None:
    group = "/aws/sagemaker/TrainingJobs"
    assert not jobs.may_log(execution, group, "ym-1/algo-1")
    assert not jobs.may_measure(execution, group)
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    ours = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/*"
    metrics = {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}
    grant(allow(logs, ours), allow("cloudwatch:PutMetricData", Condition=metrics))
    assert jobs.may_log(execution, group, "ym-1/algo-1")
    assert jobs.may_measure(execution, group)
    assert not jobs.may_log(execution, "/other", "s")
    assert not jobs.may_measure(execution, "AWS/EC2")


def never() -> NoReturn:
    pytest.fail("no container may start")


@pytest.mark.parametrize(
    ("rights", "what"),
    [
        ([], "ecr:GetAuthorizationToken on resource: *"),
        ([LOGIN, PULL], 's3:ListBucket on resource: "arn:aws:s3:::b"'),
        ([LOGIN, PULL, allow("s3:ListBucket")], 's3:GetObject on resource: "arn:aws:s3:::b/train/a.csv"'),
    ],
)
def test_a_job_that_may_not_do_what_it_needs_fails_and_says_so(
    jobs: JobAccess, execution: ExecutionRole, grant: Grant, tmp_path: Path, rights: list[Any], what: str
) -> None:
    if rights:
        grant(*rights)
    store = MemoryObjectStore({"s3://b/train/a.csv": b"1,2\n"})
    around = Surroundings(store, tmp_path, lambda *_: None, lambda: 0.0, never, 1.0, 1.0, jobs)
    request = TrainingRequest("ym-1", IMAGE, {}, (InputChannel("train", "s3://b/train/"),), "s3://b/out")
    outcome = TrainingJob(request, around.under(execution.arn, execution.source)).run()
    assert outcome.result is Finished.FAILED
    assert str(outcome.failure_reason).startswith("ClientError: AccessDenied: User: arn:aws:sts::")
    assert "/SageMaker is" in str(outcome.failure_reason)
    assert f"not authorized to perform: {what} because" in str(outcome.failure_reason)


def test_what_the_role_used_is_in_the_ledger(
    local: LocalAws, jobs: JobAccess, execution: ExecutionRole, grant: Grant, role: str
) -> None:
    grant(allow("s3:PutObject", "arn:aws:s3:::b/out/*", Sid="Write"))
    jobs.write(execution, "s3://b/out/model.tar.gz")
    with pytest.raises(DeniedError):
        jobs.write(execution, "s3://b/elsewhere")
    rows = [(row["action"], row["allowed"]) for row in local.access.ledger.as_json() if row["role"] == role]
    assert sorted(rows) == [("s3:PutObject", False), ("s3:PutObject", True)]
