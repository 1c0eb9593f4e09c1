"""Each built function, as a plain process under Lambda's own runtime client, with each of its samples.

What `sam local` does in containers, on machines without an engine. Here all functions call under their own roles.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import need_lambda_runtime
from tests.sam.lambda_process import run
from tests.sam.place import Place, a_place, logical_id
from tests.sam.scenes import SCENES, play
from tools.artifacts import Artifact, artifacts


@pytest.fixture(scope="module")
def python() -> str:
    return need_lambda_runtime()


@pytest.fixture(scope="module")
def place(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("place")) as made:
        yield made


@pytest.fixture(scope="module")
def functions(place: Place, built: Path) -> dict[str, Artifact]:
    return {found.function: found for found in artifacts(built)}


@pytest.mark.parametrize("sample", SCENES)
def test_a_built_function_does_what_its_sample_asks_for(
    sample: str, python: str, functions: dict[str, Artifact], place: Place, tmp_path: Path
) -> None:
    def invoke(function: str, event: dict[str, Any]) -> Any:
        spec = place.function(function)
        access = place.credentials(spec) | {"AWS_ENDPOINT_URL": place.local.endpoint}
        return run(python, functions[logical_id(function)], spec, access, event, tmp_path / "log")

    play(sample, place, invoke)
