import json
import re
import subprocess
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from tests.requirements import lack
from tools import algorithms_table
from yardmaster.errors import RefusedError
from yardmaster.spec import builtin
from yardmaster.spec.algorithms import BuiltIn, find, image_uri
from yardmaster.spec.schema import OwnAlgorithm

TEXT = resources.files("yardmaster.spec").joinpath("algorithms.json").read_text()
TABLE = json.loads(TEXT)


@pytest.mark.parametrize(
    ("algorithm", "region", "uri"),
    [
        ("xgboost", "us-east-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("xgboost", "eu-central-1", "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("xgboost", "cn-north-1", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-xgboost:1.7-1"),
        ("xgboost", "us-gov-west-1", "414596584902.dkr.ecr.us-gov-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"),
        ("xgboost", "us-iso-east-1", "833128469047.dkr.ecr.us-iso-east-1.c2s.ic.gov/sagemaker-xgboost:1.7-1"),
        ("k-means", "us-east-1", "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"),
        ("linear-learner", "eu-west-1", "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1"),
        ("pca", "us-gov-west-1", "226302683700.dkr.ecr.us-gov-west-1.amazonaws.com/pca:1"),
        ("knn", "cn-northwest-1", "387376663083.dkr.ecr.cn-northwest-1.amazonaws.com.cn/knn:1"),
        ("deepar", "us-west-2", "156387875391.dkr.ecr.us-west-2.amazonaws.com/forecasting-deepar:1"),
        ("blazingtext", "sa-east-1", "855470959533.dkr.ecr.sa-east-1.amazonaws.com/blazingtext:1"),
        ("lda", "us-east-1", "766337827248.dkr.ecr.us-east-1.amazonaws.com/lda:1"),
        ("seq2seq", "cn-north-1", "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/seq2seq:1"),
    ],
)
def test_the_image_is_the_developer_guides(algorithm: str, region: str, uri: str) -> None:
    assert image_uri(algorithm, region) == uri


def test_a_version_may_be_named() -> None:
    assert find("xgboost:3.0-5") == BuiltIn("xgboost", "3.0-5")
    assert image_uri("xgboost:3.0-5", "eu-west-1").endswith("/sagemaker-xgboost:3.0-5")
    assert find("k-means:1") == BuiltIn("k-means", "1")


@pytest.mark.parametrize(("algorithm", "region"), [("xgboost", "mars-1"), ("lda", "cn-north-1")])
def test_a_region_without_an_image_is_refused_with_those_that_have_one(algorithm: str, region: str) -> None:
    with pytest.raises(RefusedError, match=rf"no image of {algorithm} in {region}; it has one in .*, us-west-1 or"):
        image_uri(algorithm, region)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("kmeans", "k-means"),
        ("K_Means", "k-means"),
        ("linear_learner", "linear-learner"),
        ("LinearLearner", "linear-learner"),
        ("k-nn", "knn"),
        ("k-nearest-neighbors", "knn"),
        ("rcf", "randomcutforest"),
        ("random-cut-forest", "randomcutforest"),
        ("forecasting-deepar", "deepar"),
        ("ip-insights", "ipinsights"),
        ("fm", "factorization-machines"),
        ("xgb", "xgboost"),
        ("XGBoost", "xgboost"),
        ("word2vec", "blazingtext"),
        ("Sequence to Sequence", "seq2seq"),
        ("image_clasification", "image-classification"),
    ],
)
def test_another_spelling_is_refused_with_the_one_that_is_meant(written: str, meant: str) -> None:
    with pytest.raises(RefusedError, match=rf"is no algorithm of SageMaker; did you mean {meant}\? allowed: blazing"):
        find(written)


def test_the_talks_seventeen_algorithms_are_all_known() -> None:
    assert len(builtin.NAMES) == 17
    assert tuple(sorted(TABLE["algorithms"])) == builtin.NAMES


def test_an_algorithm_of_ones_own_is_none_that_is_built_in() -> None:
    with pytest.raises(RefusedError, match="is none that is built in"):
        find(OwnAlgorithm())


def test_the_table_has_an_account_for_every_region() -> None:
    for row in TABLE["algorithms"].values():
        registry = TABLE["registries"][row["registry"]]
        assert len(registry) >= (16 if row["repository"] == "lda" else 30)
        assert all(re.fullmatch(r"[0-9]{12}", account) for account in registry.values())
        assert row["default_version"] in row["versions"]


def test_equal_registries_are_in_the_table_once() -> None:
    assert len({json.dumps(one) for one in TABLE["registries"]}) == len(TABLE["registries"]) < 17


def test_the_table_is_small_enough_for_a_cold_start() -> None:
    assert len(TEXT) < 10_000


def test_the_table_is_what_the_sdk_says_today(tmp_path: Path) -> None:
    try:
        wheel = algorithms_table.download(tmp_path)
    except subprocess.CalledProcessError as error:
        lack(f"the SageMaker SDK can't be downloaded ({error.stderr.strip().splitlines()[-1]})")
    assert algorithms_table.text(algorithms_table.table(wheel)) == TEXT, "run: python tools/algorithms_table.py"


# --- the generator ----------------------------------------------------------------------------------------------------


def sdk(folder: Path, **changed: dict[str, object]) -> Path:
    """Write a wheel that has as much of the SDK as the generator reads; `changed` has other versions, by file."""
    path = folder / "sagemaker-2.257.7-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in algorithms_table.FILES.items():
            versions = changed.get(name, {algorithms_table.DEFAULT_VERSIONS.get(name, "1"): version("3" * 12)})
            config = {"training": {"versions": versions}} if name == "xgboost" else {"versions": versions}
            archive.writestr(f"sagemaker/image_uri_config/{file}.json", json.dumps(config))
    return path


def version(account: str) -> dict[str, object]:
    return {"repository": "images", "registries": {"us-east-1": account, "cn-north-1": account}}


def test_the_generator_reads_the_sdks_data_and_leaves_out_the_legacy_version(tmp_path: Path) -> None:
    table = algorithms_table.table(sdk(tmp_path, xgboost={"1": version("1" * 12), "1.7-1": version("2" * 12)}))
    xgboost, pca = table["algorithms"]["xgboost"], table["algorithms"]["pca"]
    assert (xgboost["versions"], pca["versions"]) == (["1.7-1"], ["1"])
    assert table["registries"][xgboost["registry"]] == {"us-east-1": "2" * 12, "cn-north-1": "2" * 12}
    assert table["registries"][pca["registry"]] == {"us-east-1": "3" * 12, "cn-north-1": "3" * 12}
    assert len(table["registries"]) == 2
    assert (table["dns_suffix"], table["dns_suffixes"]) == ("amazonaws.com", {"cn-north-1": "amazonaws.com.cn"})


def test_the_generators_text_is_the_table(tmp_path: Path) -> None:
    table = algorithms_table.table(sdk(tmp_path))
    assert json.loads(algorithms_table.text(table)) == table


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"1.5-1": version("1" * 12), "1.7-1": version("2" * 12)}, "no longer share"),
        ({"1.5-1": version("1" * 12)}, r"there is no version 1\.7-1 any more"),
    ],
)
def test_the_generator_stops_when_the_sdk_is_not_as_it_was(
    tmp_path: Path, versions: dict[str, object], said: str
) -> None:
    with pytest.raises(SystemExit, match=said):
        algorithms_table.table(sdk(tmp_path, xgboost=versions))
