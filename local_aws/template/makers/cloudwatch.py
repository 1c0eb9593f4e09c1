"""Alarms and dashboards."""

import json

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource

_SAME = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Tags",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)


def _alarm(resource: Resource) -> Made:
    name = resource.physical_name("AlarmName", 255)
    request = resource.pick(*_SAME)
    if "Threshold" in request:  # a parameter's value is a text, of which CloudFormation makes the number
        request["Threshold"] = float(request["Threshold"])
    resource.stack.aws("cloudwatch").put_metric_alarm(AlarmName=name, **request)
    return Made(name, {"Arn": resource.stack.arn("cloudwatch", f"alarm:{name}")})


def _dashboard(resource: Resource) -> Made:
    name = resource.physical_name("DashboardName", 255)
    body = resource.need("DashboardBody")
    try:
        json.loads(body)
    except ValueError as error:
        raise TemplateError(f"its DashboardBody is not JSON: {error}") from error
    resource.stack.aws("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=body)
    return Made(name)


def _change_alarm(resource: Resource, _old: Resource, _made: Made) -> None:
    _alarm(resource)


def _unmake_alarm(resource: Resource, made: Made) -> None:
    resource.stack.aws("cloudwatch").delete_alarms(AlarmNames=[made.ref])


def _change_dashboard(resource: Resource, _old: Resource, _made: Made) -> None:
    _dashboard(resource)


def _unmake_dashboard(resource: Resource, made: Made) -> None:
    resource.stack.aws("cloudwatch").delete_dashboards(DashboardNames=[made.ref])


MAKERS = {
    "AWS::CloudWatch::Alarm": Maker(
        _alarm,
        frozenset({*_SAME, "AlarmName"}),
        change=_change_alarm,
        fixed=frozenset({"AlarmName"}),
        unmake=_unmake_alarm,
    ),
    "AWS::CloudWatch::Dashboard": Maker(
        _dashboard,
        frozenset({"DashboardBody", "DashboardName"}),
        change=_change_dashboard,
        fixed=frozenset({"DashboardName"}),
        unmake=_unmake_dashboard,
    ),
}
