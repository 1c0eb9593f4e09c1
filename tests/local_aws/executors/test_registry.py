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


@pytest.mark.parametrize(
    "image",
    [
        f"{PREFIX}/sagemaker-xgboost:0.90-2",
        f"{PREFIX}/sagemaker-xgboost:latest",
        f"{PREFIX}/sagemaker-xgboost",
        "sagemaker-xgboost:1.7-1",
        "docker.io/me/mine:1",
        "",
    ],
)
def test_other_images_are_refused_with_what_there_is(image: str) -> None:
    with pytest.raises(registry.UnavailableImageError, match=r"not available on local AWS.*1\.[27]-1"):
        registry.find(image)


@pytest.mark.parametrize("repository", ["linear-learner", "kmeans", "pca", "knn"])
def test_awss_first_party_images_are_run_by_their_stand_ins(repository: str) -> None:
    image = f"382416733822.dkr.ecr.us-east-1.amazonaws.com/{repository}:1"
    assert registry.find(image) == registry.Container(repository, "1")
    assert registry.built_in(image) == repository


@pytest.mark.parametrize("tag", [":2", ":latest", ""])
def test_first_party_images_have_one_version(tag: str) -> None:
    with pytest.raises(registry.UnavailableImageError, match="not available on local AWS: use kmeans:1"):
        registry.find(f"382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans{tag}")


@pytest.mark.parametrize("repository", sorted(registry.ON_AWS_ONLY))
def test_the_other_built_in_algorithms_are_refused_with_what_there_is(repository: str) -> None:
    image = f"{PREFIX}/{repository}:1"
    expected = rf"{repository} runs on AWS; local AWS has .*1\.7-1, linear-learner:1, kmeans:1, pca:1, knn:1"
    for look_up in (registry.find, registry.built_in):
        with pytest.raises(registry.UnavailableImageError, match=expected):
            look_up(image)


def test_an_own_image_is_no_built_in_algorithm() -> None:
    assert registry.built_in("123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1") is None


@pytest.mark.parametrize(
    ("image", "framework"),
    [
        (f"{PREFIX}/sagemaker-scikit-learn:1.2-1-cpu-py3", "sklearn"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312", "pytorch"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-gpu-py312", "pytorch"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2.19.0-cpu-py312", "tensorflow"),
    ],
)
def test_awss_framework_images_run_scripts_where_the_framework_is_installed(
    image: str, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: name)  # type: ignore[attr-defined]
    found = registry.find(image)
    assert (found.name, found.details) == ("script", {"framework": framework})


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("pytorch-training:2.6.0-cpu-py312", "its scripts need torch, which is not installed"),
        ("tensorflow-training:2.19.0-cpu-py312", "its scripts need tensorflow, which is not installed"),
        ("tensorflow-inference:2.19.0-cpu", "TensorFlow Serving can't be run"),
    ],
)
def test_a_framework_that_is_not_installed_is_refused_with_its_name(
    image: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    with pytest.raises(registry.UnavailableImageError, match=f"not available on local AWS.*{words}"):
        registry.find(f"763104351884.dkr.ecr.us-east-1.amazonaws.com/{image}")


def test_code_comes_from_s3_or_lies_in_the_artifact() -> None:
    image = f"{PREFIX}/sagemaker-scikit-learn:1.2-1-cpu-py3"
    for where in ("s3://bucket/code/sourcedir.tar.gz", "/opt/ml/model/code"):
        assert registry.find(image, {"SAGEMAKER_SUBMIT_DIRECTORY": where}).name == "script"
    with pytest.raises(registry.UnavailableImageError, match="code from /opt/ml/code is not available"):
        registry.find(image, {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/code"})


def test_selectable_inference_is_refused() -> None:
    with pytest.raises(registry.UnavailableImageError, match="SAGEMAKER_INFERENCE_OUTPUT"):
        registry.find(f"{PREFIX}/sagemaker-xgboost:1.7-1", {"SAGEMAKER_INFERENCE_OUTPUT": "probability"})
