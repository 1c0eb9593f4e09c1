"""What is checked before a cent is spent: the volume holds the data, the bucket is where the job runs, limits hold."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from yardmaster.spec.schema import Spec

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


@dataclass(frozen=True)
class Asked:
    """What a spec asks for, by the path in it: instance types, numbers of instances, and seconds."""

    types: Mapping[str, str]
    counts: Mapping[str, int]
    seconds: Mapping[str, int]


def asked(spec: Spec) -> Asked:
    """Return what the spec asks for, by path: also of the endpoint, before money is spent on a training.

    The training jobs of a tuning job that run at once count together.
    """
    endpoint = asked_of_endpoint(spec)
    tuning = {}
    if spec.tune is not None:
        tuning = {"train.instance_count x tune.max_parallel_jobs": spec.train.instance_count * spec.tune.parallel_jobs}
    return Asked(
        {"train.instance_type": spec.train.instance_type, **endpoint.types},
        {"train.instance_count": spec.train.instance_count, **tuning, **endpoint.counts},
        {"train.max_run": spec.train.max_run},
    )


def asked_of_endpoint(spec: Spec) -> Asked:
    """Return what the spec asks for the endpoint, by path; one without instances has nothing that the stack limits."""
    deploy = spec.deploy
    if deploy is None or deploy.serverless is not None:
        return Asked({}, {}, {})
    counts = {"deploy.initial_instance_count": deploy.initial_instance_count}
    if deploy.autoscaling is not None:
        counts["deploy.autoscaling.max_capacity"] = deploy.autoscaling.max_capacity
    return Asked({"deploy.instance_type": deploy.instance_type}, counts, {})


def network_refusal(spec: Spec, subnets: Sequence[str]) -> str | None:
    """Say that a serverless endpoint can't be in the stack's VPC; None if it need not.

    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    if spec.deploy is None or spec.deploy.serverless is None or not subnets:
        return None
    return (
        f"deploy.serverless: this stack's VpcSubnetIds ({', '.join(subnets)}) put models into a VPC, which serverless "
        "endpoints can't have: leave deploy.serverless out, or use a stack without a VPC"
    )


class Limits(Protocol):
    """What the stack's parameters allow; None, or no types, is no limit."""

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Patterns like `ml.m5.*`."""

    @property
    def instance_count(self) -> int | None:
        """Of one job or variant."""

    @property
    def run_seconds(self) -> int | None:
        """Of one training job."""


def limit_refusal(asked: Asked, limits: Limits) -> str | None:
    """Say which limit of the stack a spec exceeds, and whose word it is; None if it keeps to all."""
    return next(limit_refusals(asked, limits), None)


def limit_refusals(asked: Asked, limits: Limits) -> Iterator[str]:
    """Yield each limit of the stack that a spec exceeds, in words."""
    for path, kind in asked.types.items():
        if limits.instance_types and not any(fnmatchcase(kind, one) for one in limits.instance_types):
            allowed = ", ".join(limits.instance_types)
            yield f"{path}: {kind} is none of this stack's AllowedInstanceTypes ({allowed})"
    for numbers, limit, name in (
        (asked.counts, limits.instance_count, "MaxInstanceCount"),
        (asked.seconds, limits.run_seconds, "MaxRunSeconds"),
    ):
        for path, number in numbers.items():
            if limit is not None and number > limit:
                yield f"{path}: {number} is above this stack's {name} of {limit}"
