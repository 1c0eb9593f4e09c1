"""Log groups."""

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource, tags_as_dict


def _log_group(resource: Resource) -> Made:
    name = resource.physical_name("LogGroupName", 512)
    client = resource.stack.aws("logs")
    key = {"kmsKeyId": resource.need("KmsKeyId")} if resource.get("KmsKeyId") else {}
    client.create_log_group(logGroupName=name, tags=tags_as_dict(resource.get("Tags", [])), **key)
    _forget_after(resource, name)
    return Made(name, {"Arn": resource.stack.arn("logs", f"log-group:{name}:*")})


def _forget_after(resource: Resource, name: str) -> None:
    client = resource.stack.aws("logs")
    if days := resource.get("RetentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    else:
        client.delete_retention_policy(logGroupName=name)


def _change_log_group(resource: Resource, _old: Resource, made: Made) -> None:
    _forget_after(resource, made.ref)


def _unmake_log_group(resource: Resource, made: Made) -> None:
    resource.stack.aws("logs").delete_log_group(logGroupName=made.ref)


MAKERS = {
    "AWS::Logs::LogGroup": Maker(
        _log_group,
        frozenset({"KmsKeyId", "LogGroupName", "RetentionInDays", "Tags"}),
        change=_change_log_group,
        fixed=frozenset({"KmsKeyId", "LogGroupName", "Tags"}),
        unmake=_unmake_log_group,
    )
}
