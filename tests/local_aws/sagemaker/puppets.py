"""An account whose clock and executors do what the test says, and requests that are right."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local_aws.sagemaker.access import Access, Unlimited
from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import (
    Answer,
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    MetricValue,
    Outcome,
    TrainingOutcome,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.telemetry import Datapoint, LogLine

START = 1_772_600_000.0
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROLE = "arn:aws:iam::123456789012:role/exec"
ARTIFACT = "s3://b/out/j1/output/model.tar.gz"


class PuppetExecutors:
    """Starts nothing; containers are ready at once unless their hosting id contains a word of `broken`."""

    def __init__(self) -> None:
        self.training: dict[str, TrainingRequest] = {}
        self.transforms: dict[str, TransformRequest] = {}
        self.hosting: dict[str, HostingRequest] = {}
        self.asked_to_stop: list[str] = []
        self.interrupted: list[str] = []
        self.broken: set[str] = set()
        self.silent = False
        self.outcomes: list[Outcome] = []
        self.answer: Callable[[str], Answer] = lambda _: Answer(200, b"0.5", "text/csv", 0.004)

    def start_training(self, request: TrainingRequest) -> None:
        self.training[request.name] = request

    def stop_training(self, name: str) -> None:
        self.asked_to_stop.append(name)

    def interrupt_training(self, name: str) -> None:
        self.interrupted.append(name)

    def start_transform(self, request: TransformRequest) -> None:
        self.transforms[request.name] = request

    def stop_transform(self, name: str) -> None:
        self.asked_to_stop.append(name)

    def start_hosting(self, request: HostingRequest) -> None:
        self.hosting[request.hosting_id] = request
        if not self.silent:
            broken = any(word in request.hosting_id for word in self.broken)
            reason = "the ping was refused" if broken else None
            failed = tuple(each.name for each in request.containers) if broken else ()
            self.outcomes.append(HostingOutcome(request.hosting_id, not broken, reason, failed))

    def stop_hosting(self, hosting_id: str) -> None:
        self.hosting.pop(hosting_id, None)

    def invoke(self, hosting_id: str, invocation: Invocation) -> Answer:
        del invocation
        if hosting_id not in self.hosting:
            raise ConnectionError(hosting_id)
        return self.answer(hosting_id)

    def poll(self) -> list[Outcome]:
        outcomes, self.outcomes = self.outcomes, []
        return outcomes

    def close(self) -> None:
        self.hosting.clear()


class DictObjects:
    """Buckets and objects by URI."""

    def __init__(self, *uris: str) -> None:
        self.uris = set(uris)

    def exists(self, uri: str) -> bool:
        return uri in self.uris

    def list(self, prefix_uri: str) -> list[str]:
        return sorted(uri for uri in self.uris if uri.startswith(prefix_uri) and uri.count("/") > 2)


class Account:
    """A simulated account, its puppets, and all that came out of it."""

    def __init__(self, access: Access | None = None, **settings: Any) -> None:
        self.now = START
        self.executors = PuppetExecutors()
        self.objects = DictObjects("s3://b", "s3://b/train/a.csv", "s3://b/test/a.csv", ARTIFACT)
        self.events: list[dict[str, Any]] = []
        self.metrics: list[Datapoint] = []
        self.logs: list[LogLine] = []
        self.captured: dict[str, bytes] = {}
        self.put_capture: Callable[[str, bytes], None] = self.captured.__setitem__
        self.core = SageMaker(
            clock=lambda: self.now,
            executors=self.executors,
            emit=self.events.append,
            put_metric=self.metrics.append,
            put_log=self.logs.append,
            store=self.objects,
            settings=SimulatorSettings(**settings),
            access=access or Unlimited(),
            put_capture=lambda uri, body: self.put_capture(uri, body),
        )

    def change(self, **settings: Any) -> None:
        self.core.settings = replace(self.core.settings, **settings)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.core.call(operation, params)

    def wait(self, seconds: float = 0) -> None:
        """Move the clock, step by step over everything that is due on the way."""
        end = self.now + seconds
        self.core.advance()
        while (due := self.core.next_due()) is not None and due <= end:
            self.now = due
            self.core.advance()
        self.now = end
        self.core.advance()

    def refused(self, operation: str, params: dict[str, Any], code: str = "ValidationException") -> str:
        """Return the message of a refusal; fails if there is none or its code is another."""
        with pytest.raises(AwsError) as caught:
            self.core.call(operation, params)
        assert caught.value.code == code
        assert caught.value.status == 400
        return caught.value.message

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """Return the details of the events of one kind so far."""
        return [event["detail"] for event in self.events if event["detail-type"] == f"SageMaker {kind} State Change"]

    # What a test needs to exist first

    def train(self, name: str = "j1", **changes: Any) -> None:
        self.core.call("CreateTrainingJob", training(name, **changes))

    def finish_training(self, name: str = "j1", result: Finished = Finished.COMPLETED, **members: Any) -> None:
        given = {"artifact_uri": ARTIFACT, "metrics": (MetricValue("validation:auc", 0.8, self.now),), **members}
        self.executors.outcomes.append(TrainingOutcome(name, result, **given))
        self.wait()

    def finish_transform(
        self, name: str = "t1", result: Finished = Finished.COMPLETED, reason: str | None = None
    ) -> None:
        self.executors.outcomes.append(TransformOutcome(name, result, reason))
        self.wait()

    def model(self, name: str = "m1") -> None:
        self.core.call("CreateModel", model(name))

    def config(self, name: str = "c1", *variants: dict[str, Any]) -> None:
        self.core.call("CreateEndpointConfig", config(name, *variants))

    def endpoint(self, name: str = "e1", config_name: str = "c1", seconds: float = 200) -> None:
        self.call("CreateEndpoint", EndpointName=name, EndpointConfigName=config_name)
        self.wait(seconds)

    def serve(self, *variants: dict[str, Any]) -> None:
        """Have endpoint e1 in service, by default with variant a (95) and b (5), of models m1 and m2."""
        self.model("m1")
        self.model("m2")
        self.config("c1", *(variants or (variant("a", weight=95), variant("b", "m2", weight=5))))
        self.endpoint()

    def status(self, name: str = "e1") -> str:
        status: str = self.call("DescribeEndpoint", EndpointName=name)["EndpointStatus"]
        return status

    def variants(self, name: str = "e1") -> dict[str, tuple[float, float, int, int]]:
        """Return (current weight, desired weight, current count, desired count) by variant."""
        described = self.call("DescribeEndpoint", EndpointName=name)["ProductionVariants"]
        figures = ("CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")
        return {each["VariantName"]: tuple(each[figure] for figure in figures) for each in described}


def training(name: str = "j1", **changes: Any) -> dict[str, Any]:
    """Return a right request for a training job."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "HyperParameters": {"num_round": "10"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [{"Key": "yardmaster", "Value": "s"}],
        **changes,
    }


