"""A stack with a key and a VPC of its own: every request to SageMaker has them, and every right that this needs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.drops import SPEC
from tests.rights import stack
from tests.steps import JOURNEY, assert_settled, drop, visited
from tests.world import World, a_world

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
GROUPS = ["sg-0123456789abcdef0"]
NETWORK = {"Subnets": SUBNETS, "SecurityGroupIds": GROUPS}
BARE = "algorithm: xgboost\ndata: {label: churned, positive: 'yes'}\n"
OWN_DISK = SPEC + "train: {instance_type: ml.g4dn.xlarge}\n"


@pytest.fixture
def world() -> Iterator[World]:
    parameters = {
        "KmsKeyArn": KEY,
        "VpcSubnetIds": ",".join(SUBNETS),
        "VpcSecurityGroupIds": ",".join(GROUPS),
        "AllowedInstanceTypes": "ml.m5.*,ml.g4dn.*",
    }
    with a_world(stack(tuple(parameters.items()))) as made:
        yield made


def described(world: World, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = getattr(world.sagemaker, f"describe_{kind}")(**{_NAMES[kind]: name})
    return found


_NAMES = {
    "training_job": "TrainingJobName",
    "transform_job": "TransformJobName",
    "model": "ModelName",
    "endpoint_config": "EndpointConfigName",
}


def test_a_release_and_its_successor_go_live_with_key_and_network_everywhere(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    second = drop(world, 2, quality=0.9)

    assert visited(first) == [*JOURNEY, "live"]
    assert visited(second) == [*JOURNEY, "canary", "promoting", "live"]
    training = described(world, "training_job", second.training_job or "")
    assert training["OutputDataConfig"]["KmsKeyId"] == training["ResourceConfig"]["VolumeKmsKeyId"] == KEY
    assert training["VpcConfig"] == NETWORK
    assert training["EnableInterContainerTrafficEncryption"] is False
    for name in second.transform_jobs.values():
        transform = described(world, "transform_job", name)
        assert transform["TransformOutput"]["KmsKeyId"] == transform["TransformResources"]["VolumeKmsKeyId"] == KEY
    assert described(world, "model", second.model_name or "")["VpcConfig"] == NETWORK
    config = described(world, "endpoint_config", world.endpoint("churn").config or "")
    assert config["KmsKeyId"] == KEY
    assert world.errors == []
    assert world.gate.denied == []
    assert_settled(world)


def test_instances_with_a_disk_of_their_own_get_no_volume_key(world: World) -> None:
    release = drop(world, 1, spec=OWN_DISK)

    assert visited(release)[-1] == "live"
    training = described(world, "training_job", release.training_job or "")
    assert training["OutputDataConfig"]["KmsKeyId"] == KEY
    assert not training["ResourceConfig"].get("VolumeKmsKeyId")


def test_several_instances_in_a_vpc_encrypt_what_they_say_to_each_other(world: World) -> None:
    release = drop(world, 1, spec=SPEC + "train: {instance_count: 2}\n")

    assert described(world, "training_job", release.training_job or "")["EnableInterContainerTrafficEncryption"] is True


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (
            "train: {instance_type: ml.p3.2xlarge}\n",
            "train.instance_type: ml.p3.2xlarge is none of this stack's AllowedInstanceTypes (ml.m5.*, ml.g4dn.*)",
        ),
        ("train: {instance_count: 11}\n", "train.instance_count: 11 is above this stack's MaxInstanceCount of 10"),
        ("train: {max_run: 2d}\n", "train.max_run: 172800 is above this stack's MaxRunSeconds of 86400"),
        (
            "deploy: {instance_type: ml.g5.xlarge}\n",
            "deploy.instance_type: ml.g5.xlarge is none of this stack's AllowedInstanceTypes (ml.m5.*, ml.g4dn.*)",
        ),
    ],
)
def test_what_the_stack_does_not_allow_is_refused_in_words_before_a_job_starts(
    world: World, asked: str, reason: str
) -> None:
    release = drop(world, 1, spec=BARE + asked)

    assert release.stage.value == "refused"
    assert release.reason == reason
    assert world.errors == []
