"""The environment of a function, read in one place and never at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from yardmaster.errors import SettingsError


@dataclass(frozen=True)
class Limits:
    """What a spec may ask for; IAM enforces types and time too, but in words that help nobody.

    Attributes:
        instance_types: Patterns like `ml.m5.*`; none means any.
        instance_count: Of one training job, and of one variant of an endpoint.
        run_seconds: Of one training job.
        serverless_concurrency, serverless_memory: Of a serverless endpoint: requests at once, and MB.
        endpoint_instances: Of one endpoint, at the peak of an update.
    """

    instance_types: tuple[str, ...] = ()
    instance_count: int | None = None
    run_seconds: int | None = None
    serverless_concurrency: int | None = None
    serverless_memory: int | None = None
    endpoint_instances: int | None = None


CAPS = (
    "jobs_at_once",
    "jobs_at_once_per_model",
    "jobs_per_day",
    "jobs_per_day_per_model",
    "hours_per_day",
    "hours_per_day_per_model",
)
"""The stack's caps, as environment variables `MAX_JOBS_AT_ONCE` …; 0 or none is no cap."""


@dataclass(frozen=True)
class Settings:
    """What the template tells every function.

    Attributes:
        stack: The stack's name; also the tag that marks our SageMaker resources.
        prefix: The first part of every job's name, at most four characters.
        bucket, table: The names of the bucket and of the release table.
        execution_role_arn: The role that SageMaker jobs and models run under.
        region: Where everything is.
        kms_key_arn: The stack's own key; None for keys that AWS owns.
        subnets, security_groups: Where jobs and models run; empty for no VPC.
        limits: What a spec may ask for.
        caps: What may run at once and in a day, by `rules.spend.Caps`' names; what has no cap is absent.
        keep_releases: How many of a model's releases keep their models and channels.
        stop_tagged_endpoints: Whether endpoints of others that are tagged for it are stopped: `no`, `dry-run` or `yes`.
        topic_arn: Where people are told what happens; `alarm_topic_arn`: where those are who run the stack. None where
            a function tells nobody, or nobody asked.
        embedded_metrics, job_metrics: Whether somebody looks at metrics of our own, which cost money: alarms do at
            the first, the dashboard at those of jobs.
        scheduler_role_arn, dead_letter_arn: What schedules send their events with, and where those go that can't be
            sent; only for the function that makes schedules.
    """

    stack: str
    prefix: str
    bucket: str
    table: str
    execution_role_arn: str
    region: str
    kms_key_arn: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    limits: Limits = Limits()
    caps: Mapping[str, int] = field(default_factory=dict)
    keep_releases: int = 5
    stop_tagged_endpoints: str = "no"
    topic_arn: str | None = None
    alarm_topic_arn: str | None = None
    embedded_metrics: bool = False
    job_metrics: bool = False
    scheduler_role_arn: str = ""
    dead_letter_arn: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: A variable is missing; the message names it.
        """
        env = os.environ if environ is None else environ

        def need(name: str) -> str:
            if value := env.get(name):
                return value
            raise SettingsError(f"environment variable {name} is missing: the template must set it")

        return cls(
            stack=need("STACK_NAME"),
            prefix=need("PREFIX"),
            bucket=need("BUCKET"),
            table=need("TABLE"),
            execution_role_arn=need("EXECUTION_ROLE_ARN"),
            region=env.get("AWS_REGION") or need("AWS_DEFAULT_REGION"),
            kms_key_arn=env.get("KMS_KEY_ARN") or None,
            subnets=_list(env, "VPC_SUBNET_IDS"),
            security_groups=_list(env, "VPC_SECURITY_GROUP_IDS"),
            limits=Limits(
                instance_types=_list(env, "ALLOWED_INSTANCE_TYPES"),
                instance_count=_number(env, "MAX_INSTANCE_COUNT"),
                run_seconds=_number(env, "MAX_RUN_SECONDS"),
                serverless_concurrency=_number(env, "MAX_SERVERLESS_CONCURRENCY"),
                serverless_memory=_number(env, "MAX_SERVERLESS_MEMORY"),
                # 0 is none.
                endpoint_instances=_number(env, "MAX_ENDPOINT_INSTANCES") or None,
            ),
            caps={name: cap for name in CAPS if (cap := _number(env, f"MAX_{name.upper()}"))},
            keep_releases=_number(env, "KEEP_RELEASES") or 5,
            stop_tagged_endpoints=env.get("STOP_TAGGED_ENDPOINTS") or "no",
            topic_arn=env.get("TOPIC_ARN") or None,
            alarm_topic_arn=env.get("ALARM_TOPIC_ARN") or None,
            embedded_metrics=env.get("EMBEDDED_METRICS") == "yes",
            job_metrics=env.get("JOB_METRICS") == "yes",
            scheduler_role_arn=env.get("SCHEDULER_ROLE_ARN", ""),
            dead_letter_arn=env.get("DEAD_LETTER_ARN", ""),
        )

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of something in SageMaker that is the account's; it writes all names in small letters."""
        _, partition, _, _, account, _ = self.execution_role_arn.split(":", 5)
        return f"arn:{partition}:sagemaker:{self.region}:{account}:{kind}/{name.lower()}"

    @property
    def bus_arn(self) -> str:
        """The ARN of the account's default bus."""
        _, partition, _, _, account, _ = self.execution_role_arn.split(":", 5)
        return f"arn:{partition}:events:{self.region}:{account}:event-bus/default"

    def tags(self, model: str, release: str) -> dict[str, str]:
        """Return the tags of every SageMaker resource that belongs to a release."""
        return {"yardmaster": self.stack, "yardmaster:model": model, "yardmaster:release": release}


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _number(env: Mapping[str, str], name: str) -> int | None:
    if not (text := env.get(name)):
        return None
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"environment variable {name} is {text!r}, which is no number") from None
