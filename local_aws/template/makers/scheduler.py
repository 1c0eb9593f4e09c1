"""Schedules of EventBridge Scheduler."""

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource

_SAME = (
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
)


def _schedule(resource: Resource) -> Made:
    name = resource.physical_name("Name", 64)
    arn = resource.stack.aws("scheduler").create_schedule(Name=name, **resource.pick(*_SAME))["ScheduleArn"]
    return Made(name, {"Arn": arn})


MAKERS = {"AWS::Scheduler::Schedule": Maker(_schedule, frozenset({*_SAME, "Name"}))}
