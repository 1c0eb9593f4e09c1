"""How policies are judged.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from typing import Any

import pytest

from local_aws.iam.calls import Principal
from local_aws.iam.needs import Need
from local_aws.iam.policy import Grant, Policy, PolicyError, judge
from tests.local_aws.iam.support import ROLE, a_need, allow, deny, policy

OBJECT = "arn:aws:s3:::b/m/releases/r/model.tar.gz"


def allowed(statement: dict[str, Any], need: Need, principal: Principal | None = None) -> bool:
    return judge([policy(statement)], need, principal).allowed


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:Get*", True),
        ("s3:G?tObject", True),
        ("*", True),
        ("s3:*", True),
        ("s3:PutObject", False),
        ("s3:Get", False),
        (["s3:PutObject", "s3:GetObject"], True),
    ],
)
def test_an_action_is_compared_whatever_its_case(pattern: Any, covers: bool) -> None:
    assert allowed(allow(pattern), a_need()) is covers


@pytest.mark.parametrize(
    ("pattern", "resource", "covers"),
    [
        ("*", OBJECT, True),
        ("arn:aws:s3:::b/*", OBJECT, True),
        ("arn:aws:s3:::b/*/releases/*", OBJECT, True),
        ("arn:aws:s3:::b/*/releases/*", "arn:aws:s3:::b/a/b/releases/c/d", True),
        ("arn:aws:s3:::B/*", OBJECT, False),
        ("arn:aws:s3:::b", OBJECT, False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::b/m/releases/?/model.tar.gz", OBJECT, True),
        ("arn:aws:s3:::b/[m]/*", OBJECT, False),
        ("arn:aws:sagemaker:*:1:model/ym-*", "arn:aws:sagemaker:us-east-1:1:model/ym-a", True),
        ("arn:aws:sagemaker:us-*-1:1:model/ym-*", "arn:aws:sagemaker:us-east-1:1:model/ym-a", True),
        ("arn:aws:sagemaker:us-*-1:1:model/ym-*", "arn:aws:sagemaker:us-x:y-1:1:model/ym-a", False),
        ("arn:aws:sagemaker:us-east-1:1:model/ym-*", "arn:aws:sagemaker:us-east-1:1:model/other", False),
        ("arn:aws:logs:r:1:log-group:/aws/x:*", "arn:aws:logs:r:1:log-group:/aws/x:log-stream:a:b", True),
        ("arn:aws:s3:::b/*", "*", False),
        ("*", "*", True),
    ],
)
def test_a_resource_is_compared_segment_by_segment_and_with_its_case(pattern: str, resource: str, covers: bool) -> None:
    assert allowed(allow("s3:GetObject", pattern), a_need(resource=resource)) is covers


def test_not_action_and_not_resource_cover_all_the_others() -> None:
    need = a_need()
    others = {"Effect": "Allow", "NotAction": ["s3:Put*"], "Resource": "*"}
    elsewhere = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}
    assert allowed(others, need)
    assert not allowed(others, a_need("s3:PutObject"))
    assert allowed(elsewhere, need)
    assert not allowed(elsewhere, a_need(resource="arn:aws:s3:::secret/k"))


def test_without_an_allow_nothing_is_allowed_and_nothing_denied() -> None:
    verdict = judge([policy(allow("s3:PutObject"))], a_need())
    assert (verdict.allowed, verdict.denied, verdict.policy) == (False, False, None)


def test_an_explicit_deny_wins_over_every_allow_in_whatever_order() -> None:
    for statements in ([allow("s3:*"), deny("s3:Get*", Sid="No")], [deny("s3:Get*", Sid="No"), allow("s3:*")]):
        verdict = judge([policy(*statements)], a_need())
        assert (verdict.allowed, verdict.denied, verdict.sid) == (False, True, "No")


def test_a_deny_whose_condition_does_not_hold_denies_nothing() -> None:
    unless_tls = deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    need = a_need(keys={"aws:SecureTransport": "true"})
    assert judge([policy(allow("s3:*"), unless_tls)], need).allowed


def test_the_verdict_names_every_statement_that_allows() -> None:
    first = policy(allow("s3:Get*", "arn:aws:s3:::b/*"), name="one")
    second = policy(allow("s3:PutObject"), allow(["s3:PutObject", "s3:*"], Sid="All"), name="two")
    verdict = judge([first, second], a_need())
    assert verdict.grants == (Grant("one", "#1", "s3:Get*", "arn:aws:s3:::b/*"), Grant("two", "All", "s3:*", "*"))
    assert (verdict.policy, verdict.sid, verdict.resource_pattern) == ("one", "#1", "arn:aws:s3:::b/*")


def test_condition_keys_are_compared_whatever_their_case() -> None:
    tagged = allow("sagemaker:*", Condition={"StringEquals": {"AWS:requesttag/Yardmaster": "y"}})
    assert allowed(tagged, a_need("sagemaker:CreateModel", "*", keys={"aws:RequestTag/yardmaster": "y"}))


SERVICE = Principal(None, service="events.amazonaws.com")


@pytest.mark.parametrize(
    ("principal", "who", "covers"),
    [
        ("*", ROLE, True),
        ({"AWS": "*"}, ROLE, True),
        ({"AWS": ["arn:aws:iam::123456789012:role/worker"]}, ROLE, True),
        ({"AWS": "arn:aws:sts::123456789012:assumed-role/worker/session"}, ROLE, True),
        ({"AWS": "arn:aws:iam::123456789012:role/other"}, ROLE, False),
        ({"Service": "events.amazonaws.com"}, ROLE, False),
        ({"Service": ["lambda.amazonaws.com", "events.amazonaws.com"]}, SERVICE, True),
        ({"Service": "lambda.amazonaws.com"}, SERVICE, False),
        ({"Federated": "accounts.google.com"}, ROLE, False),
        # To name the account leaves it to the account's IAM policies.
        ({"AWS": "arn:aws:iam::123456789012:root"}, ROLE, False),
    ],
)
def test_a_policy_of_a_resource_is_for_its_principals(principal: Any, who: Principal, covers: bool) -> None:
    assert allowed({**allow("s3:GetObject"), "Principal": principal}, a_need(), who) is covers


def test_a_deny_for_the_account_is_for_everybody_in_it() -> None:
    statement = {**deny("s3:*"), "Principal": {"AWS": "123456789012"}}
    assert judge([policy(statement)], a_need(), ROLE).denied


def test_a_trust_policy_has_no_resource() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    need = Need("sts:AssumeRole", "arn:aws:iam::123456789012:role/r")
    assert allowed(trust, need, Principal(None, service="lambda.amazonaws.com"))
    assert not allowed(trust, need, Principal(None, service="sagemaker.amazonaws.com"))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({**allow("s3:*"), "NotPrincipal": "*"}, "NotPrincipal"),
        ({**allow("s3:*"), "Efect": "Allow"}, "Efect"),
        ({**allow("s3:*"), "Effect": "allow"}, "Effect"),
        ({"Effect": "Allow", "Resource": "*"}, "Action"),
        (allow("s3:*", "arn:aws:s3:::b/${aws:username}/*"), "aws:username"),
        (allow("s3:*", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"), "aws:PrincipalTag/team"),
    ],
)
def test_an_element_that_is_not_known_is_refused_by_its_name(statement: dict[str, Any], named: str) -> None:
    with pytest.raises(PolicyError, match=named):
        judge([policy(statement)], a_need())


def test_a_statement_that_can_not_be_read_does_not_matter_to_other_actions() -> None:
    own = allow("iam:*", "arn:aws:iam::*:user/${aws:username}")
    assert judge([policy(own, allow("s3:*"))], a_need()).allowed


def test_a_single_statement_needs_no_list() -> None:
    assert judge([Policy("p", {"Statement": allow("s3:*")})], a_need()).allowed
