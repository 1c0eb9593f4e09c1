from typing import Any

import pytest

from local_aws.template.errors import TemplateError
from local_aws.template.parameters import bind

DECLARED: dict[str, Any] = {
    "Prefix": {
        "Type": "String",
        "Default": "ym",
        "AllowedPattern": "[a-z]{1,4}",
        "ConstraintDescription": "one to four letters",
    },
    "Chip": {"Type": "String", "AllowedValues": ["arm64", "x86_64"], "Default": "arm64"},
    "Days": {"Type": "Number", "Default": 30, "MinValue": 1, "MaxValue": 90},
    "Types": {"Type": "CommaDelimitedList", "Default": "a.*, b.*"},
}


def test_what_is_not_given_has_its_default() -> None:
    assert bind(DECLARED, {}) == {"Prefix": "ym", "Chip": "arm64", "Days": "30", "Types": ["a.*", "b.*"]}


def test_what_is_given_replaces_the_default() -> None:
    bound = bind(DECLARED, {"Prefix": "x", "Days": "1", "Types": "c"})
    assert (bound["Prefix"], bound["Days"], bound["Types"]) == ("x", "1", ["c"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Prefx": "a"}, "no parameter Prefx; it has Chip, Days, Prefix, Types"),
        ({"Prefix": "toolong"}, "Prefix is 'toolong': one to four letters"),
        ({"Chip": "z80"}, "Chip is 'z80'; allowed are arm64, x86_64"),
        ({"Days": "many"}, "Days is 'many', which is not a number"),
        ({"Days": "91"}, "Days is 91; allowed are 1 to 90"),
    ],
)
def test_a_wrong_value_is_refused_in_words(given: dict[str, str], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        bind(DECLARED, given)


def test_a_parameter_without_default_must_be_given() -> None:
    with pytest.raises(TemplateError, match="parameter Mail has no default"):
        bind({"Mail": {"Type": "String"}}, {})


def test_an_unknown_parameter_type_is_refused() -> None:
    with pytest.raises(TemplateError, match="does not know parameters of type AWS::EC2::VPC::Id"):
        bind({"Net": {"Type": "AWS::EC2::VPC::Id"}}, {"Net": "vpc-1"})
