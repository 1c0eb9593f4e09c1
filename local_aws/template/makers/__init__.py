"""One maker per resource type. A new type is a function in the module of its service, and an entry in its `MAKERS`."""

from local_aws.template.makers import cloudwatch, dynamodb, events, iam, lambda_, logs, s3, scheduler, sns, sqs, ssm
from local_aws.template.resource import Maker

MAKERS: dict[str, Maker] = {
    kind: maker
    for service in (cloudwatch, dynamodb, events, iam, lambda_, logs, s3, scheduler, sns, sqs, ssm)
    for kind, maker in service.MAKERS.items()
}
