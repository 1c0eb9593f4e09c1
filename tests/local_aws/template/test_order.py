from itertools import pairwise

import pytest

from local_aws.template.errors import TemplateError
from local_aws.template.order import in_order


def test_each_resource_comes_after_those_that_it_needs() -> None:
    resources = {
        "Rule": {"Properties": {"Target": {"Fn::GetAtt": ["Function", "Arn"]}}},
        "Function": {"Properties": {"Name": {"Fn::Sub": "${Bucket}-${AWS::StackName}"}}, "DependsOn": "Logs"},
        "Logs": {"Properties": {}},
        "Bucket": {},
    }
    order = in_order(resources)
    assert set(order) == set(resources)
    assert order.index("Bucket") < order.index("Function") < order.index("Rule")
    assert order.index("Logs") < order.index("Function")


def test_a_circle_is_refused_and_told_from_the_one_that_needs_to_the_one_that_is_needed() -> None:
    resources = {name: {"DependsOn": other} for name, other in (("A", "B"), ("B", "C"), ("C", "A"), ("D", "A"))}
    with pytest.raises(TemplateError, match="need each other in a circle: ") as refused:
        in_order(resources)
    circle = str(refused.value).partition("circle: ")[2].split(" -> ")
    assert len(circle) == 4
    assert all(resources[needs]["DependsOn"] == needed for needs, needed in pairwise(circle))


def test_a_dependency_that_is_not_there_is_refused() -> None:
    with pytest.raises(TemplateError, match="Function depends on Nobody, which the template does not have"):
        in_order({"Function": {"DependsOn": ["Nobody"]}})
