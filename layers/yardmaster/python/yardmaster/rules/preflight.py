"""What is checked before a cent is spent: the volume holds the data, the bucket is where the job runs."""

import math

GIB = 1024**3
MIN_VOLUME = 10
"""GiB of an automatic volume besides the data: the container, logs and the model."""


def volume_gb(wanted: int | str, channel_bytes: int) -> int | None:
    """Return the size of the training volume in GiB; None if the wanted one can't hold the data.

    Args:
        wanted: A size in GiB, or `auto`: the data, half as much again, and room for the container and the model.
        channel_bytes: The train and validation channels.
    """
    if isinstance(wanted, str):
        return MIN_VOLUME + math.ceil(channel_bytes * 1.5 / GIB)
    return wanted if wanted * GIB > channel_bytes else None


def volume_refusal(wanted: int | str, channel_bytes: int) -> str:
    """Say what to write instead of a volume that is too small."""
    need = math.ceil(channel_bytes * 1.1 / GIB) + 1
    return (
        f"train.volume_size: {wanted} GiB can't hold the channels ({channel_bytes / GIB:.1f} GiB): "
        f"write `volume_size: auto`, or at least {need}"
    )


def region_refusal(bucket: str, bucket_region: str, job_region: str) -> str | None:
    """Say what is wrong if the bucket is not in the region where jobs run; None if it is."""
    if bucket_region == job_region:
        return None
    return f"bucket {bucket} is in {bucket_region}, but jobs run in {job_region}: a job reads only its own region"
