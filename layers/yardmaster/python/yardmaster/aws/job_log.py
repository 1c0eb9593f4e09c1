"""What SageMaker writes to CloudWatch Logs about the data of a transform job."""

from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

GROUP = "/aws/sagemaker/TransformJobs"
DATA_LOG = "/data-log"
"""The end of the stream `<job>/<instance>/data-log`, which names what could not be transformed.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html; its lines: aws/amazon-sagemaker-examples#1620.
"""
MOST = 1_000
"""How many lines are read: the first file that failed is enough."""


def data_log(client: Any, job: str) -> list[str]:
    """Return the lines of a transform job's data log, in order; none if it left none."""
    paginator = client.get_paginator("filter_log_events")
    pages = paginator.paginate(logGroupName=GROUP, logStreamNamePrefix=f"{job}/")
    try:
        events = (event for page in pages for event in page["events"])
        return [one["message"] for one in islice(events, MOST) if one["logStreamName"].endswith(DATA_LOG)]
    except ClientError as error:
        # Before the account's first transform job there is no such group.
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
