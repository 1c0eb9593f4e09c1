"""Which rights each service's calls need. One module per service; the names are those that requests are signed for."""

from local_aws.iam.needs import NeedsOf
from local_aws.iam.services import (
    application_autoscaling,
    dynamodb,
    events,
    lambda_,
    logs,
    monitoring,
    s3,
    sagemaker,
    scheduler,
    service_quotas,
    sns,
    sqs,
    ssm,
    sts,
    tagging,
)

SERVICES: dict[str, NeedsOf] = {
    "sagemaker": sagemaker.needs_of,
    "sagemaker-runtime": sagemaker.needs_of,
    "s3": s3.needs_of,
    "application-autoscaling": application_autoscaling.needs_of,
    "dynamodb": dynamodb.needs_of,
    "events": events.needs_of,
    "monitoring": monitoring.needs_of,
    "cloudwatch": monitoring.needs_of,
    "logs": logs.needs_of,
    "scheduler": scheduler.needs_of,
    "servicequotas": service_quotas.needs_of,
    "service-quotas": service_quotas.needs_of,
    "lambda": lambda_.needs_of,
    "sns": sns.needs_of,
    "sqs": sqs.needs_of,
    "ssm": ssm.needs_of,
    "sts": sts.needs_of,
    "tagging": tagging.needs_of,
    "resourcegroupstaggingapi": tagging.needs_of,
}
"""By the name that requests are signed for; boto3's names of its clients are understood too."""
