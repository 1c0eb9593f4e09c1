"""A local AWS whose functions sleep until invoked, and the state that the samples of `events/` are about."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from tests.drops import SPEC, csv
from tests.requirements import ROOT
from tests.sam.quick_jobs import QuickJobs
from tests.waiting import eventually
from yardmaster.aws.clients import forget
from yardmaster.flows import deploy_canary, evaluate_candidate, judge_canary, prepare_data, start_training
from yardmaster.flows import test_candidate as score_candidate
from yardmaster.flows.apply_spec import run as apply_spec
from yardmaster.flows.prepare_data import Invocation
from yardmaster.flows.publish import publish
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release, Source, Stage
from yardmaster.rules.owners import owner
from yardmaster.rules.received import new_release
from yardmaster.rules.stages import ENDED

RELEASE, MODEL, NUMBER = "mfzwizdt", "churn", 7
"""What the samples are about."""
EARLIER = "a3kq7w2p"
"""The release before it."""
JOB = f"ym-{MODEL}-{RELEASE}-1"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/ym-churn/2"
_HERE = Invocation("here", lambda: 900.0)
_FLOWS: dict[str, Callable[[Yard, str, Callable[[], float]], str]] = {
    "prepare_data": lambda yard, release, clock: prepare_data.resume(yard, release, clock, _HERE),
    "start_training": start_training.run,
    "test_candidate": score_candidate.run,
    "evaluate_candidate": evaluate_candidate.run,
    "deploy_canary": deploy_canary.run,
    "judge_canary": judge_canary.run,
}


class Place:
    """One stack. Its state is made by the flows themselves, run here instead of in the functions."""

    def __init__(self, local: LocalAws, jobs: QuickJobs) -> None:
        self.local = local
        self.jobs = jobs
        self.yard = Yard.from_env()
        self.sagemaker: Any = local.client("sagemaker")
        self._s3: Any = local.client("s3")
        self._sqs: Any = local.client("sqs")
        self._heard = _listen(local)
        self._told = _subscribe(local)

    def reset(self) -> None:
        """Forget everything but the stack."""
        self.jobs.forget()
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=self.yard.bucket.name):
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                self._s3.delete_object(Bucket=self.yard.bucket.name, Key=item["Key"], VersionId=item["VersionId"])
        table, dynamodb = self.yard.settings.table, self.local.client("dynamodb")
        for row in dynamodb.scan(TableName=table, ProjectionExpression="pk, sk")["Items"]:
            dynamodb.delete_item(TableName=table, Key=row)
        self.said()
        self.told()

    def function(self, name: str) -> FunctionSpec:
        """Return a function of the stack, by the name of its folder."""
        return self.local.functions.spec(f"yardmaster-{name.replace('_', '-')}")

    def credentials(self, function: FunctionSpec) -> dict[str, str]:
        """Return what a function calls AWS with: a session of its own role."""
        return self.local.access.credentials_of(function).environment()

    # --- what is made -----------------------------------------------------------------------------------------------

    def upload(self, key: str, body: str | bytes) -> str:
        """Upload an object; return its version."""
        data = body.encode() if isinstance(body, str) else body
        answer = self._s3.put_object(Bucket=self.yard.bucket.name, Key=key, Body=data)
        return str(answer["VersionId"])

    def spec(self, text: str = SPEC) -> str:
        """Upload a spec and put it in force; return its version."""
        version = self.upload(f"{MODEL}/spec.yaml", text)
        apply_spec(self.yard, f"{MODEL}/spec.yaml", time.time())
        return version

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.yard.bucket.name, Key=key)

    def baseline(self) -> Release:
        """Bring the release before the samples' into service."""
        return self._release(EARLIER, NUMBER - 1, "dec", Stage.LIVE, SPEC)

    def candidate(self, stage: Stage, spec: str = SPEC) -> Release:
        """Take the samples' release as far as a stage."""
        return self._release(RELEASE, NUMBER, "jan", stage, spec)

    def _release(self, identifier: str, number: int, drop: str, stage: Stage, spec: str) -> Release:
        self.spec(spec)
        key = f"{MODEL}/data/{drop}.csv"
        source = Source(self.yard.bucket.name, key, self.upload(key, csv(number)), drop, DropKind.FILE)
        release = new_release(identifier, MODEL, number, source, time.time())
        model = self.yard.table.get_model(MODEL)
        assert model is not None
        publish(self.yard, self.yard.table.create_release(release, model)[0])
        return self.walk(identifier, stage)

    def walk(self, identifier: str, stage: Stage) -> Release:
        """Let the flows move a release until it is in a stage."""

        def there() -> Release | None:
            release = self.release(identifier)
            if release.stage is stage:
                return release
            assert release.stage not in ENDED, f"{release.stage}: {release.reason}"
            _FLOWS[owner(release) or ""](self.yard, identifier, time.time)
            return None

        found = eventually(there)
        assert found is not None
        return found

    def step(self, function: str) -> None:
        """Let a flow look at the samples' release once."""
        _FLOWS[function](self.yard, RELEASE, time.time)

    # --- what is asked ----------------------------------------------------------------------------------------------

    def release(self, identifier: str = RELEASE) -> Release:
        found = self.yard.table.get_release(identifier)
        assert found is not None, f"no release {identifier}"
        return found

    def only(self) -> Release:
        """Return the one release that there is."""
        (found,) = self.yard.table.releases_of(MODEL)
        return self.release(found.id)

    def keys(self, prefix: str) -> list[str]:
        return [item.key for item in self.yard.bucket.list(prefix)]

    def tags(self, arn: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.sagemaker.list_tags(ResourceArn=arn)["Tags"]}

    def until(self, kind: str, name: str, status: str) -> dict[str, Any]:
        """Wait until a training job, transform job or endpoint has a status; return its description."""
        describe = getattr(self.sagemaker, f"describe_{kind}")
        prefix = "".join(part.capitalize() for part in kind.split("_"))

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = describe(**{f"{prefix}Name": name})
            return found if found[f"{prefix}Status"] == status else None

        found = eventually(look)
        assert found is not None
        return found

    def weights(self) -> dict[str, float]:
        """Return what the endpoint's variants are to get of the traffic."""
        found = self.sagemaker.describe_endpoint(EndpointName=MODEL)
        return {one["VariantName"]: one["DesiredWeight"] for one in found["ProductionVariants"]}

    def said(self) -> list[dict[str, Any]]:
        """Return the events of the stack's own that came since the last question."""
        return self._taken(self._heard)

    def told(self) -> list[dict[str, Any]]:
        """Return what people were told since the last question: notifications as SNS delivers them."""
        return self._taken(self._told)

    def _taken(self, queue: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while more := self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in more:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found


def logical_id(function: str) -> str:
    """Return the name in the template of a function's folder: StartTrainingFunction for start_training."""
    return "".join(part.capitalize() for part in function.split("_")) + "Function"


def _listen(local: LocalAws) -> str:
    """Send the stack's own events to a queue; return its URL."""
    sqs, events = local.client("sqs"), local.client("events")
    url = str(sqs.create_queue(QueueName="heard")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="heard", EventPattern=json.dumps({"source": ["yardmaster.yardmaster"]}))
    events.put_targets(Rule="heard", Targets=[{"Id": "1", "Arn": arn}])
    return url


def _subscribe(local: LocalAws) -> str:
    """Send what people are told to a queue; return its URL."""
    sqs, sns = local.client("sqs"), local.client("sns")
    url = str(sqs.create_queue(QueueName="told")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=(local.outputs or {})["NotificationsArn"], Protocol="sqs", Endpoint=arn)
    return url


@contextmanager
def a_place(folder: Path, also_on: str | None = None) -> Iterator[Place]:
    """Run a local AWS; the flows of this process, too, work on it meanwhile."""
    made: list[QuickJobs] = []

    def engine(parts: Any) -> QuickJobs:
        made.append(QuickJobs(parts))
        return made[0]

    with LocalAws(folder, engine, also_on=also_on) as local, pytest.MonkeyPatch.context() as patch:
        local.deploy(ROOT / "template.yaml", "yardmaster", {}, asleep=True)
        variables = {name: value for spec in local.functions.specs() for name, value in spec.environment.items()}
        access = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": local.endpoint}
        for name, value in (variables | access).items():
            patch.setenv(name, value)
        forget()
        yield Place(local, made[0])
    forget()
