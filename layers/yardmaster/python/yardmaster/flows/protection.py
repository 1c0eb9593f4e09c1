"""Which keys and which network a job or a model gets: the stack's, as far as its instances can have them."""

from yardmaster.aws.protection import Protection
from yardmaster.settings import Settings
from yardmaster.spec.instances import has_local_storage


def protection(settings: Settings, *instance_types: str) -> Protection:
    """Return the protection of what runs on these instance types.

    No volume key where one of them brings its own disk: SageMaker refuses the whole request then.
    """
    own_disk = any(has_local_storage(one) for one in instance_types)
    return Protection(
        output_key=settings.kms_key_arn,
        volume_key=None if own_disk else settings.kms_key_arn,
        subnets=settings.subnets,
        security_groups=settings.security_groups,
    )
