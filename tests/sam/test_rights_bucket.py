"""What the bucket's own policy denies to everybody, whatever else allows it; beside it what passes."""

import pytest

from local_aws.iam.authorizer import AccessDeniedError
from local_aws.iam.calls import Call, Principal
from local_aws.iam.needs import Need
from tests.sam.denials import RELEASE, RIGHTS, authorizer, item, principal_of
from tests.world import BUCKET

ADMINISTRATOR = Principal(None)
HTTP = {"aws:SecureTransport": ("false",)}
SOMEBODY = [ADMINISTRATOR, *(Principal(role.name) for role in RIGHTS.roles.values())]
CHANNELS = [
    f"{RELEASE}/channels/train/part-0.csv",
    f"{RELEASE}/channels/validation/part-0.csv",
    f"{RELEASE}/channels/test/part-0.csv",
    f"{RELEASE}/columns.json",
    f"{RELEASE}/source.json",
    f"{RELEASE}/test.manifest",
]


def arn_of(key: str) -> str:
    return f"arn:aws:s3:::{BUCKET}/{key}"


def assert_denied_by_the_bucket(principal: Principal, need: Need) -> None:
    with pytest.raises(AccessDeniedError) as denied:
        authorizer().require(principal, need)
    assert denied.value.why == "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize("principal", SOMEBODY, ids=lambda one: str(one.role))
def test_nobody_reads_or_writes_the_bucket_by_plain_http(principal: Principal) -> None:
    for need in (
        Need("s3:GetObject", arn_of("churn/spec.yaml")),
        Need("s3:PutObject", arn_of("churn/STATUS.md"), {"s3:ObjectCreationOperation": ("true",)}),
        Need("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    ):
        authorizer().require(ADMINISTRATOR, need)
        assert_denied_by_the_bucket(principal, Need(need.action, need.resource, {**need.keys, **HTTP}))


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"])
def test_other_accounts_have_no_way_in_whatever_their_own_policies_say(action: str) -> None:
    need = Need(action, arn_of("churn/spec.yaml"))

    authorizer().require(ADMINISTRATOR, need)
    assert_denied_by_the_bucket(Principal(None, account="999999999999"), need)


def test_a_service_of_aws_is_not_taken_for_another_account() -> None:
    with pytest.raises(AccessDeniedError) as denied:
        authorizer().require(
            Principal(None, service="logging.s3.amazonaws.com"), Need("s3:PutObject", arn_of("logs/a"))
        )
    assert "because no resource-based policy allows" in denied.value.why, "a policy that allows it would be enough"


@pytest.mark.parametrize("key", CHANNELS)
@pytest.mark.parametrize("operation", ["PutObject", "CompleteMultipartUpload", "CopyObject"])
@pytest.mark.parametrize("principal", [ADMINISTRATOR, principal_of("prepare_data"), principal_of(None)], ids=str)
def test_nobody_writes_a_channel_without_asking_that_there_be_none(
    principal: Principal, operation: str, key: str
) -> None:
    again = item(key, CopySource=item(f"{RELEASE}/a")) if operation == "CopyObject" else item(key)
    once = {**again, "IfNoneMatch": "*"}

    authorizer().check(principal, Call("s3", operation, once))
    with pytest.raises(AccessDeniedError) as denied:
        authorizer().check(principal, Call("s3", operation, again))

    assert denied.value.why == "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart"])
def test_parts_of_a_channel_need_no_condition_as_only_the_last_step_makes_it(operation: str) -> None:
    authorizer().check(principal_of("prepare_data"), Call("s3", operation, item(CHANNELS[0])))


@pytest.mark.parametrize("key", [f"{RELEASE}/training/model.tar.gz", f"{RELEASE}/scores/part-0.csv.out"])
def test_sagemaker_writes_models_and_scores_without_a_condition(key: str) -> None:
    authorizer().check(principal_of(None), Call("s3", "PutObject", item(key)))
