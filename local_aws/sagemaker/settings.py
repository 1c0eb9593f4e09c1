"""How the simulator behaves: virtual durations, quotas, and faults that a test can switch on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


def keep_every_event(event: Event) -> bool:
    """Drop no event: the default."""
    del event
    return False


def drop_every_event(event: Event) -> bool:
    """Drop all events: everything must reach its end without one."""
    del event
    return True


def never(subject: str) -> bool:
    """Inject no fault: the default."""
    del subject
    return False


@dataclass(frozen=True)
class SimulatorSettings:
    """Durations are seconds of the core's (virtual) clock; each is chosen, see docs/fidelity.md.

    Attributes:
        training_start_seconds: Secondary status `Starting`.
        training_download_seconds: Secondary status `Downloading`; after it the executor starts.
        spot_price_share: What spot capacity costs, as a share of the usual price: of the seconds trained it is billed.
        training_upload_seconds: Secondary status `Uploading`.
        tuning_start_seconds: From CreateHyperParameterTuningJob to its first training jobs.
        warm_start_seconds: Secondary status `Starting` of a tuning job's training job on instances that others left.
        transform_start_seconds: From CreateTransformJob to TransformStartTime, when the executor starts.
        stop_seconds: `Stopping` of a job whose container does not run.
        instance_start_seconds: Instances of an endpoint: creation, update, more capacity.
        weight_change_seconds: A change of weights, or of capacity downwards.
        rollback_seconds: `RollingBack`.
        drain_seconds: How long a replaced fleet still answers requests that were routed to it.
        delete_seconds: `Deleting` of an endpoint.
        capture_seconds: How long captured requests wait before they are written to S3.
        model_package_seconds: `Pending` of a model package.
        read_lag_seconds: How long a new resource stays invisible to reads (eventual consistency); 0 switches it off.
        overhead_microseconds: OverheadLatency of an invocation.
        cold_start_microseconds: What it is more for a serverless endpoint's first request after a pause.
        serverless_warm_seconds: How long a serverless endpoint stays warm after a request.
        quotas: Instances by AWS's quota name, such as `ml.m5.large for endpoint usage`; absent means unlimited.
        event_copies: How often each event is sent.
        drop_events: Says which events get lost.
        throttle: Says which operations are refused with `Rate exceeded`.
        fail_scaling: Says on which endpoints a change of weights or capacities fails and is rolled back.
        no_capacity: Says for which endpoint configurations a deployment that was accepted finds no instances.
        fail_rollback: Says on which endpoints a failed deployment can't be rolled back either.
    """

    training_start_seconds: float = 60
    training_download_seconds: float = 15
    training_upload_seconds: float = 15
    spot_price_share: float = 0.3
    tuning_start_seconds: float = 30
    warm_start_seconds: float = 10
    transform_start_seconds: float = 60
    stop_seconds: float = 10
    instance_start_seconds: float = 120
    weight_change_seconds: float = 20
    rollback_seconds: float = 20
    drain_seconds: float = 30
    delete_seconds: float = 30
    capture_seconds: float = 60
    model_package_seconds: float = 5
    read_lag_seconds: float = 0
    overhead_microseconds: float = 5_000
    cold_start_microseconds: float = 5_000_000
    serverless_warm_seconds: float = 300
    quotas: Mapping[str, int] = field(default_factory=dict)
    event_copies: int = 1
    drop_events: Callable[[Event], bool] = keep_every_event
    throttle: Callable[[str], bool] = never
    fail_scaling: Callable[[str], bool] = never
    no_capacity: Callable[[str], bool] = never
    fail_rollback: Callable[[str], bool] = never
