"""An account with scripted executors, in which tuning jobs run on a virtual clock."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.script import Script
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.sagemaker.puppets import START, training

OBJECTIVE = {"Type": "Maximize", "MetricName": "validation:auc"}
RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0", "MaxValue": "1"},
        {"Name": "alpha", "MinValue": "0", "MaxValue": "2"},
    ],
    "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "10"}],
}
GRID = {"CategoricalParameterRanges": [{"Name": "tree_method", "Values": ["exact", "hist", "approx"]}]}


def auc(parameters: Mapping[str, str]) -> Sequence[float]:
    """Return a hill whose top is at eta 0.3, alpha 1."""
    eta, alpha = float(parameters.get("eta", 0.5)), float(parameters.get("alpha", 1))
    return [0.9 - (eta - 0.3) ** 2 - 0.1 * (alpha - 1) ** 2]


def config(**changes: Any) -> dict[str, Any]:
    """Return a right configuration; what is None is left out."""
    given = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": RANGES,
        "RandomSeed": 7,
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def definition(**changes: Any) -> dict[str, Any]:
    """Return a right definition of training jobs."""
    whole = training()
    kept = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig")
    given = {
        **{name: whole[name] for name in kept},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "StaticHyperParameters": {"num_round": "10", "objective": "binary:logistic"},
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def tuning(name: str = "tune", *, job: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a right request for a tuning job; `changes` are the configuration's."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": config(**changes),
        "TrainingJobDefinition": job or definition(),
        "Tags": [{"Key": "yardmaster", "Value": "s"}],
    }


class Account:
    """A simulated account whose training jobs take 60 seconds, and give `auc` of their hyperparameters."""

    def __init__(self, **settings: Any) -> None:
        self.now = START
        self.script = Script(objective=auc)
        rows = b"1,0.2,0.3\n0,0.4,0.5\n"
        self.store = MemoryObjectStore({"s3://b/train/a.csv": rows, "s3://b/new/a.csv": rows})
        self.executors = ScriptedExecutors(self.store, lambda: self.now, self.script)
        self.events: list[dict[str, Any]] = []
        self.core = SageMaker(
            clock=lambda: self.now,
            executors=self.executors,
            emit=self.events.append,
            put_metric=lambda _: None,
            put_log=lambda _: None,
            store=self.store,
            settings=SimulatorSettings(**settings),
        )

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.core.call(operation, params)

    def tune(self, name: str = "tune", **changes: Any) -> None:
        self.core.call("CreateHyperParameterTuningJob", tuning(name, **changes))

    def refused(self, params: dict[str, Any], code: str = "ValidationException") -> str:
        """Return the message with which a tuning job is refused."""
        with pytest.raises(AwsError) as caught:
            self.core.call("CreateHyperParameterTuningJob", params)
        assert caught.value.code == code
        return caught.value.message

    def wait(self, seconds: float) -> None:
        """Move the clock, step by step over everything that is due on the way."""
        end = self.now + seconds
        self.core.advance()
        while (due := self._next_due()) is not None and due <= end:
            self.now = max(due, self.now)
            self.core.advance()
        self.now = end

    def finish(self, name: str = "tune", seconds: float = 100_000) -> dict[str, Any]:
        """Wait until a tuning job has ended, and describe it."""
        end = self.now + seconds
        while (described := self.describe(name))["HyperParameterTuningJobStatus"] in ("InProgress", "Stopping"):
            due = self._next_due()
            if due is None or due > end:
                pytest.fail(f"{name} has not ended: {described}")
            self.now = max(due, self.now)
            self.core.advance()
        return described

    def describe(self, name: str = "tune") -> dict[str, Any]:
        return self.call("DescribeHyperParameterTuningJob", HyperParameterTuningJobName=name)

    def children(self, name: str = "tune", **params: Any) -> list[dict[str, Any]]:
        answer = self.call(
            "ListTrainingJobsForHyperParameterTuningJob",
            HyperParameterTuningJobName=name,
            **{"MaxResults": 100, **params},
        )
        found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
        return found

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """Return the details of the events of one kind so far."""
        return [event["detail"] for event in self.events if event["detail-type"] == f"SageMaker {kind} State Change"]

    def _next_due(self) -> float | None:
        dues = [due for due in (self.core.next_due(), self.executors.next_due()) if due is not None]
        return min(dues, default=None)
