"""The image that encodes raw rows in service: AWS's own for scikit-learn, in every region that has it."""

from yardmaster.errors import RefusedError
from yardmaster.spec import frameworks
from yardmaster.spec.own import ScriptSpec

PROGRAM = "inference.py"
_ENCODER = ScriptSpec(entry_point=PROGRAM, framework="sklearn", framework_version="1.2-1")
_ANY_CPU = "ml.m5.large"
"""The image is one for processors, which instances with a GPU have too."""


def encoder_image(region: str) -> str:
    """Return the image's address in ECR.

    Raises:
        RefusedError: SageMaker has none in this region.
    """
    try:
        return frameworks.image_uri(_ENCODER, region, _ANY_CPU, "inference")
    except RefusedError as error:
        raise RefusedError(f"deploy.rows: raw rows are encoded in AWS's container for scikit-learn: {error}") from error
