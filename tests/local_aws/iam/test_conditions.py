"""The truth tables of AWS's documentation.

Operators, missing keys, IfExists and Null:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html. ForAllValues and
ForAnyValue: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html.
"""

from typing import Any

import pytest

from local_aws.iam.conditions import conditions_hold
from local_aws.iam.globs import PolicyError

ROLE = "arn:aws:iam::123456789012:role/yard-worker"


def holds(operator: str, wanted: Any, *values: str) -> bool:
    return conditions_hold({operator: {"Test:Key": wanted}}, {"test:key": values} if values else {})


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "ab", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "Abc", "aBC", True),
        ("StringNotEqualsIgnoreCase", "Abc", "aBC", False),
        ("StringLike", "ml.m5.*", "ml.m5.xlarge", True),
        ("StringLike", "ml.m5.*", "ml.M5.xlarge", False),
        ("StringLike", "ml.m?.large", "ml.m5.large", True),
        ("StringLike", "ml.m5", "ml.m5.large", False),
        ("StringLike", "${*}", "*", True),
        ("StringLike", "${*}", "x", False),
        ("StringNotLike", "ml.m5.*", "ml.m5.xlarge", False),
        ("StringNotLike", "ml.m5.*", "ml.p4d.24xlarge", True),
        ("NumericEquals", "3600", "3600", True),
        ("NumericEquals", 3600, "3600.0", True),
        ("NumericNotEquals", "3600", "60", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "9", "10", False),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("NumericLessThanEquals", "10", "many", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("ArnEquals", ROLE, ROLE, True),
        ("ArnEquals", "arn:aws:iam::123456789012:role/yard-*", ROLE, True),
        ("ArnLike", "arn:aws:iam::*:role/yard-*", ROLE, True),
        ("ArnLike", "arn:aws:iam::12345678901:role/yard-*", ROLE, False),
        ("ArnLike", "arn:*:role/yard-worker", ROLE, False),
        ("ArnLike", "*", ROLE, False),
        ("ArnNotLike", "arn:aws:iam::*:role/yard-*", ROLE, False),
        ("ArnNotEquals", "arn:aws:iam::*:role/other", ROLE, True),
    ],
)
def test_an_operator_compares_as_iam_does(operator: str, wanted: Any, value: str, expected: bool) -> None:
    assert holds(operator, wanted, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("NumericLessThanEquals", False),
        ("Bool", False),
        ("ArnLike", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("NumericNotEquals", True),
        ("ArnNotEquals", True),
        ("StringEqualsIfExists", True),
        ("NumericLessThanEqualsIfExists", True),
        ("BoolIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringLikeIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringLikeIfExists", True),
    ],
)
def test_a_key_that_is_not_in_the_request(operator: str, expected: bool) -> None:
    assert holds(operator, "a") is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringLike", ["a1", "a2"], True),
        ("ForAllValues:StringLike", ["a1", "b"], False),
        ("ForAnyValue:StringLike", ["a1", "b"], True),
        ("ForAnyValue:StringLike", ["b", "c"], False),
        ("ForAllValues:StringNotLike", ["b", "c"], True),
        ("ForAllValues:StringNotLike", ["a1", "c"], False),
        ("ForAnyValue:StringNotLike", ["a1", "c"], True),
        ("ForAnyValue:StringNotLike", ["a1", "a2"], False),
    ],
)
def test_a_key_with_several_values(operator: str, values: list[str], expected: bool) -> None:
    assert holds(operator, "a*", *values) is expected


def test_null_asks_whether_the_key_is_there() -> None:
    assert holds("Null", "true")
    assert holds("Null", "false", "a")
    assert not holds("Null", "false")
    assert not holds("Null", True, "a")


def test_all_conditions_must_hold() -> None:
    both = {"StringEquals": {"a": "1"}, "StringLike": {"b": "2*"}}
    assert conditions_hold(both, {"a": ("1",), "b": ("23",)})
    assert not conditions_hold(both, {"a": ("1",), "b": ("3",)})
    assert not conditions_hold({"StringEquals": {"a": "1", "b": "2"}}, {"a": ("1",)})


@pytest.mark.parametrize("operator", ["IpAddress", "DateLessThan", "StringSimilar", "ForSomeValues:StringEquals"])
def test_an_operator_that_is_not_known_is_refused_by_its_name(operator: str) -> None:
    with pytest.raises(PolicyError, match=operator):
        holds(operator, "a", "a")


def test_what_is_not_known_does_not_hide_behind_what_is_false() -> None:
    with pytest.raises(PolicyError, match="IpAddress"):
        conditions_hold({"StringEquals": {"a": "1"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"a": ("2",)})


def test_several_values_need_a_set_operator() -> None:
    with pytest.raises(PolicyError, match="ForAllValues"):
        holds("StringEquals", "a", "a", "b")


def test_a_policy_variable_is_refused() -> None:
    with pytest.raises(PolicyError, match="aws:PrincipalTag/team"):
        holds("StringLike", "${aws:PrincipalTag/team}", "a")
