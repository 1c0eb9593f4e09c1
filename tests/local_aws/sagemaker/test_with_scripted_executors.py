"""The core with the executors of the virtual clock: a model is trained, tested and served without a process."""

from typing import Any

import pytest

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors.base import Invocation
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.sagemaker.puppets import START, config, model, training, transform

ROWS = b"1,0.2,0.3\n0,0.4,0.5\n" * 10


class World:
    def __init__(self) -> None:
        self.now = START
        self.store = MemoryObjectStore({"s3://b/train/a.csv": ROWS, "s3://b/test/a.csv": ROWS})
        self.events: list[dict[str, Any]] = []
        self.core = SageMaker(
            clock=lambda: self.now,
            executors=ScriptedExecutors(self.store, lambda: self.now),
            emit=self.events.append,
            put_metric=lambda _: None,
            put_log=lambda _: None,
            store=self.store,
        )

    def wait(self, operation: str, name: dict[str, str], member: str, status: str) -> dict[str, Any]:
        for _ in range(1000):
            described = self.core.call(operation, name)
            if described[member] == status:
                return described
            self.now += 10
            self.core.advance()
        pytest.fail(f"{name} is {described[member]}: {described.get('FailureReason')}")


def test_a_model_is_trained_tested_and_served() -> None:
    world = World()
    parameters = {"num_round": "10", "objective": "binary:logistic"}
    world.core.call("CreateTrainingJob", training(HyperParameters=parameters))
    job = world.wait("DescribeTrainingJob", {"TrainingJobName": "j1"}, "TrainingJobStatus", "Completed")
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == "s3://b/out/j1/output/model.tar.gz"
    container = model()["PrimaryContainer"] | {"ModelDataUrl": artifact}
    world.core.call("CreateModel", model(PrimaryContainer=container))
    world.core.call("CreateTransformJob", transform())
    world.wait("DescribeTransformJob", {"TransformJobName": "t1"}, "TransformJobStatus", "Completed")
    assert world.store.read("s3://b/scores/a.csv.out").count(b"\n") == 20
    world.core.call("CreateEndpointConfig", config())
    world.core.call("CreateEndpoint", {"EndpointName": "e1", "EndpointConfigName": "c1"})
    world.wait("DescribeEndpoint", {"EndpointName": "e1"}, "EndpointStatus", "InService")
    route = world.core.route("e1", None, 0.5)
    answer = world.core.executors.invoke(route.hosting_id, Invocation(b"0.2,0.3", "text/csv", "text/csv"))
    assert (answer.status, 0 <= float(answer.body) <= 1) == (200, True)
