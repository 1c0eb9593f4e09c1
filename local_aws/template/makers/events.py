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


MAKERS = {
    "AWS::Events::Rule": Maker(
        _rule,
        frozenset(
            {
                "Description",
                "EventBusName",
                "EventPattern",
                "Name",
                "RoleArn",
                "ScheduleExpression",
                "State",
                "Tags",
                "Targets",
            }
        ),
    )
}
