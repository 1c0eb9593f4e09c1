"""The images of managed frameworks."""

import json
import re
import subprocess
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from tests.requirements import lack
from tools import algorithms_table, frameworks_table
from yardmaster.errors import RefusedError
from yardmaster.spec.frameworks import image_uri, version
from yardmaster.spec.own import Framework, ScriptSpec

TEXT = resources.files("yardmaster.spec").joinpath("frameworks.json").read_text()
TABLE = json.loads(TEXT)


def script(framework: Framework, named: str | None = None) -> ScriptSpec:
    return ScriptSpec(entry_point="train.py", framework=framework, framework_version=named)


@pytest.mark.parametrize(
    ("framework", "named", "purpose", "kind", "uri"),
    [
        ("sklearn", "1.2-1", "training", "ml.m5.xlarge", "141502667606.{host}/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("sklearn", "1.2-1", "inference", "ml.m5.xlarge", "141502667606.{host}/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("xgboost", "1.7-1", "training", "ml.m5.xlarge", "141502667606.{host}/sagemaker-xgboost:1.7-1"),
        ("xgboost", "0.90-2", "training", "ml.m5.xlarge", "141502667606.{host}/sagemaker-xgboost:0.90-2-cpu-py3"),
        ("pytorch", "2.6.0", "training", "ml.g5.xlarge", "763104351884.{host}/pytorch-training:2.6.0-gpu-py312"),
        ("pytorch", "2.6.0", "inference", "ml.m5.large", "763104351884.{host}/pytorch-inference:2.6.0-cpu-py312"),
        (
            "tensorflow",
            "2.19.0",
            "training",
            "ml.p3.2xlarge",
            "763104351884.{host}/tensorflow-training:2.19.0-gpu-py312",
        ),
        ("tensorflow", "2.19.0", "inference", "ml.m5.large", "763104351884.{host}/tensorflow-inference:2.19.0-cpu"),
    ],
)
def test_the_image_is_the_sagemaker_sdks(framework: Framework, named: str, purpose: str, kind: str, uri: str) -> None:
    """As sagemaker 2.257.7's `image_uris.retrieve` answered on 2026-11-30."""
    expected = uri.format(host="dkr.ecr.eu-west-1.amazonaws.com")
    assert image_uri(script(framework, named), "eu-west-1", kind, purpose) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("framework", TABLE["frameworks"])
def test_the_newest_version_that_trains_and_serves_is_the_default(framework: Framework) -> None:
    assert version(script(framework)) == TABLE["frameworks"][framework]["versions"][-1]


def test_a_version_that_only_trains_is_refused_with_those_that_do_both() -> None:
    with pytest.raises(RefusedError, match=r"is no version of sklearn that both trains and serves; .* or 1\.2-1"):
        version(script("sklearn", "1.4-2"))


@pytest.mark.parametrize(
    ("framework", "region", "kind", "words"),
    [
        ("sklearn", "mars-1", "ml.m5.xlarge", "has no image of sklearn 1.2-1 in mars-1; it has one in af-south-1, "),
        ("sklearn", "eu-west-1", "ml.g5.xlarge", "does not run on ml.g5.xlarge: choose a type with CPU"),
        ("pytorch", "eu-west-1", "ml.c7g.xlarge", "does not run on ml.c7g.xlarge: choose a type with CPU or GPU"),
        ("pytorch", "eu-west-1", "ml.inf2.xlarge", "does not run on ml.inf2.xlarge: choose a type with CPU or GPU"),
    ],
)
def test_where_there_is_no_image_it_is_said(framework: Framework, region: str, kind: str, words: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(words)):
        image_uri(script(framework), region, kind, "training")


def test_a_version_that_a_region_lacks_is_refused_there_alone() -> None:
    row = TABLE["frameworks"]["pytorch"]["training"]
    lacking, regions = next(iter(row["absent"].items()))
    with pytest.raises(RefusedError, match=f"no image of pytorch {re.escape(lacking)} in {regions[0]}"):
        image_uri(script("pytorch", lacking), regions[0], "ml.m5.large", "training")


def test_every_version_has_a_tag_and_every_region_a_suffix() -> None:
    for framework in TABLE["frameworks"].values():
        for scope in frameworks_table.SCOPES:
            assert list(framework[scope]["tags"]) == framework["versions"]
            assert framework[scope]["registries"].keys() <= TABLE["dns_suffixes"].keys()


def wheel(folder: Path, configs: dict[str, object]) -> Path:
    """Write a wheel that has as much of the SDK as the generator reads."""
    path = folder / "sagemaker-2.257.7-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, config in configs.items():
            archive.writestr(f"sagemaker/image_uri_config/{name}.json", json.dumps(config))
    return path


def row(repository: str = "x", account: str = "1" * 12, **more: object) -> dict[str, object]:
    return {"repository": repository, "registries": {"us-east-1": account}, **more}


def test_the_generator_keeps_versions_that_do_both_and_lie_together(tmp_path: Path) -> None:
    training = {"1": row(account="2" * 12), "2": row("other"), "3": row(), "4": row(), "5": row()}
    inference = {key: row() for key in ("1", "2", "3", "4")}
    scopes = {"training": {"versions": training}, "inference": {"versions": inference}}
    deep = {
        scope: {"versions": {"2.1": row(py_versions=["py38", "py39"])}, "processors": ["cpu", "gpu", "inf"]}
        for scope in scopes
    }

    table = frameworks_table.table(
        wheel(tmp_path, {"sklearn": scopes, "xgboost": scopes, "pytorch": deep, "tensorflow": deep})
    )

    assert table["frameworks"]["sklearn"]["versions"] == ["3", "4"]
    tags = table["frameworks"]["pytorch"]["training"]["tags"]
    assert tags == {"2.1": {"cpu": "2.1-cpu-py39", "gpu": "2.1-gpu-py39"}}


def test_the_table_is_what_the_sdk_says_now(tmp_path: Path) -> None:
    try:
        found = algorithms_table.download(tmp_path)
    except (subprocess.CalledProcessError, OSError) as error:
        lack(f"the SageMaker SDK's wheel can't be downloaded: {error}")
    assert frameworks_table.text(found) == TEXT
