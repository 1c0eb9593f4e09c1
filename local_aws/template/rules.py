"""Which events wake which function, read from the template: for tests, and for people who ask."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.template.intrinsics import Made, Scope, pseudo_parameters, resolve
from local_aws.template.parameters import bind
from local_aws.template.sam import translate

_ACCOUNT, _REGION = "123456789012", "us-east-1"


def event_patterns(
    template_path: Path, stack_name: str, parameters: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the event patterns of each function's rules, by the name of its code folder (`judge_canary`).

    A rule with a schedule matches the events that EventBridge makes for it.

    Args:
        template_path: The SAM template; nothing of it is made.
        stack_name: What `AWS::StackName` gives.
        parameters: Values by name; the others get their defaults.
        names: What `Ref` gives for the resources that patterns refer to, e.g. the bucket's name.
    """
    translated = translate(template_path, _REGION)
    document = translated.document
    values = pseudo_parameters(stack_name, _ACCOUNT, _REGION) | bind(document.get("Parameters", {}), parameters)
    scope = Scope(values, made={name: Made(ref) for name, ref in names.items()})
    resources = document["Resources"]
    patterns: dict[str, list[dict[str, Any]]] = {
        translated.code[name].name: [] for name, resource in resources.items() if _is(resource, "Lambda::Function")
    }
    for rule in (resource["Properties"] for resource in resources.values() if _is(resource, "Events::Rule")):
        pattern = _pattern(rule, scope)
        for target in rule["Targets"]:
            # A rule may also reach a topic, which is a Ref.
            if function := target["Arn"].get("Fn::GetAtt"):
                patterns[translated.code[function[0]].name].append(pattern)
    return patterns


def _is(resource: Mapping[str, Any], kind: str) -> bool:
    return bool(resource["Type"] == f"AWS::{kind}")


def _pattern(rule: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    if "EventPattern" in rule:
        pattern: dict[str, Any] = resolve(rule["EventPattern"], scope)
        return pattern
    arn = f"arn:aws:events:{_REGION}:{_ACCOUNT}:rule/{resolve(rule['Name'], scope)}"
    return {"source": ["aws.events"], "detail-type": ["Scheduled Event"], "resources": [arn]}
