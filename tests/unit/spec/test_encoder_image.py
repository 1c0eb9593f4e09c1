import json
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from tools import encoder_image as tool
from yardmaster.errors import RefusedError
from yardmaster.spec.encoder_image import encoder_image

TABLE = json.loads(resources.files("yardmaster.spec").joinpath("encoder_image.json").read_text())


@pytest.mark.parametrize(
    ("region", "image"),
    [
        ("us-east-1", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("cn-north-1", "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.2-1-cpu-py3"),
    ],
)
def test_the_image_is_the_sagemaker_sdks(region: str, image: str) -> None:
    assert encoder_image(region) == image


def test_a_region_without_the_image_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(RefusedError, match=r"which mars-1 has not; it is in af-south-1, .* or us-west-2"):
        encoder_image("mars-1")


def test_the_table_is_made_from_the_sdks_wheel(tmp_path: Path) -> None:
    accounts = {"us-east-1": "683313688378", "cn-north-1": "450853457545"}
    row = {"repository": "sagemaker-scikit-learn", "registries": accounts, "py_versions": ["py3"]}
    wheel = tmp_path / "sagemaker-2.257.7-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "sagemaker/image_uri_config/sklearn.json", json.dumps({"inference": {"versions": {"1.2-1": row}}})
        )
    made = tool.table(wheel)
    assert made["hosts"] == {region: TABLE["hosts"][region] for region in accounts}
    assert (made["source"], made["image"]) == (TABLE["source"], TABLE["image"])
