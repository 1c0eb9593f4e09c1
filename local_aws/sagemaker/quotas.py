"""Service quotas: instances per type and use, as AWS names them."""

from local_aws.sagemaker.errors import limit_exceeded
from local_aws.sagemaker.world import World


def check_quota(world: World, instance_type: str, use: str, in_use: int, delta: int) -> None:
    """Refuse what would exceed a quota of the settings.

    Args:
        world: Where the quotas are.
        instance_type: Such as `ml.m5.large`.
        use: `training job`, `spot training job`, `transform job` or `endpoint`.
        in_use: Instances of that type in that use now.
        delta: Instances asked for.

    Raises:
        AwsError: ResourceLimitExceeded with AWS's message.
    """
    quota = f"{instance_type} for {use} usage"
    limit = world.settings.quotas.get(quota)
    if limit is not None and delta > 0 and in_use + delta > limit:
        raise limit_exceeded(
            f"The account-level service limit '{quota}' is {limit} Instances, with current utilization of {in_use} "
            f"Instances and a request delta of {delta} Instances. Please contact AWS support to request an increase "
            "for this limit."
        )
