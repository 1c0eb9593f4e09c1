"""Schedules of EventBridge Scheduler, and groups of them."""

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


def _group(resource: Resource) -> Made:
    name = resource.physical_name("Name", 64)
    arn = resource.stack.aws("scheduler").create_schedule_group(Name=name, **resource.pick("Tags"))["ScheduleGroupArn"]
    return Made(name, {"Arn": arn})


MAKERS = {
    "AWS::Scheduler::ScheduleGroup": Maker(_group, frozenset({"Name", "Tags"})),
    "AWS::Scheduler::Schedule": Maker(_schedule, frozenset({*_SAME, "Name"})),
}
