"""Everything that a flow may touch, in one place: settings and one adapter per service."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yardmaster.aws.bucket import Bucket
from yardmaster.aws.bus import Bus
from yardmaster.aws.clients import client
from yardmaster.aws.table import ReleaseTable
from yardmaster.aws.topic import Topic
from yardmaster.errors import SettingsError
from yardmaster.rules.names import event_source
from yardmaster.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class Yard:
    """The settings and the services. Clients are made when they are first used: few wake-ups need them all.

    Attributes:
        settings: From the function's environment.
        invocation: Lambda's id of the invocation, the same for its retries; empty where there is none.
    """

    settings: Settings
    invocation: str = ""

    @classmethod
    def from_env(cls, invocation: str = "") -> "Yard":
        """Make it from the function's environment.

        Raises:
            SettingsError: The template did not set a variable.
        """
        return cls(Settings.from_env(), invocation)

    @property
    def table(self) -> ReleaseTable:
        """The release table."""
        return ReleaseTable(client("dynamodb"), self.settings.table)

    @property
    def bucket(self) -> Bucket:
        """The stack's bucket."""
        return Bucket(client("s3"), self.settings.bucket)

    @property
    def bus(self) -> Bus:
        """The bus, for events in the stack's name."""
        return Bus(client("events"), event_source(self.settings.stack))

    @property
    def topic(self) -> Topic:
        """Where people are told what happens.

        Raises:
            SettingsError: The template gives this function no topic.
        """
        if self.settings.topic_arn is None:
            raise SettingsError("environment variable TOPIC_ARN is missing: the template must set it")
        return Topic(client("sns"), self.settings.topic_arn)

    @property
    def alarm_topic(self) -> Topic | None:
        """Where those are told who run the stack; None if nobody asked."""
        arn = self.settings.alarm_topic_arn
        return None if arn is None else Topic(client("sns"), arn)

    @property
    def sagemaker(self) -> "SageMakerClient":
        """The client for jobs, models, packages and endpoints."""
        found: SageMakerClient = client("sagemaker")
        return found

    @property
    def cloudwatch(self) -> "CloudWatchClient":
        """The client for the endpoints' metrics."""
        found: CloudWatchClient = client("cloudwatch")
        return found

    @property
    def scheduler(self) -> Any:
        """The client for the schedules of batches."""
        return client("scheduler")

    @property
    def logs(self) -> Any:
        """The client for what jobs logged."""
        return client("logs")

    @property
    def autoscaling(self) -> Any:
        """The client for the endpoints' automatic scaling."""
        return client("application-autoscaling")

    @property
    def service_quotas(self) -> Any:
        """The client for the account's quotas."""
        return client("service-quotas")

    @property
    def tagging(self) -> Any:
        """The client that finds resources by their tags."""
        return client("resourcegroupstaggingapi")
