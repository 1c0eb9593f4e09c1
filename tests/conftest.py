"""What all tests share: where sockets are allowed, and that nobody's AWS account is ever reached."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WITHOUT_SOCKETS = ("unit", "simulation")
"""The folders whose tests open no socket at all; the others reach this machine only."""
LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(HERE).parts[0] in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.disable_socket)
        else:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def pytest_sessionfinish() -> None:
    """Write which rights were used in this process, if somebody asked for it and a test judged any."""
    if rights := sys.modules.get("tests.rights"):
        rights.write_ledger()


@pytest.fixture(scope="session", autouse=True)
def nobodys_account() -> Iterator[None]:
    """Set credentials and a region that belong to nobody, so that a forgotten endpoint fails instead of costing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", "/dev/null")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION"):
            patch.delenv(name, raising=False)
        yield
