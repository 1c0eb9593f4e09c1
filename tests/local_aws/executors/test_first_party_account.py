"""The first-party algorithms through SageMaker's own API: train, describe, transform, serve."""

import json
import time

import numpy as np
import pytest

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors.base import Invocation
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.first_party_data import REGISTRY, SETTINGS, UNLABELLED, csv
from tests.local_aws.sagemaker.puppets import config, model, training, transform, variant
from tests.waiting import eventually

AT_ONCE = SimulatorSettings(
    training_start_seconds=0,
    training_download_seconds=0,
    training_upload_seconds=0,
    transform_start_seconds=0,
    instance_start_seconds=0,
)


@pytest.fixture
def core(executors: ProcessExecutors, store: MemoryObjectStore) -> SageMaker:
    return SageMaker(
        clock=time.time,
        executors=executors,
        emit=lambda _: None,
        put_metric=lambda _: None,
        put_log=lambda _: None,
        store=store,
        settings=AT_ONCE,
    )


def become(core: SageMaker, kind: str, name: str, statuses: set[str]) -> str:
    """Wait until something has one of these statuses."""
    subject = kind if kind == "Endpoint" else f"{kind}Job"

    def status() -> str | None:
        core.advance()
        found: str = core.call(f"Describe{subject}", {f"{subject}Name": name})[f"{subject}Status"]
        return found if found in statuses else None

    return eventually(status) or ""


@pytest.mark.parametrize(
    ("container", "metric", "member"),
    [
        ("linear-learner", "train:objective_loss", "predicted_label"),
        ("kmeans", "train:msd", "closest_cluster"),
        ("pca", "train:throughput", "projection"),
        ("knn", "train:throughput", "predicted_label"),
    ],
)
def test_awss_own_image_trains_transforms_and_serves(
    core: SageMaker, executors: ProcessExecutors, store: MemoryObjectStore, container: str, metric: str, member: str
) -> None:
    features = np.random.default_rng(3).random((200, 4))
    labels = (features[:, 0] > 0.5).astype(float)
    unlabelled = container in ("kmeans", "pca")
    store.write("s3://b/api/train/a.csv", csv(features) if unlabelled else csv(labels, features))
    store.write("s3://b/api/test/a.csv", csv(labels, features))
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/api/train/"}}
    channel = {"ChannelName": "train", "ContentType": UNLABELLED if unlabelled else "text/csv", "DataSource": source}
    algorithm = {"TrainingImage": f"{REGISTRY}/{container}:1", "TrainingInputMode": "File"}
    core.call(
        "CreateTrainingJob",
        training(
            f"j-{container}",
            AlgorithmSpecification=algorithm,
            HyperParameters=dict(SETTINGS[container]),
            InputDataConfig=[channel],
        ),
    )
    assert become(core, "Training", f"j-{container}", {"Completed", "Failed"}) == "Completed"
    job = core.call("DescribeTrainingJob", {"TrainingJobName": f"j-{container}"})
    assert metric in {each["MetricName"] for each in job["FinalMetricDataList"]}

    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    primary = {"Image": f"{REGISTRY}/{container}:1", "ModelDataUrl": artifact}
    core.call("CreateModel", model(f"m-{container}", PrimaryContainer=primary))
    given = transform(f"t-{container}", ModelName=f"m-{container}", DataProcessing={"InputFilter": "$[1:]"})
    given["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = "s3://b/api/test/"
    given["TransformOutput"] = {
        "S3OutputPath": "s3://b/api/out", "Accept": "application/jsonlines", "AssembleWith": "Line",
    }  # fmt: skip
    core.call("CreateTransformJob", given)
    assert become(core, "Transform", f"t-{container}", {"Completed", "Failed"}) == "Completed"
    lines = [json.loads(line) for line in store.read("s3://b/api/out/a.csv.out").splitlines()]
    assert len(lines) == 200
    assert all(member in line for line in lines)

    core.call("CreateEndpointConfig", config(f"c-{container}", variant(model_name=f"m-{container}")))
    endpoint = {"EndpointName": f"e-{container}", "EndpointConfigName": f"c-{container}"}
    core.call("CreateEndpoint", endpoint)
    assert become(core, "Endpoint", f"e-{container}", {"InService", "Failed"}) == "InService"
    row = ",".join(f"{value:.6g}" for value in features[0]).encode()
    route = core.route(f"e-{container}", None, 0.5)
    answer = executors.invoke(route.hosting_id, Invocation(row, "text/csv", "*/*"))
    [prediction] = next(iter(json.loads(answer.body).values()))
    first = lines[0][member]
    assert prediction[member] == (pytest.approx(first) if member == "projection" else first)
    core.call("DeleteEndpoint", {"EndpointName": f"e-{container}"})
