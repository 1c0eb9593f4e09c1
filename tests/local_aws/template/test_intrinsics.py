from typing import Any

import pytest

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made, Scope, holds, pseudo_parameters, references, resolve

REF, ATT, SUB = "Ref", "Fn::GetAtt", "Fn::Sub"


@pytest.fixture
def scope() -> Scope:
    values = pseudo_parameters("yard", "123456789012", "eu-west-1")
    return Scope(
        values={**values, "Size": "7", "Zones": ["a", "b"], "Stage": "prod"},
        mappings={"Accounts": {"eu-west-1": {"Xgboost": "141502667606"}}},
        conditions={
            "IsProd": {"Fn::Equals": [{REF: "Stage"}, "prod"]},
            "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
            "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
            "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
            "Odd": {"Fn::Contains": [["a"], "a"]},
        },
        made={"Bucket": Made("yard-bucket", {"Arn": "arn:aws:s3:::yard-bucket"})},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (True, True),
        ({REF: "Size"}, "7"),
        ({REF: "Zones"}, ["a", "b"]),
        ({REF: "Bucket"}, "yard-bucket"),
        ({REF: "AWS::StackName"}, "yard"),
        ({ATT: ["Bucket", "Arn"]}, "arn:aws:s3:::yard-bucket"),
        ({ATT: "Bucket.Arn"}, "arn:aws:s3:::yard-bucket"),
        ({SUB: "${AWS::StackName}-${Size}"}, "yard-7"),
        ({SUB: "${Bucket.Arn}/*"}, "arn:aws:s3:::yard-bucket/*"),
        ({SUB: "${!Size} ${Size}"}, "${Size} 7"),
        ({SUB: ["${Who}/${Size}", {"Who": {REF: "Bucket"}}]}, "yard-bucket/7"),
        ({"Fn::Join": ["-", ["a", {REF: "Size"}, 3, True]]}, "a-7-3-true"),
        ({"Fn::Split": [".", "a.b"]}, ["a", "b"]),
        ({"Fn::Select": ["1", {REF: "Zones"}]}, "b"),
        ({"Fn::FindInMap": ["Accounts", {REF: "AWS::Region"}, "Xgboost"]}, "141502667606"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsTest", "yes", {REF: "Size"}]}, "7"),
        ({"a": {REF: "AWS::NoValue"}, "b": [{REF: "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"a": {"Fn::If": ["IsTest", 1, {REF: "AWS::NoValue"}]}}, {}),
    ],
)
def test_a_known_function_gives_its_value(scope: Scope, value: Any, expected: Any) -> None:
    assert resolve(value, scope) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::ImportValue": "x"}, "does not know the intrinsic function Fn::ImportValue"),
        ({"a": [{"Fn::GetAZs": ""}]}, "does not know the intrinsic function Fn::GetAZs"),
        ({REF: "Nobody"}, "Ref Nobody: there is no such parameter or resource"),
        ({ATT: ["Nobody", "Arn"]}, "there is no such resource"),
        ({ATT: ["Bucket", "WebsiteURL"]}, "Bucket.WebsiteURL: local AWS gives it the attributes Arn"),
        ({ATT: "Bucket"}, "needs a resource and an attribute"),
        ({SUB: "${Nobody}"}, "there is no such parameter or resource"),
        ({SUB: 3}, "Fn::Sub needs a text"),
        ({"Fn::Select": [2, ["a"]]}, "no item 2 in a list of 1"),
        ({"Fn::FindInMap": ["Accounts", "mars", "Xgboost"]}, "there is no 'mars'"),
        ({"Fn::If": ["Nobody", 1, 2]}, "there is no condition Nobody"),
        ({"Fn::If": ["Odd", 1, 2]}, "does not know the condition"),
        ({"Fn::If": ["IsProd", 1]}, "Fn::If needs a condition and two values"),
        ({"Fn::Join": ["-"]}, "Fn::Join needs two arguments"),
    ],
)
def test_what_is_unknown_or_malformed_is_refused(scope: Scope, value: Any, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        resolve(value, scope)


@pytest.mark.parametrize(("name", "expected"), [("IsProd", True), ("IsTest", False), ("Both", False), ("Either", True)])
def test_conditions_are_combined(scope: Scope, name: str, expected: bool) -> None:
    assert holds(name, scope) is expected


def test_everything_that_a_value_needs_is_found() -> None:
    value = {
        "a": {REF: "A"},
        "b": [{ATT: ["B", "Arn"]}, {ATT: "C.Arn"}],
        "c": {SUB: ["${D}-${E.Arn}-${!F}-${G}", {"G": {REF: "H"}}]},
        "d": {"Fn::If": ["IsProd", {REF: "I"}, {"Fn::Join": ["", [{REF: "J"}]]}]},
    }
    assert references(value) == set("ABCDEHIJ")
