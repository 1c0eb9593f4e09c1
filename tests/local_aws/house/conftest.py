from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from tests.local_aws.house.support import Queue, stub_engine


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS without SageMaker, on a fast clock: a minute takes a second."""
    with LocalAws(tmp_path_factory.mktemp("local"), stub_engine, minute=1.0) as running:
        yield running


@pytest.fixture
def make_function(local: LocalAws, tmp_path: Path) -> Callable[..., FunctionSpec]:
    """Register a function from its source."""

    def make(name: str, source: str, **parts: Any) -> FunctionSpec:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "app.py").write_text(source)
        spec = FunctionSpec(
            name=name,
            arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            handler="app.handler",
            code_dir=folder,
            **parts,
        )
        local.functions.register(spec)
        return spec

    return make


@pytest.fixture
def queue(local: LocalAws, request: pytest.FixtureRequest) -> Queue:
    return Queue(local, request.node.name)
