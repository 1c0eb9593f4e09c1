"""A stack's bucket, table, bus and parameter in this process: moto answers, no socket is opened."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend
from rich.console import Console

from tests.unit.cli.builders import NOW
from yardmaster.aws.clients import client, forget
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.records import Model, Release


@dataclass
class Scene:
    """The stack, what was said at the terminal, and what happens while a command waits."""

    stack: Stack
    said: io.StringIO = field(default_factory=io.StringIO)
    meanwhile: Callable[[], None] = lambda: None
    now: float = NOW

    @property
    def terminal(self) -> Terminal:
        return Terminal(Console(file=self.said, width=120), clock=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()

    def add(self, release: Release) -> Release:
        """Write a release and its model; return the row."""
        model = self.stack.table.get_model(release.model) or Model(release.model, "salt", revision=0)
        return self.stack.table.create_release(release, model)[0]

    def commands(self) -> list[dict[str, Any]]:
        """Return the details of the `Release Command` events that were sent."""
        queue = client("sqs").get_queue_url(QueueName="commands")["QueueUrl"]
        messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"])["detail"] for message in messages]


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """Let moto answer, with one set of clients: making them is what takes time."""
    with mock_aws():
        forget()
        yield
    forget()


@pytest.fixture
def scene(aws: None) -> Scene:
    moto_api_backend.reset()
    _deploy()
    return Scene(Stack.find("yardmaster"))


def _deploy() -> None:
    client("s3").create_bucket(Bucket="the-bucket")
    client("s3").put_bucket_versioning(Bucket="the-bucket", VersioningConfiguration={"Status": "Enabled"})
    client("dynamodb").create_table(
        TableName="the-table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "model", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "model",
                "KeySchema": [
                    {"AttributeName": "model", "KeyType": "HASH"},
                    {"AttributeName": "number", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["stage"]},
            }
        ],
    )
    where = {"bucket": "the-bucket", "table": "the-table", "prefix": "ym", "region": "us-east-1"}
    client("ssm").put_parameter(Name="/yardmaster/yardmaster", Type="String", Value=json.dumps(where))
    queue = client("sqs").create_queue(QueueName="commands")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["yardmaster.yardmaster"], "detail-type": ["Release Command"]}
    client("events").put_rule(Name="commands", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="commands", Targets=[{"Id": "queue", "Arn": arn}])
