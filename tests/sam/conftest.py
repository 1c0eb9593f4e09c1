"""The template, as written and as SAM translates it."""

from pathlib import Path
from typing import Any

import pytest

from local_aws.template.sam import Translated, read, translate

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
