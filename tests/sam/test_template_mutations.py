"""The checks of the template find what they look for: each in a template that has just that wrong."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sam.template_checks import circles, reservations, undelivered, unkept, unlogged, unreasoned

TEXT = (Path(__file__).parents[2] / "template.yaml").read_text(encoding="utf-8")
FUNCTION, OTHER, RULE = "JudgeCanaryFunction", "DeployCanaryFunction", "JudgeCanaryFunctionReleaseDue"
Mutation = tuple[Callable[[dict[str, Any]], Iterator[str]], Callable[[dict[str, Any]], Any], str]


def statement(role: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what finds the first statement of a role's own policy."""

    def find(resources: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
        return found

    return find


def put(resource: str, **properties: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda resources: resources[resource]["Properties"].update(properties)


def drop(resource: str, *path: str | int) -> Callable[[dict[str, Any]], Any]:
    def mutate(resources: dict[str, Any]) -> None:
        place = resources[resource]["Properties"]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return mutate


def add(name: str, kind: str, **properties: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda resources: resources.update({name: {"Type": f"AWS::{kind}", "Properties": properties}})


def depend(resource: str, on: str) -> Callable[[dict[str, Any]], Any]:
    return lambda resources: resources[resource].update(DependsOn=[on])


def allow_on(role: str, resource: Any) -> Callable[[dict[str, Any]], Any]:
    """A policy that names what needs the policy's own role."""
    return lambda resources: statement(role)(resources).update(Resource=resource)


def invoke_config(function: str) -> str:
    return f"{function}EventInvokeConfig"


MUTATIONS: dict[str, Mutation] = {
    "a role that names its function's ARN": (
        circles,
        allow_on(f"{FUNCTION}Role", {"Fn::GetAtt": [FUNCTION, "Arn"]}),
        f"{FUNCTION}Role",
    ),
    "a role that names its function in a text": (
        circles,
        allow_on(f"{FUNCTION}Role", {"Fn::Sub": f"${{{FUNCTION}.Arn}}:*"}),
        f"{FUNCTION}Role",
    ),
    "a queue policy that names a rule": (
        circles,
        lambda resources: (
            put("UndeliveredEventsPolicy", Rule={"Fn::GetAtt": [RULE, "Arn"]})(resources),
            depend(RULE, "UndeliveredEventsPolicy")(resources),
        ),
        RULE,
    ),
    "a key that names a role that uses it": (
        circles,
        lambda resources: (
            add("Key", "KMS::Key", KeyPolicy={"Principal": {"Fn::GetAtt": [f"{FUNCTION}Role", "Arn"]}})(resources),
            allow_on(f"{FUNCTION}Role", {"Fn::GetAtt": ["Key", "Arn"]})(resources),
        ),
        "Key",
    ),
    "a bucket that waits for a function that reads it": (circles, depend("Bucket", FUNCTION), FUNCTION),
    "a schedule and its role": (
        circles,
        lambda resources: (
            add("Night", "Scheduler::Schedule", Role={"Ref": "NightRole"})(resources),
            add("NightRole", "IAM::Role", Description={"Ref": "Night"})(resources),
        ),
        "Night",
    ),
    "reserved concurrency": (reservations, put(FUNCTION, ReservedConcurrentExecutions=1), FUNCTION),
    "provisioned concurrency": (
        reservations,
        add("Live", "Lambda::Alias", ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 1}),
        "Live",
    ),
    "an event source mapping": (reservations, add("Poll", "Lambda::EventSourceMapping"), "Poll"),
    "a rule without a dead-letter queue": (undelivered, drop(RULE, "Targets", 0, "DeadLetterConfig"), RULE),
    "a rule without a retry policy": (undelivered, drop(RULE, "Targets", 0, "RetryPolicy"), RULE),
    "a rule with half a retry policy": (
        undelivered,
        drop(RULE, "Targets", 0, "RetryPolicy", "MaximumEventAgeInSeconds"),
        RULE,
    ),
    "a function without an on-failure queue": (unkept, drop(invoke_config(FUNCTION), "DestinationConfig"), FUNCTION),
    "a function without retries": (unkept, drop(invoke_config(FUNCTION), "MaximumRetryAttempts"), FUNCTION),
    "a function without either": (unkept, lambda resources: resources.pop(invoke_config(FUNCTION)), FUNCTION),
    "a function without a log group": (unlogged, drop(FUNCTION, "LoggingConfig", "LogGroup"), FUNCTION),
    "a log group that isn't there": (unlogged, lambda resources: resources.pop("JudgeCanaryLogGroup"), FUNCTION),
    "a log group that keeps all": (unlogged, drop("JudgeCanaryLogGroup", "RetentionInDays"), "JudgeCanaryLogGroup"),
    "a log group with a name of its own": (
        unlogged,
        put("JudgeCanaryLogGroup", LogGroupName={"Fn::Sub": "/x"}),
        FUNCTION,
    ),
    "a log group for two": (
        unlogged,
        put(OTHER, LoggingConfig={"LogGroup": {"Ref": "JudgeCanaryLogGroup"}}),
        OTHER,
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_template_with_one_thing_wrong_is_found(name: str, resources: dict[str, Any]) -> None:
    check, mutate, where = MUTATIONS[name]
    wrong = copy.deepcopy(resources)
    mutate(wrong)

    found = list(check(wrong))

    assert found
    assert any(where in one for one in found), found


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ("!Sub ${Bucket.Arn}/*", "an ARN"),
        ('["arn:aws:s3:::a", "arn:aws:s3:::b/*"]', "one ARN of several"),
        ("{Fn::Join: [':', [a, '*']]}", "a part of an ARN"),
    ],
)
@pytest.mark.parametrize("element", ["Resource", "Action", "Principal"])
def test_a_wildcard_without_a_reason_is_found(element: str, resource: str, why: str) -> None:
    text = f"Statement:\n  - Sid: A\n    {element}: {resource}\n"

    assert len(list(unreasoned(text))) == 1, why
    assert list(unreasoned(text.rstrip() + " # of any model\n")) == []
    assert list(unreasoned(text.replace(f"    {element}", f"    # Of any model.\n    {element}"))) == []


def test_a_wildcard_in_a_condition_needs_a_reason_of_its_own() -> None:
    text = "Statement:\n  - Condition: # all is well\n      StringLike:\n        s3:prefix: [a, b/*]\n"

    assert len(list(unreasoned(text))) == 1
    assert list(unreasoned(text.replace("[a, b/*]", "[a, b/*] # of any model"))) == []


def test_a_reason_is_needed_by_each_of_the_templates_wildcards() -> None:
    """Without its comments the template has as many findings as wildcards."""
    bare = "\n".join(_without_comment(line) for line in TEXT.splitlines())

    assert len(list(unreasoned(bare))) > 60


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line.split(" # ")[0]
