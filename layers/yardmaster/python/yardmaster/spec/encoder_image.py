"""The image that encodes raw rows in service: AWS's own for scikit-learn, in every region that has it.

`encoder_image.json` is generated from the SageMaker SDK's data by `tools/encoder_image.py`.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from yardmaster.errors import RefusedError
from yardmaster.spec.problems import words


@cache
def _table() -> dict[str, Any]:
    return dict(json.loads(Path(__file__).with_name("encoder_image.json").read_text(encoding="utf-8")))


def encoder_image(region: str) -> str:
    """Return the image's address in ECR.

    Raises:
        RefusedError: SageMaker has none in this region.
    """
    hosts = _table()["hosts"]
    if region not in hosts:
        raise RefusedError(
            f"deploy.rows: raw rows are encoded in SageMaker's image of scikit-learn, which {region} has not; "
            f"it is in {words(sorted(hosts))}"
        )
    return f"{hosts[region]}/{_table()['image']}"
