"""The `deploy` section: the endpoint, and the canary that a new model must survive."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from yardmaster.spec.base import INSTANCE_TYPE, Listed, OneOrMore, OrNone, PlainOr, SpecModel, not_allowed
from yardmaster.spec.durations import Duration, Latency

ENDPOINT_ALLOWED = "up to 63 letters and digits, with hyphens only between them"
ENDPOINT_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"


def _whole_minutes(seconds: int) -> int:
    """CloudWatch keeps the endpoints' metrics by the minute; nothing finer can be judged."""
    if seconds < 60 or seconds % 60:
        raise not_allowed("whole minutes, at least 1m: CloudWatch counts by the minute")
    return seconds


class LatencyLimits(SpecModel):
    """The slowest that is allowed, by percentile."""

    p50: Latency | None = None
    """Half of the requests are at most so slow."""
    p90: Latency | None = None
    """Nine of ten requests are at most so slow."""
    p95: Latency | None = None
    """95 % of the requests are at most so slow."""
    p99: Latency | None = None
    """99 % of the requests are at most so slow."""

    def by_share(self) -> dict[float, float]:
        """Return the seconds by the share of requests that may be slower: 0.05 for p95."""
        given = {0.5: self.p50, 0.1: self.p90, 0.05: self.p95, 0.01: self.p99}
        return {share: seconds for share, seconds in given.items() if seconds is not None}


class CanarySpec(SpecModel):
    """How the traffic goes to the new model, and when it goes back."""

    step_weights: Listed[Annotated[int, Field(ge=1, le=100)]] = (5, 95, 100)
    """The new model's share of the traffic at each step, in percent, up to 100."""
    interval: Annotated[Duration, AfterValidator(_whole_minutes)] = 60
    """How often the canary is judged."""
    min_requests: int = Field(default=300, ge=1)
    """No promotion before the canary answered so many requests in the step."""
    progress_deadline: Duration = Field(
        default=6 * 3600, ge=60, json_schema_extra={"x-allowed": "a duration of at least 1m, like 6h"}
    )
    """The longest time for a verdict."""
    false_rollback: float = Field(default=0.05, gt=0, lt=0.5)
    """The chance of rolling back a model that is as good as the baseline."""
    false_promotion: float = Field(default=0.05, gt=0, lt=0.5)
    """The chance of promoting a model that is worse than allowed."""
    max_error_ratio: float = Field(default=3.0, gt=1)
    """How many times the baseline's error rate is too much."""
    max_error_rate: float = Field(default=0.01, gt=0, lt=1)
    """The share of failed requests that is too much."""
    max_latency: LatencyLimits | None = None
    """The slowest that is allowed, by percentile; apart from it, a canary is compared with the baseline."""
    alarms: Listed[Annotated[str, Field(min_length=1, max_length=255)]] = Field(default=(), max_length=100)
    """CloudWatch alarms: while one of them is in ALARM, a canary goes back."""
    on_inconclusive: Literal["hold", "rollback", "promote"] = "hold"
    """What to do at the deadline without a verdict: stay and ask, or go back, or go on."""
    confirm: Listed[Literal["promotion"]] = ()
    """`promotion`: a person is asked before the new model gets most of the traffic."""


SCALING_TARGETS = ("invocations_per_instance", "cpu_utilization", "memory_utilization", "gpu_utilization")
"""What automatic scaling can keep to."""


class AutoscalingSpec(SpecModel):
    """Instances by load (Application Auto Scaling, target tracking)."""

    min_capacity: int = Field(default=1, ge=1)
    """The fewest instances."""
    max_capacity: int = Field(ge=1)
    """The most instances."""
    invocations_per_instance: float | None = Field(default=None, gt=0)
    """The target: invocations per instance and minute. Exactly one target is given."""
    cpu_utilization: float | None = Field(default=None, gt=0)
    """The target: percent of a CPU, as CloudWatch counts it: 100 for each core."""
    memory_utilization: float | None = Field(default=None, gt=0, le=100)
    """The target: percent of the memory."""
    gpu_utilization: float | None = Field(default=None, gt=0)
    """The target: percent of a GPU, as CloudWatch counts it: 100 for each one."""
    scale_in_cooldown: Duration = 300
    """The pause after removing instances."""
    scale_out_cooldown: Duration = 60
    """The pause after adding instances."""

    def targets(self) -> dict[str, float]:
        """Return the targets that are given, by key; `check` sees to it that there is one."""
        given = {name: getattr(self, name) for name in SCALING_TARGETS}
        return {name: value for name, value in given.items() if value is not None}


SHORTEST_IDLE, LONGEST_IDLE = 15 * 60, 14 * 86400
"""Seconds. CloudWatch has an endpoint's metrics some minutes late, and keeps them by the minute for 15 days."""
IDLE_ALLOWED = "a duration from 15m to 14d: metrics come some minutes late, and are kept by the minute for 15 days"
HOURS_ALLOWED = "hours like Mon-Fri 08:00-19:00 Europe/Berlin, or a list of them"


