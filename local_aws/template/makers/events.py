"""Rules of EventBridge."""

import json

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource


def _rule(resource: Resource) -> Made:
    name = resource.physical_name("Name", 64)
    client = resource.stack.aws("events")
    request = resource.pick("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State", "Tags")
    if "EventPattern" in resource.properties:
        request["EventPattern"] = json.dumps(resource.need("EventPattern"))
    arn = client.put_rule(Name=name, **request)["RuleArn"]
    if targets := resource.get("Targets"):
        answer = client.put_targets(Rule=name, Targets=targets, **resource.pick("EventBusName"))
        if answer["FailedEntryCount"]:
            raise TemplateError(f"its targets are refused: {answer['FailedEntries']}")
        resource.stack.calls.update((target["Arn"], arn) for target in targets)
    return Made(name, {"Arn": arn})


def _change_rule(resource: Resource, old: Resource, made: Made) -> None:
    """Put rule and targets again, then take away the targets that are gone: no event falls between."""
    _rule(resource)
    gone = _targets(old) - _targets(resource)
    if gone:
        resource.stack.aws("events").remove_targets(Rule=made.ref, Ids=sorted(gone), **resource.pick("EventBusName"))


def _unmake_rule(resource: Resource, made: Made) -> None:
    client, bus = resource.stack.aws("events"), resource.pick("EventBusName")
    if targets := _targets(resource):
        client.remove_targets(Rule=made.ref, Ids=sorted(targets), **bus)
    client.delete_rule(Name=made.ref, **bus)


def _targets(resource: Resource) -> set[str]:
    return {target["Id"] for target in resource.get("Targets", [])}


_HONOURED = frozenset(
    {"Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"}
)

MAKERS = {
    "AWS::Events::Rule": Maker(
        _rule,
        _HONOURED,
        change=_change_rule,
        fixed=frozenset({"EventBusName", "Name"}),
        unmake=_unmake_rule,
    ),
}
