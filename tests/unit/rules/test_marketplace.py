from dataclasses import replace

import pytest

from yardmaster.aws.algorithm import Algorithm, AlgorithmChannel, AlgorithmHyperparameter
from yardmaster.rules.marketplace import channels_of, region_refusal, serving_refusal, training_refusal
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec

ARN = "arn:aws:sagemaker:us-east-1:865070037744:algorithm/forest"
CHANNEL = AlgorithmChannel(is_required=True, content_types=("text/csv",), input_modes=("File", "Pipe"))
FOREST = Algorithm(
    arn=ARN,
    status="Completed",
    is_product=True,
    channels={"train": CHANNEL, "validation": replace(CHANNEL, is_required=False)},
    hyperparameters={"depth": AlgorithmHyperparameter(is_required=False, is_tunable=True)},
    objectives={"validation:auc": "Maximize"},
    training_types=("ml.m5.xlarge",),
    realtime_types=("ml.m5.large",),
    transform_types=("ml.m5.xlarge",),
    is_distributed=False,
    is_served=True,
)
CHANNELS = ("train", "validation")


def spec(rest: str = "") -> Spec:
    return parse_spec(f"algorithm: {{algorithm_arn: '{ARN}'}}\ndata: {{label: y}}\n{rest}\n".encode())


def test_what_the_algorithm_allows_is_not_refused() -> None:
    assert training_refusal(spec("train: {hyperparameters: {depth: 3}}"), FOREST, CHANNELS) is None
    assert serving_refusal(spec(), FOREST) is None


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        (replace(FOREST, status="Pending"), "is Pending: it can't be used"),
        (replace(FOREST, is_served=False), "has no InferenceSpecification"),
        (
            replace(FOREST, channels={"images": CHANNEL}),
            "needs the channel images, and a drop has train and validation",
        ),
        (
            replace(FOREST, channels={"train": replace(CHANNEL, content_types=("application/x-image",))}),
            "channel train takes application/x-image, and the job's is text/csv",
        ),
        (replace(FOREST, channels={"train": replace(CHANNEL, input_modes=("Pipe",))}), "takes Pipe, and not File"),
        (replace(FOREST, training_types=("ml.p3.2xlarge",)), "none that the algorithm trains on: ml.p3.2xlarge"),
        (replace(FOREST, realtime_types=("ml.p3.2xlarge",)), "none that the model is served on: ml.p3.2xlarge"),
        (replace(FOREST, transform_types=("ml.p3.2xlarge",)), "scored on by batch transform: ml.p3.2xlarge"),
    ],
)
def test_what_it_does_not_allow_is_refused_in_words(algorithm: Algorithm, words: str) -> None:
    said = training_refusal(spec(), algorithm, CHANNELS)

    assert said is not None
    assert words in said


def test_one_that_says_nothing_about_instances_and_hyperparameters_allows_any() -> None:
    anything = replace(FOREST, hyperparameters={}, realtime_types=(), transform_types=())
    given = "train: {hyperparameters: {whatever: 1}}\ndeploy: {instance_type: ml.c5.large}"

    assert training_refusal(spec(given), anything, CHANNELS) is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("train", "validation"), {"train": "train", "validation": "validation"}),
        (("training",), {"train": "training"}),
        (("training", "eval"), {"train": "training", "validation": "eval"}),
        (("train", "training"), {"train": "train"}),
        (("images",), {}),
    ],
)
def test_our_channels_get_the_names_that_algorithms_usually_have(
    names: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert channels_of(replace(FOREST, channels=dict.fromkeys(names, CHANNEL)), CHANNELS) == expected


def test_an_arn_of_another_region_is_told() -> None:
    assert region_refusal("algorithm_arn", ARN, "us-east-1") is None
    said = region_refusal("algorithm_arn", ARN, "eu-central-1")
    assert said is not None
    assert "is in us-east-1, and jobs run in eu-central-1" in said
