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
_ENCRYPTION = {"SSEEnabled": "Enabled", "SSEType": "SSEType", "KMSMasterKeyId": "KMSMasterKeyId"}
"""CloudFormation's names in SSESpecification, and the API's."""


def _table(resource: Resource) -> Made:
    name = resource.physical_name("TableName", 255)
    client = resource.stack.aws("dynamodb")
    request = resource.pick(*_SAME)
    if encryption := resource.get("SSESpecification"):
        only(encryption, "SSESpecification", *_ENCRYPTION)
        request["SSESpecification"] = {_ENCRYPTION[key]: value for key, value in encryption.items()}
    table = client.create_table(TableName=name, **request)["TableDescription"]
    _back_up(resource, name)
    if expiry := resource.get("TimeToLiveSpecification"):
        only(expiry, "TimeToLiveSpecification", "AttributeName", "Enabled")
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    return Made(name, {"Arn": table["TableArn"]})


def _back_up(resource: Resource, name: str) -> None:
    if recovery := resource.get("PointInTimeRecoverySpecification"):
        resource.stack.aws("dynamodb").update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )


def _change_table(resource: Resource, _old: Resource, made: Made) -> None:
    _back_up(resource, made.ref)


_HONOURED = frozenset(
    {*_SAME, "PointInTimeRecoverySpecification", "SSESpecification", "TableName", "TimeToLiveSpecification"}
)

MAKERS = {
    # Releases depend on its keys and indexes: nothing else of a table is changed under them.
    "AWS::DynamoDB::Table": Maker(
        _table, _HONOURED, change=_change_table, fixed=_HONOURED - {"PointInTimeRecoverySpecification"}
    )
}
