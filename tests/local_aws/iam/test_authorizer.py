"""Policies, boundaries and policies of resources together.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and, for AWS's sentences,
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local_aws.iam.authorizer import AccessDeniedError, Authorizer
from local_aws.iam.calls import Call, Principal, UnknownCallError
from local_aws.iam.ledger import Ledger
from local_aws.iam.policy import Policy
from tests.local_aws.iam.support import ACCOUNT, ROLE, SAGEMAKER, Facts, allow, deny, policy

READ = Call("s3", "GetObject", {"Bucket": "b", "Key": "k"})
START = Call(
    "sagemaker", "CreateTrainingJob", {"TrainingJobName": "ym-1", "RoleArn": "arn:aws:iam::123456789012:role/x"}
)
USER = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/session"


@dataclass
class Rights:
    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    resources: Mapping[str, Policy] = field(default_factory=dict)

    def of_role(self, role: str) -> Sequence[Policy]:
        assert role == "worker"
        return self.identity

    def boundary_of(self, role: str) -> Policy | None:
        return self.boundary

    def of_resource(self, arn: str) -> Policy | None:
        return self.resources.get(arn.partition("/")[0])


def check(rights: Rights, call: Call = READ, who: Principal = ROLE) -> Ledger:
    ledger = Ledger()
    Authorizer(rights, Facts(), ledger).check(who, call)
    return ledger


def sentence(rights: Rights, call: Call = READ, who: Principal = ROLE) -> str:
    with pytest.raises(AccessDeniedError) as denied:
        check(rights, call, who)
    return str(denied.value)


def bucket_policy(*statements: Mapping[str, object]) -> dict[str, Policy]:
    return {"arn:aws:s3:::b": policy(*({**one, "Principal": "*"} for one in statements), name="bucket policy")}


def test_what_no_policy_allows_is_denied_in_awss_words() -> None:
    assert sentence(Rights([policy(allow("iam:PassRole"))]), START) == (
        f"User: {USER} is not authorized to perform: sagemaker:CreateTrainingJob on resource: "
        f"{SAGEMAKER}:training-job/ym-1 because no identity-based policy allows the sagemaker:CreateTrainingJob action"
    )


def test_s3_puts_the_resource_in_quotes() -> None:
    assert 's3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based' in sentence(Rights())


def test_every_dependent_action_must_be_allowed() -> None:
    assert "iam:PassRole on resource: arn:aws:iam::123456789012:role/x" in sentence(
        Rights([policy(allow("sagemaker:*"))]), START
    )
    check(Rights([policy(allow("sagemaker:*"), allow("iam:PassRole"))]), START)


@pytest.mark.parametrize(
    ("rights", "why"),
    [
        (Rights([policy(allow("s3:*"), deny("s3:*"))]), "with an explicit deny in an identity-based policy"),
        (Rights([policy(allow("s3:*"))], resources=bucket_policy(deny("s3:*"))), "deny in a resource-based policy"),
        (Rights([policy(allow("s3:*"))], policy(deny("s3:*"))), "with an explicit deny in a permissions boundary"),
        (Rights([policy(allow("s3:*"))], policy(allow("sqs:*"))), "because no permissions boundary allows the s3:Get"),
        (Rights([], policy(allow("s3:*"))), "because no identity-based policy allows the s3:GetObject action"),
    ],
)
def test_the_sentence_says_which_policy_decided(rights: Rights, why: str) -> None:
    assert why in sentence(rights)


def test_a_boundary_and_a_policy_must_both_allow() -> None:
    check(Rights([policy(allow("s3:*"))], policy(allow("s3:Get*"))))


def test_a_policy_of_the_resource_is_enough_within_the_account() -> None:
    check(Rights(resources=bucket_policy(allow("s3:GetObject"))))


def test_the_administrator_may_do_all_but_what_a_bucket_denies_everybody() -> None:
    administrator = Principal(None)
    check(Rights(), READ, administrator)
    check(Rights(), Call("glue", "GetJobs", {}), administrator)
    assert "explicit deny in a resource-based" in sentence(
        Rights(resources=bucket_policy(deny("*"))), READ, administrator
    )


def test_every_request_has_the_global_keys() -> None:
    condition = {
        "Bool": {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false"},
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/worker"},
    }
    check(Rights([policy(allow("s3:*", Condition=condition))]))


def test_a_call_that_nobody_knows_is_refused_to_a_role() -> None:
    with pytest.raises(UnknownCallError, match="glue"):
        check(Rights([policy(allow("*"))]), Call("glue", "GetJobs", {}))


def test_the_ledger_has_what_was_granted_by_whom_and_what_was_denied(tmp_path: Path) -> None:
    ledger = Ledger()
    twice = [policy(allow("s3:Get*", Sid="Read"), name="a"), policy(allow("s3:GetObject", Sid="Also"), name="b")]
    Authorizer(Rights(twice), Facts(), ledger).check(ROLE, READ)
    Authorizer(Rights(twice[:1]), Facts(), ledger).check(ROLE, READ)
    with pytest.raises(AccessDeniedError):
        Authorizer(Rights(), Facts(), ledger).check(ROLE, READ)
    ledger.dump(tmp_path / "rights.json")
    again = Ledger.load(tmp_path / "rights.json")
    again.merge(ledger)
    grants = {(row["grant"] or {}).get("sid"): (row["allowed"], row["count"], row["sole"]) for row in again.as_json()}
    assert grants == {"Read": (True, 4, 2), "Also": (True, 2, 0), None: (False, 2, 0)}
    assert {row["example"] for row in again.as_json()} == {"arn:aws:s3:::b/k"}
    assert {row["role"] for row in again.as_json()} == {"worker"}
