"""What is checked before a cent is spent: the volume holds the data, the bucket is where the job runs, limits hold."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Protocol

from yardmaster.spec.instances import has_local_storage, local_disk
from yardmaster.spec.schema import Spec
from yardmaster.spec.train import TrainSpec

GIB = 1024**3
MIN_VOLUME = 10
"""GiB of an automatic volume besides the data: the container, logs and the model."""
MAX_VOLUME = 16384
"""GiB of the largest volume: EBS has no larger ones of its general purpose."""
OWN_DISK = 1
"""GiB to ask for where the instance brings its disk: it has that, whatever is asked for, and may be asked for less."""
MARGIN = 1.1
"""What the data takes beside the rest: file systems and containers take a share of a disk."""
LEAST_ROOM = 0.5
"""GiB at least beside the data: the model that is written."""
_STREAM = "or let the data be streamed (`input_mode: FastFile`)"


def volume_gb(train: TrainSpec, channel_bytes: int) -> int:
    """Return the GiB to ask for of each instance's volume: what the spec wants, or what holds the data and more.

    Args:
        train: Its `volume_size` is a size in GiB, or `auto`: the data, half as much again, and room for the container
            and the model.
        channel_bytes: All channels, of which each instance is taken to get a copy; what is streamed needs no room.
    """
    if has_local_storage(train.instance_type):
        return OWN_DISK
    if isinstance(train.volume_size, int):
        return train.volume_size
    held = channel_bytes if train.copies_data else 0
    return min(MIN_VOLUME + math.ceil(held * 1.5 / GIB), MAX_VOLUME)


def disk(train: TrainSpec, channel_bytes: int) -> str:
    """Say what disk an instance has: `50 GiB`, or its own."""
    if has_local_storage(train.instance_type):
        own = local_disk(train.instance_type)
        return f"its own disk of {own:,} GB" if own else "its own disk"
    return f"{volume_gb(train, channel_bytes)} GiB"


def disk_refusal(train: TrainSpec, channel_bytes: int) -> str | None:
    """Say that the disk of a training instance can't hold the data, and what to write instead; None if it can.

    Args:
        train: The section of the spec.
        channel_bytes: As for `volume_gb`.
    """
    if not train.copies_data:
        return None
    need, size = math.ceil(channel_bytes * MARGIN / GIB + LEAST_ROOM), f"{channel_bytes / GIB:,.1f} GiB"
    if has_local_storage(train.instance_type):
        own = local_disk(train.instance_type)
        if own is None or need * GIB <= own * 10**9:
            return None
        return (
            f"train.instance_type: {train.instance_type} brings a disk of {own:,} GB, to which none can be added, and "
            f"it can't hold the channels ({size}): take a larger size, or a type without a disk of its own, such as "
            f"ml.m5.4xlarge, whose volume takes up to 16,384 GiB, {_STREAM}"
        )
    if need > MAX_VOLUME:
        return (
            f"train.volume_size: the channels ({size}) need {need:,} GiB, and the largest volume has {MAX_VOLUME:,}: "
            "let the data be streamed (`input_mode: FastFile`), or train on fewer rows (a shorter data.history, or a "
            "sample of each drop)"
        )
    if isinstance(train.volume_size, int) and train.volume_size < need:
        return (
            f"train.volume_size: {train.volume_size:,} GiB can't hold the channels ({size}): "
            f"write `volume_size: auto`, or at least {need}, {_STREAM}"
        )
    return None


def region_refusal(bucket: str, bucket_region: str, job_region: str) -> str | None:
    """Say what is wrong if the bucket is not in the region where jobs run; None if it is."""
    if bucket_region == job_region:
        return None
    return f"bucket {bucket} is in {bucket_region}, but jobs run in {job_region}: a job reads only its own region"


@dataclass(frozen=True)
class Asked:
    """What a spec asks for, by the path in it: instance types, instances, seconds, requests at once, and MB."""

    types: Mapping[str, str]
    counts: Mapping[str, int]
    seconds: Mapping[str, int]
    concurrency: Mapping[str, int] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)


def asked(spec: Spec) -> Asked:
    """Return what the spec asks for, by path: also of the endpoint, before money is spent on a training.

    The training jobs of a tuning job that run at once count together.
    """
    endpoint = asked_of_endpoint(spec)
    tuning = {}
    if spec.tune is not None:
        tuning = {"train.instance_count x tune.max_parallel_jobs": spec.train.instance_count * spec.tune.parallel_jobs}
    return replace(
        endpoint,
        types={"train.instance_type": spec.train.instance_type, **endpoint.types},
        counts={"train.instance_count": spec.train.instance_count, **tuning, **endpoint.counts},
        seconds={"train.max_run": spec.train.max_run},
    )


def asked_of_endpoint(spec: Spec) -> Asked:
    """Return what the spec asks for the endpoint, by path."""
    deploy = spec.deploy
    if deploy is None:
        return Asked({}, {}, {})
    if (serverless := deploy.serverless) is not None:
        concurrency = {"deploy.serverless.max_concurrency": serverless.max_concurrency}
        return Asked({}, {}, {}, concurrency, {"deploy.serverless.memory_size": serverless.memory_size})
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

    @property
    def serverless_concurrency(self) -> int | None:
        """Requests at once, of a serverless endpoint."""

    @property
    def serverless_memory(self) -> int | None:
        """MB of a serverless endpoint."""


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
        (asked.concurrency, limits.serverless_concurrency, "MaxServerlessConcurrency"),
        (asked.memory, limits.serverless_memory, "MaxServerlessMemory"),
    ):
        for path, number in numbers.items():
            if limit is not None and number > limit:
                yield f"{path}: {number} is above this stack's {name} of {limit}"