def transform(name: str = "t1", **changes: Any) -> dict[str, Any]:
    """Return a right request for a transform job."""
    return {
        "TransformJobName": name,
        "ModelName": "m1",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/test/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": "s3://b/scores", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
        **changes,
    }


def model(name: str = "m1", **changes: Any) -> dict[str, Any]:
    """Return a right request for a model."""
    container = {"Image": IMAGE, "ModelDataUrl": ARTIFACT}
    return {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container, **changes}


def variant(
    name: str = "a", model_name: str = "m1", weight: float = 1, count: int = 1, **changes: Any
) -> dict[str, Any]:
    """Return a right production variant."""
    return {
        "VariantName": name,
        "ModelName": model_name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        "InitialVariantWeight": weight,
        **changes,
    }


def config(name: str = "c1", *variants: dict[str, Any]) -> dict[str, Any]:
    """Return a right request for an endpoint configuration."""
    return {"EndpointConfigName": name, "ProductionVariants": list(variants) or [variant()]}


def package(group: str = "g1", **changes: Any) -> dict[str, Any]:
    """Return a right request for a model package version."""
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": ARTIFACT}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    return {"ModelPackageGroupName": group, "InferenceSpecification": specification, **changes}


RUNS_ON = {
    "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large", "ml.m5.xlarge"],
}


def unversioned(**changes: Any) -> dict[str, Any]:
    """Return a right request for a model package without a group, but for its name; what is None is left out."""
    request = package()
    specification = request.pop("InferenceSpecification") | RUNS_ON
    del request["ModelPackageGroupName"]
    given = {"InferenceSpecification": specification, **request, **changes}
    return {name: value for name, value in given.items() if value is not None}


def algorithm(name: str = "forest", **changes: Any) -> dict[str, Any]:
    """Return a right request for an algorithm; `changes` are its TrainingSpecification's."""
    return {
        "AlgorithmName": name,
        "TrainingSpecification": {
            "TrainingImage": IMAGE,
            "SupportedHyperParameters": [
                {
                    "Name": "num_round",
                    "Type": "Integer",
                    "Range": {"IntegerParameterRangeSpecification": {"MinValue": "1", "MaxValue": "100"}},
                    "IsTunable": True,
                    "IsRequired": True,
                },
                {
                    "Name": "eta",
                    "Type": "Continuous",
                    "Range": {"ContinuousParameterRangeSpecification": {"MinValue": "0", "MaxValue": "1"}},
                    "IsTunable": True,
                    "DefaultValue": "0.3",
                },
                {
                    "Name": "booster",
                    "Type": "Categorical",
                    "Range": {"CategoricalParameterRangeSpecification": {"Values": ["gbtree", "dart"]}},
                },
                {"Name": "note", "Type": "FreeText"},
            ],
            "SupportedTrainingInstanceTypes": ["ml.m5.xlarge", "ml.c5.xlarge"],
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
            "SupportedTuningJobObjectiveMetrics": [{"Type": "Maximize", "MetricName": "validation:auc"}],
            "TrainingChannels": [
                {
                    "Name": "train",
                    "IsRequired": True,
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedInputModes": ["File"],
                },
                {"Name": "validation", "SupportedContentTypes": ["text/csv"], "SupportedInputModes": ["File"]},
            ],
            **changes,
        },
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
            **RUNS_ON,
        },
    }
