import json
import re
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from tools import algorithms_table
from yardmaster.errors import RefusedError
from yardmaster.spec.algorithms import NOT_YET, BuiltIn, find, image_uri
from yardmaster.spec.schema import OwnAlgorithm

TABLE = json.loads(resources.files("yardmaster.spec").joinpath("algorithms.json").read_text())


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        ("us-east-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("eu-central-1", "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("cn-north-1", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:1.7-1"),
        ("us-gov-west-1", "414596584902.dkr.ecr.us-gov-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("us-iso-east-1", "833128469047.dkr.ecr.us-iso-east-1.c2s.ic.gov/sagemaker-xgboost:1.7-1"),
    ],
)
def test_the_image_is_the_sagemaker_sdks(region: str, uri: str) -> None:
    assert image_uri("xgboost", region) == uri


def test_a_version_may_be_named() -> None:
    assert find("xgboost:3.0-5") == BuiltIn("xgboost", "3.0-5")
    assert image_uri("xgboost:3.0-5", "eu-west-1").endswith("/sagemaker-xgboost:3.0-5")


def test_a_region_without_an_image_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(RefusedError, match=r"no image of xgboost in mars-1; it has one in af-south-1, .* or us-west-2"):
        image_uri("xgboost", "mars-1")


@pytest.mark.parametrize("name", NOT_YET)
def test_the_other_built_in_algorithms_are_not_supported_yet(name: str) -> None:
    with pytest.raises(RefusedError, match="is not supported yet; allowed: xgboost"):
        find(name)


def test_the_talks_seventeen_algorithms_are_all_known() -> None:
    assert len({*NOT_YET, *TABLE["algorithms"]}) == 17


def test_an_algorithm_of_ones_own_is_not_supported_yet() -> None:
    with pytest.raises(RefusedError, match="is not supported yet"):
        find(OwnAlgorithm(image="mine"))


def test_the_table_has_an_account_and_a_suffix_for_every_region() -> None:
    row = TABLE["algorithms"]["xgboost"]
    assert len(row["registries"]) >= 30
    assert all(re.fullmatch(r"[0-9]{12}", account) for account in row["registries"].values())
    assert set(TABLE["dns_suffixes"]) == set(row["registries"])
    assert row["default_version"] in row["versions"]


def wheel(folder: Path, versions: dict[str, object]) -> Path:
    """Write a wheel that has as much of the SDK as the generator reads."""
    path = folder / "sagemaker-2.257.7-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        config = {"training": {"versions": versions}}
        archive.writestr("sagemaker/image_uri_config/xgboost.json", json.dumps(config))
    return path


def version(account: str) -> dict[str, object]:
    return {"repository": "sagemaker-xgboost", "registries": {"us-east-1": account, "cn-north-1": account}}


def test_the_generator_reads_the_sdks_data_and_leaves_out_the_legacy_version(tmp_path: Path) -> None:
    table = algorithms_table.table(wheel(tmp_path, {"1": version("1" * 12), "1.7-1": version("2" * 12)}))
    assert table["algorithms"]["xgboost"] == {
        "repository": "sagemaker-xgboost",
        "default_version": "1.7-1",
        "versions": ["1.7-1"],
        "registries": {"us-east-1": "2" * 12, "cn-north-1": "2" * 12},
    }
    assert table["dns_suffixes"] == {"us-east-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn"}


def test_the_generator_stops_when_versions_have_different_accounts(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no longer share"):
        algorithms_table.table(wheel(tmp_path, {"1.5-1": version("1" * 12), "1.7-1": version("2" * 12)}))
