"""The metrics that AWS defines for jobs of its own images: the lines in which the containers write them.

The expressions are those that DescribeHyperParameterTuningJob shows for such jobs.
"""

from collections.abc import Iterable

from local_aws.sagemaker.executors.base import MetricDefinition

COMMON = (
    MetricDefinition("train:progress", r"#progress_metric: host=\S+, completed (\S+) %"),
    MetricDefinition("train:throughput", r"#throughput_metric: host=\S+, train throughput=(\S+) records/second"),
)


def quality(channels: Iterable[str], kind: str, metrics: Iterable[str]) -> tuple[MetricDefinition, ...]:
    """Define metrics of the final model on some channels; the kind is `loss` or `score`."""
    return tuple(
        MetricDefinition(f"{channel}:{metric}", rf"#quality_metric: host=\S+, {channel} {metric} <{kind}>=(\S+)")
        for channel in channels
        for metric in metrics
    )
