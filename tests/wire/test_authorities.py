"""Clients over real TLS: whom they trust, and how often they read the list of authorities."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import httpsession
from botocore.exceptions import SSLError

from tests.tls import Https, https
from yardmaster.aws.clients import client, forget


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Https]:
    with https(tmp_path_factory.mktemp("tls")) as running:
        yield running


@pytest.fixture(autouse=True)
def _there(server: Https, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    forget()
    yield
    forget()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The lists that were read so far."""
    seen = []
    usual = ssl.SSLContext.load_verify_locations

    def load(self: ssl.SSLContext, *which: Any) -> None:
        seen.append(which[0])
        usual(self, *which)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    return seen


def test_all_clients_and_connections_read_the_list_once(
    server: Https, read: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(server.authority))
    for _ in range(3):
        client("dynamodb").list_tables()
        client("events").list_rules()
    assert read == [str(server.authority)]


def test_a_server_of_a_strange_authority_is_refused() -> None:
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        client("dynamodb").list_tables()


def test_a_certificate_for_another_name_is_refused(server: Https, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(server.authority))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.port}")
    with pytest.raises(SSLError, match=r"127\.0\.0\.1"):
        client("dynamodb").list_tables()


def test_nothing_else_in_the_process_shares_the_context() -> None:
    client("dynamodb")
    first, second = httpsession.create_urllib3_context(), httpsession.create_urllib3_context()
    assert first is not second
