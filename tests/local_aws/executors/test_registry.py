"""Which images local AWS runs."""

import pytest

from local_aws.sagemaker.executors import registry

PREFIX = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (f"{PREFIX}/sagemaker-xgboost:1.7-1", "1.7-1"),
        (f"{PREFIX}/sagemaker-xgboost:1.2-1-cpu-py3", "1.2-1"),
        ("450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:3.0-5", "3.0-5"),
    ],
)
def test_awss_xgboost_images_are_run_by_the_stand_in(image: str, version: str) -> None:
    assert registry.find(image) == registry.Container("xgboost", version)


def test_awss_scikit_learn_image_is_run_by_its_stand_in() -> None:
    assert registry.find(f"{PREFIX}/sagemaker-scikit-learn:1.2-1-cpu-py3") == registry.Container("sklearn", "1.2-1")


@pytest.mark.parametrize(
    "image",
    [
        f"{PREFIX}/linear-learner:1",
        f"{PREFIX}/sagemaker-xgboost:0.90-2",
        f"{PREFIX}/sagemaker-xgboost:latest",
        f"{PREFIX}/sagemaker-xgboost",
        f"{PREFIX}/sagemaker-scikit-learn:1.7-1",
        "sagemaker-xgboost:1.7-1",
        "docker.io/me/mine:1",
        "",
    ],
)
def test_other_images_are_refused_with_what_there_is(image: str) -> None:
    with pytest.raises(registry.UnavailableImageError, match=r"not available on local AWS.*1\.[27]-1"):
        registry.find(image)


def test_selectable_inference_is_refused() -> None:
    with pytest.raises(registry.UnavailableImageError, match="SAGEMAKER_INFERENCE_OUTPUT"):
        registry.find(f"{PREFIX}/sagemaker-xgboost:1.7-1", {"SAGEMAKER_INFERENCE_OUTPUT": "probability"})
