from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sam.template_checks import circles, of_type, reservations, undelivered, unkept, unlogged, unreasoned
from yardmaster.flows import prepare_data
from yardmaster.rules import shift, sleep
from yardmaster.rules.names import FUNCTIONS

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
Check = Callable[[Mapping[str, Any]], Iterator[str]]
NO_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListEndpoints",
    "sagemaker:Search",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "tag:GetResources",
}
"""The actions that, by the service authorization reference, can't be limited to a resource.

DescribeAlarms can, but then it is silent about composite alarms.
"""


def allowed(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (resource, statement) of each statement that grants something to a role."""
    for name, properties in of_type(resources, "IAM::Role").items():
        for policy in properties.get("Policies", []):
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
    for name, properties in of_type(resources, "IAM::ManagedPolicy").items():
        yield from ((name, statement) for statement in properties["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements_with(resources: dict[str, Any], action: str) -> list[tuple[str, dict[str, Any]]]:
    found = [(name, statement) for name, statement in allowed(resources) if action in listed(statement["Action"])]
    assert found, f"nobody may {action}"
    return found


@pytest.mark.parametrize("check", [circles, reservations, undelivered, unkept, unlogged], ids=lambda one: one.__name__)
def test_nothing_is_wrong_that_no_linter_knows(check: Check, resources: dict[str, Any]) -> None:
    assert list(check(resources)) == [], check.__doc__


def test_every_wildcard_has_its_reason_beside_it() -> None:
    assert list(unreasoned(TEMPLATE.read_text(encoding="utf-8"))) == []


def test_every_function_has_a_role_of_its_own(resources: dict[str, Any]) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in of_type(resources, "Lambda::Function").values()]
    assert len(roles) == len(set(roles))


def test_one_stem_names_a_function_everywhere(written: dict[str, Any]) -> None:
    functions = of_type(written["Resources"], "Serverless::Function")
    assert len(functions) == len(FUNCTIONS)
    for logical, function in functions.items():
        stem = Path(function["CodeUri"]).name
        assert function["CodeUri"] == f"functions/{stem}"
        assert logical == "".join(part.capitalize() for part in stem.split("_")) + "Function"
        assert function["FunctionName"]["Fn::Sub"] == "${AWS::StackName}-" + stem.replace("_", "-")


def test_rule_names_begin_with_the_stack_so_that_the_queue_takes_their_events(resources: dict[str, Any]) -> None:
    for name, rule in of_type(resources, "Events::Rule").items():
        assert rule["Name"]["Fn::Sub"].startswith("${AWS::StackName}-"), name
        assert len(rule["Name"]["Fn::Sub"].replace("${AWS::StackName}", "yardmaster")) <= 64, name


def test_no_role_has_a_wildcard_action(resources: dict[str, Any]) -> None:
    for name, statement in allowed(resources):
        assert not [action for action in listed(statement["Action"]) if "*" in action], (name, statement)


def test_all_resources_are_allowed_only_to_actions_that_know_none(resources: dict[str, Any]) -> None:
    for name, statement in allowed(resources):
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= NO_RESOURCE, (name, statement)


PASSED = {"ExecutionRole": "sagemaker.amazonaws.com", "SchedulerRole": "scheduler.amazonaws.com"}
"""Which roles functions may pass on, and to whom alone."""


def test_only_the_roles_of_jobs_and_of_schedules_are_passed_and_each_to_its_service_only(
    resources: dict[str, Any],
) -> None:
    seen = set()
    for _, statement in statements_with(resources, "iam:PassRole"):
        role, _ = statement["Resource"]["Fn::GetAtt"]
        assert statement["Condition"]["StringEquals"] == {"iam:PassedToService": PASSED[role]}
        seen.add(role)
    assert seen == PASSED.keys()


def test_tags_are_given_only_at_birth(resources: dict[str, Any]) -> None:
    for name, statement in statements_with(resources, "sagemaker:AddTags"):
        assert statement["Condition"]["StringEquals"]["sagemaker:TaggingAction"], name


@pytest.mark.parametrize(
    "action",
    ["sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities"],
)
def test_endpoints_are_changed_only_where_the_tag_is_this_stacks(resources: dict[str, Any], action: str) -> None:
    for _, statement in statements_with(resources, action):
        assert statement["Condition"] in (
            {"StringEquals": {"aws:ResourceTag/yardmaster": {"Ref": "AWS::StackName"}}},
            # Of somebody who asked for it; only with StopTaggedEndpoints.
            {"Null": {"aws:ResourceTag/yardmaster:stop-after": "false"}},
        )


@pytest.mark.parametrize(
    "action", ["sagemaker:CreateTrainingJob", "sagemaker:CreateTransformJob", "sagemaker:CreateEndpointConfig"]
)
def test_what_costs_money_is_limited_to_the_allowed_instance_types(resources: dict[str, Any], action: str) -> None:
    for _, statement in statements_with(resources, action):
        condition = statement["Condition"]
        if condition["Null"].get("sagemaker:ServerlessMaxConcurrency") == "false":
            assert condition["Null"]["sagemaker:InstanceTypes"] == "true", "a serverless endpoint has none"
            continue
        assert condition["ForAllValues:StringLike"]["sagemaker:InstanceTypes"] == {"Ref": "AllowedInstanceTypes"}
        assert condition["Null"] == {"sagemaker:InstanceTypes": "false"}, "ForAllValues holds for none at all"


def test_functions_publish_only_under_the_stacks_own_name(resources: dict[str, Any]) -> None:
    for _, statement in statements_with(resources, "events:PutEvents"):
        source = statement["Condition"]["StringEquals"]["events:source"]
        assert source == {"Fn::Sub": "yardmaster.${AWS::StackName}"}


def test_sagemaker_takes_the_execution_role_only_for_this_account(resources: dict[str, Any]) -> None:
    trust = resources["ExecutionRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "aws:SourceArn" in trust["Condition"]["ArnLike"]


def test_data_and_history_outlive_the_stack(resources: dict[str, Any]) -> None:
    for name in ("Bucket", "Table"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"


def test_every_parameter_is_explained(written: dict[str, Any]) -> None:
    for name, parameter in written["Parameters"].items():
        assert len(parameter["Description"].split()) > 5, name


def test_every_variable_that_local_tools_set_is_declared(resources: dict[str, Any]) -> None:
    for function in of_type(resources, "Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert {"STACK_NAME", "PREFIX", "BUCKET", "TABLE", "EXECUTION_ROLE_ARN"} <= set(variables)
        assert variables["AWS_ENDPOINT_URL"] == "", "SAM and local AWS can set only what the template declares"


@pytest.mark.parametrize("function", ["DeployCanaryFunction", "JudgeCanaryFunction"])
def test_a_lease_on_an_endpoint_outlives_the_invocation_that_took_it_twice(
    function: str, resources: dict[str, Any]
) -> None:
    assert resources[function]["Properties"]["Timeout"] <= shift.FUNCTION_TIMEOUT
    assert shift.LEASE >= 2 * shift.FUNCTION_TIMEOUT


def test_a_claim_on_a_drop_outlives_the_invocation_that_took_it(resources: dict[str, Any]) -> None:
    assert resources["PrepareDataFunction"]["Properties"]["Timeout"] < prepare_data.CLAIM


@pytest.mark.parametrize(
    ("function", "timeout"),
    [("StopIdleEndpointsFunction", sleep.SWEEP_TIMEOUT), ("StartEndpointFunction", sleep.START_TIMEOUT)],
)
def test_who_stops_or_starts_an_endpoint_is_dead_before_its_lease_ends(
    resources: dict[str, Any], function: str, timeout: float
) -> None:
    assert resources[function]["Properties"]["Timeout"] <= timeout
    assert min(sleep.SWEEP_LEASE / sleep.SWEEP_TIMEOUT, sleep.START_LEASE / sleep.START_TIMEOUT) >= 2
