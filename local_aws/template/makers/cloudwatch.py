"""Alarms."""

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
    resource.stack.aws("cloudwatch").put_metric_alarm(AlarmName=name, **resource.pick(*_SAME))
    return Made(name, {"Arn": resource.stack.arn("cloudwatch", f"alarm:{name}")})


MAKERS = {"AWS::CloudWatch::Alarm": Maker(_alarm, frozenset({*_SAME, "AlarmName"}))}
