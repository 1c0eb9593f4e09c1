import pytest

from yardmaster.errors import RefusedError
from yardmaster.spec.encoder_image import encoder_image


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
    with pytest.raises(RefusedError, match=r"deploy\.rows: .* in mars-1; it has one in af-south-1, .* or us-west-2"):
        encoder_image("mars-1")
