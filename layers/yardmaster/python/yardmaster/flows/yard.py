"""Everything that a flow may touch, in one place: settings and one adapter per service."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yardmaster.aws.bucket import Bucket
from yardmaster.aws.bus import Bus
from yardmaster.aws.clients import client
from yardmaster.aws.table import ReleaseTable
from yardmaster.rules.names import event_source
from yardmaster.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class Yard:
    """The settings, the release table, the bucket and the bus; other clients are made when they are first used."""

    settings: Settings
    table: ReleaseTable
    bucket: Bucket
    bus: Bus

    @classmethod
    def from_env(cls) -> "Yard":
        """Make it from the function's environment.

        Raises:
            SettingsError: The template did not set a variable.
        """
        settings = Settings.from_env()
        return cls(
            settings=settings,
            table=ReleaseTable(client("dynamodb"), settings.table),
            bucket=Bucket(client("s3"), settings.bucket),
            bus=Bus(client("events"), event_source(settings.stack)),
        )

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
