"""Tables."""

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource, only

_SAME = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "Tags",
)


def _table(resource: Resource) -> Made:
    name = resource.physical_name("TableName", 255)
    client = resource.stack.aws("dynamodb")
    table = client.create_table(TableName=name, **resource.pick(*_SAME))["TableDescription"]
    if recovery := resource.get("PointInTimeRecoverySpecification"):
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    if expiry := resource.get("TimeToLiveSpecification"):
        only(expiry, "TimeToLiveSpecification", "AttributeName", "Enabled")
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    return Made(name, {"Arn": table["TableArn"]})


MAKERS = {
    "AWS::DynamoDB::Table": Maker(
        _table,
        frozenset({*_SAME, "TableName", "PointInTimeRecoverySpecification", "TimeToLiveSpecification"}),
    )
}