class IdleSpec(SpecModel):
    """When an endpoint that nobody uses is stopped: deleted, with all that is needed to make it again as it was."""

    stop_after: Duration | None = Field(
        default=None, ge=SHORTEST_IDLE, le=LONGEST_IDLE, json_schema_extra={"x-allowed": IDLE_ALLOWED}
    )
    """Stop after so long without a request."""
    start: Literal["on_release", "on_command"] = "on_release"
    """When to start it again: for the next release, which needs it, or only when a person says so (`yardmaster start`);
    at the beginning of its hours in either case."""
    hours: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], OneOrMore(HOURS_ALLOWED)] = Field(
        default=(), max_length=20
    )
    """Keep it running only then: `Mon-Fri 08:00-19:00 Europe/Berlin`; several with commas between them, or a list."""


class CaptureSpec(SpecModel):
    """A sample of requests and answers is kept in `<model>/captured/` (SageMaker's data capture)."""

    percent: int = Field(default=10, ge=1, le=100)
    """How many of a hundred requests are kept."""


IMAGE = r"^[0-9]{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/\S+$"
"""An image in ECR; SageMaker takes no other without a VPC."""
IMAGE_ALLOWED = "an image in ECR, like 123456789012.dkr.ecr.eu-west-1.amazonaws.com/scale:1"


ARCHIVE = r"^(s3://[^/]+/.+/containers/|containers/)[^/].*\.tar\.gz$"
ARCHIVE_ALLOWED = (
    "a .tar.gz below containers/, like containers/scale.tar.gz or s3://bucket/model/containers/scale.tar.gz"
)


class ContainerSpec(SpecModel):
    """One container of an inference pipeline."""

    image: str = Field(pattern=IMAGE, max_length=255, json_schema_extra={"x-allowed": IMAGE_ALLOWED})
    """Its image in ECR."""
    model_data_url: str | None = Field(
        default=None, pattern=ARCHIVE, max_length=1024, json_schema_extra={"x-allowed": ARCHIVE_ALLOWED}
    )
    """Its archive with model and code, if it has one: below `containers/` in a model's folder of the stack's bucket.
    `containers/scale.tar.gz` is in this model's; `yardmaster drop --spec` uploads what lies there beside the spec, and
    packs a folder `containers/scale`. Each release has a copy of its own."""
    environment: dict[str, str] = Field(default_factory=dict, max_length=100)
    """Its environment variables. All containers but the last are told to answer CSV, unless it says otherwise:
    `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`."""


class PipelineSpec(SpecModel):
    """Containers before and after the model's own: each takes what the one before it answers."""

    before: Listed[ContainerSpec] = ()
    """What a request goes through first."""
    after: Listed[ContainerSpec] = ()
    """What the model's answer goes through."""

    def placed(self) -> dict[str, ContainerSpec]:
        """Return the containers by what errors and logs call them: `before-1`, `after-1`, in their order."""
        groups = {"before": self.before, "after": self.after}
        return {f"{name}-{at}": one for name, group in groups.items() for at, one in enumerate(group, 1)}


class ServerlessSpec(SpecModel):
    """An endpoint without instances: it costs nothing while nobody asks, and starts when somebody does."""

    memory_size: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    """Its memory in MB."""
    max_concurrency: int = Field(default=5, ge=1, le=200)
    """How many requests it answers at once."""
    provisioned_concurrency: int | None = Field(default=None, ge=1, le=200)
    """How many it is always ready for; they cost money all the time."""

    def sizes(self) -> dict[str, int]:
        """Return it as SageMaker's API writes it."""
        given = {
            "MemorySizeInMB": self.memory_size,
            "MaxConcurrency": self.max_concurrency,
            "ProvisionedConcurrency": self.provisioned_concurrency,
        }
        return {name: value for name, value in given.items() if value is not None}


class DeploySpec(SpecModel):
    """The endpoint, and how a new model takes it over."""

    endpoint: str | None = Field(default=None, pattern=ENDPOINT_NAME, json_schema_extra={"x-allowed": ENDPOINT_ALLOWED})
    """The endpoint's name; the model's name by default."""
    instance_type: str = Field(default="ml.m5.large", pattern=INSTANCE_TYPE, examples=["ml.m5.large"])
    """The machine that serves."""
    initial_instance_count: int = Field(default=1, ge=1, le=100)
    """How many of them, per model."""
    canary: OrNone[CanarySpec] = Field(default_factory=CanarySpec)
    """How the traffic goes to a new model; `none` replaces the old one at once."""
    autoscaling: AutoscalingSpec | None = None
    """Instances by load, from when a release is live."""
    data_capture: PlainOr[Literal["keep", "none"], CaptureSpec] = Field(
        default="keep", json_schema_extra={"x-allowed": "a mapping with percent, or the word keep or none"}
    )
    """A sample of requests and answers; `keep` leaves what a person set up on the endpoint, `none` ends it."""
    rows: Literal["encoded", "raw"] = "encoded"
    """What the endpoint takes: rows as `columns.json` encodes them, or `raw`: rows as your files have them, which a
    container before the model encodes. It does not change while the endpoint serves."""
    pipeline: PipelineSpec | None = None
    """Your own containers before and after the model, on the endpoint; the model alone is tested."""
    serverless: ServerlessSpec | None = None
    """An endpoint without instances, in place of `instance_type` and `initial_instance_count`. It has one variant, so
    it goes with `canary: none`: a model that passes its gate replaces the one before it at once."""
    multi_model: bool = False
    """One endpoint, `endpoint`, for several models of the same container, each loaded when a request first names it. A
    model has no variant of its own there, so it goes with `canary: none`; `<model>/live.json` has the name to send as
    `TargetModel`."""
    idle: IdleSpec | None = None
    """When an endpoint that nobody uses is stopped."""
