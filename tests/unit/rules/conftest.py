"""The engines that compute columns, for tests that hold for each."""

import math
from collections.abc import Iterator

import pytest

from yardmaster.rules import columns


@pytest.fixture(scope="module", params=["stdlib", "numpy"])
def each_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Let the standard library compute all columns, and then numpy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "NUMPY_ROWS", 0 if request.param == "numpy" else math.inf)
        yield request.param
