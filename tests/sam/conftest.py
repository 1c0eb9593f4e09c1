"""The template, as written, as SAM translates it, and as SAM builds it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws.template.sam import Translated, read, translate
from tests.requirements import need_build
from tools.artifacts import build

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture(scope="session")
def written() -> dict[str, Any]:
    return read(TEMPLATE)


@pytest.fixture(scope="session")
def translated() -> Translated:
    return translate(TEMPLATE)


@pytest.fixture(scope="session")
def resources(translated: Translated) -> dict[str, Any]:
    return dict(translated.document["Resources"])


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder that `sam build` made for this machine's architecture: `<logical id>/…` and template.yaml."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "built"
    with alone(shared / "built.lock"):
        # SAM writes the template last: where it is, another worker has built.
        return folder if (folder / "template.yaml").exists() else build(need_build(), folder)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other worker of this test run is inside."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
