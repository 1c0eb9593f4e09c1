"""Captured requests are written to S3 beside the requests, and a store that fails stops nobody."""

import threading
from contextlib import closing

import pytest

from local_aws.late_writer import LateWriter
from local_aws.sagemaker.store import MemoryObjectStore

DEADLINE = 10.0


class Slow(MemoryObjectStore):
    """Writes once it may, and says when it has."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()
        self.wrote = threading.Event()

    def write(self, uri: str, body: bytes) -> None:
        self.may.wait(DEADLINE)
        try:
            super().write(uri, body)
        finally:
            self.wrote.set()


def test_who_puts_does_not_wait_for_the_store() -> None:
    store = Slow()
    with closing(LateWriter(store)) as writer:
        writer.put("s3://b/key", b"line\n")
        assert store.objects == {}
        store.may.set()
        assert store.wrote.wait(DEADLINE)
    assert store.objects == {"s3://b/key": b"line\n"}


def test_what_can_not_be_stored_is_logged_and_the_next_is_stored(caplog: pytest.LogCaptureFixture) -> None:
    store = Slow()
    store.may.set()
    with closing(LateWriter(store)) as writer:
        writer.put("no uri", b"")
        assert store.wrote.wait(DEADLINE)
        store.wrote.clear()
        writer.put("s3://b/key", b"line\n")
        assert store.wrote.wait(DEADLINE)
    assert store.objects == {"s3://b/key": b"line\n"}
    assert "no uri could not be written" in caplog.text
