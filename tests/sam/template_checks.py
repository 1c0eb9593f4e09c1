"""What no linter says of the template. Each check yields what is wrong, in words; nothing is what it should yield."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from local_aws.patterns import matches
from local_aws.template.errors import TemplateError
from local_aws.template.order import in_order

Resources = Mapping[str, Any]
Patterns = Mapping[str, list[dict[str, Any]]]


def of_type(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == f"AWS::{kind}"}


def circles(resources: Resources) -> Iterator[str]:
    """Resources that need each other: CloudFormation could make none of them."""
    try:
        in_order(resources)
    except TemplateError as error:
        yield str(error)


def reservations(resources: Resources) -> Iterator[str]:
    """What asks for a part of the account's concurrency, or polls: a new account has ten calls at once, for all."""
    for kind in ("Lambda::EventSourceMapping", "ApplicationAutoScaling::ScalableTarget"):
        yield from (f"{name} is a {kind}" for name in of_type(resources, kind))
    asking = {
        "Lambda::Function": "ReservedConcurrentExecutions",
        "Lambda::Version": "ProvisionedConcurrencyConfig",
        "Lambda::Alias": "ProvisionedConcurrencyConfig",
    }
    for kind, wish in asking.items():
        yield from (f"{name} has {wish}" for name, one in of_type(resources, kind).items() if wish in one)


def undelivered(resources: Resources) -> Iterator[str]:
    """Rules whose events would be lost if their target couldn't take them."""
    for name, rule in of_type(resources, "Events::Rule").items():
        for target in rule["Targets"]:
            if not target.get("DeadLetterConfig", {}).get("Arn"):
                yield f"{name} has no dead-letter queue"
            if set(target.get("RetryPolicy", {})) != {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}:
                yield f"{name} has no retry policy"


def unkept(resources: Resources) -> Iterator[str]:
    """Functions that would lose what they fail on."""
    configs = {one["FunctionName"]["Ref"]: one for one in of_type(resources, "Lambda::EventInvokeConfig").values()}
    for name in of_type(resources, "Lambda::Function"):
        config = configs.get(name, {})
        if not config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
            yield f"{name} has no queue for what it failed on"
        if not {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(config):
            yield f"{name} has no retry policy"


def unlogged(resources: Resources) -> Iterator[str]:
    """Functions without a log group of their own, in which nothing stays for ever."""
    groups, used = of_type(resources, "Logs::LogGroup"), set()
    for name, function in of_type(resources, "Lambda::Function").items():
        logical = function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
        if logical not in groups:
            yield f"{name} has no log group of the template"
            continue
        group = groups[logical]
        if group["LogGroupName"]["Fn::Sub"] != f"/aws/lambda/{function['FunctionName']['Fn::Sub']}":
            yield f"{name} has a log group with another name"
        if group.get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{logical} keeps logs for ever"
        if logical in used:
            yield f"{logical} is shared"
        used.add(logical)


def unreasoned(text: str) -> Iterator[str]:
    """Wildcards of statements and patterns, in ARNs and conditions too, with no comment at or above their element."""
    lines = text.splitlines()
    for element, line in _wildcards(yaml.compose(text)):
        above = lines[element - 1].lstrip().startswith("#")
        if not above and not any(" #" in one or one.lstrip().startswith("#") for one in lines[element : line + 1]):
            yield f"line {line + 1}: {lines[line].strip()}"


def _wildcards(node: yaml.Node | None, element: int = 0, *, inside: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the lines of the element (the nearest key) and of the text for each text with a star in it."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                within = inside or key.value in {"Statement", "Pattern", "EventPattern"}
                yield from _wildcards(value, key.start_mark.line, inside=within)
        case yaml.SequenceNode():
            for value in node.value:
                yield from _wildcards(value, element, inside=inside)
        case yaml.ScalarNode() if inside and "*" in node.value:
            yield element, node.start_mark.line


LISTENERS = frozenset({"apply_retention", "send_notification"})
"""Both hear of a release's ending: one removes what older ones need no more, one tells people. Neither moves it."""


def wakes_only(function: str, woken: Sequence[str]) -> bool:
    """Tell whether an event wakes a function by one rule and nobody else, but for who listens beside it."""
    if function in LISTENERS:
        return woken.count(function) == 1 and len(woken) == len({*woken}) and {*woken} <= LISTENERS
    return list(woken) == [function] * bool(function)


def misled(patterns: Patterns, samples: Mapping[str, tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Samples that don't wake their own function by one rule, and nobody else; rules without a sample.

    Args:
        patterns: Of each function's rules.
        samples: By name: the function that an event is to wake, "" for nobody; and the event.
    """
    for name, (function, event) in samples.items():
        woken = [one for one, rules in patterns.items() for rule in rules if matches(rule, event)]
        if not wakes_only(function, woken):
            yield f"{name} wakes {woken}"
    for function, rules in patterns.items():
        events = [event for own, event in samples.values() if own == function]
        yield from (f"no sample for {rule}" for rule in rules if not any(matches(rule, event) for event in events))
