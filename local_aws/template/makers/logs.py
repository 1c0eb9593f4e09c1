"""Log groups."""

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource, tags_as_dict


def _log_group(resource: Resource) -> Made:
    name = resource.physical_name("LogGroupName", 512)
    client = resource.stack.aws("logs")
    client.create_log_group(logGroupName=name, tags=tags_as_dict(resource.get("Tags", [])))
    if days := resource.get("RetentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    return Made(name, {"Arn": resource.stack.arn("logs", f"log-group:{name}:*")})


MAKERS = {"AWS::Logs::LogGroup": Maker(_log_group, frozenset({"LogGroupName", "RetentionInDays", "Tags"}))}
