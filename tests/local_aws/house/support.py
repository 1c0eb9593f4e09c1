import json
from collections.abc import Mapping
from typing import Any

from local_aws.engine import Engine, Parts
from local_aws.server import LocalAws
from local_aws.wsgi import App, Environ, StartResponse, answer_json, read_body


class StubEngine:
    """Answers every SageMaker request with what was asked."""

    @property
    def app(self) -> App:
        def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
            body = read_body(environ)
            headers = {"x-amzn-Invoked-Production-Variant": "stub"}
            return answer_json(start_response, 200, {"path": environ["PATH_INFO"], "bytes": len(body)}, headers)

        return app

    def tick(self) -> None:
        pass

    def close(self) -> None:
        pass

    def put_in_status(self, endpoint: str, status: str, reason: str, seconds: float | None) -> None:
        raise ValueError(f"no endpoint {endpoint}")

    def provoke(self, kind: str, name: str, what: str, reason: str, seconds: float | None) -> None:
        if name != "ym-churn":
            raise ValueError(f"no {kind}/{name}/{what}")

    def trade(self, deal: str, arn: str) -> str:
        if deal != "offer":
            raise ValueError(f"no deal {deal}")
        return f"offered {arn}"

    def tags_of(self, arn: str) -> dict[str, str]:
        return {}

    def key_of(self, arn: str) -> None:
        return None

    def tagged(self, kind: str) -> list[tuple[str, Mapping[str, str]]]:
        return [("arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn", {"team": "risk"})]

    def quotas(self) -> dict[str, int]:
        return {"ml.m5.large for endpoint usage": 3, "ml.m5.xlarge for training job usage": 0}


def stub_engine(_parts: Parts) -> Engine:
    return StubEngine()


class Queue:
    """An SQS queue whose messages can be read; every rule may send to it, as its policy says."""

    def __init__(self, local: LocalAws, name: str) -> None:
        self._sqs = local.client("sqs")
        cleaned = "".join(letter if letter.isalnum() else "-" for letter in name)[:80]
        may = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**may, "Resource": "*"}]})
        self.url = self._sqs.create_queue(QueueName=cleaned, Attributes={"Policy": policy})["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]

    def messages(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(answer.get("Messages", []))


def make_table(local: LocalAws, name: str) -> Any:
    """Make a table with the key `pk` and nothing else; return a client for it."""
    dynamodb = local.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return dynamodb
