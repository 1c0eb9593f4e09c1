"""Writes to S3 in a thread of its own, so that nobody waits for it."""

import logging
from concurrent.futures import ThreadPoolExecutor

from local_aws.sagemaker.store import ObjectStore

_LOG = logging.getLogger(__name__)


class LateWriter:
    """Stores objects one after the other; what can't be stored is logged, and lost, as captured data is on AWS."""

    def __init__(self, store: ObjectStore) -> None:
        """Write to this store; the thread starts with the first object."""
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="captures")

    def put(self, uri: str, body: bytes) -> None:
        """Store an object later, very soon."""
        self._thread.submit(self._write, uri, body)

    def close(self) -> None:
        """Forget what is not stored yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _write(self, uri: str, body: bytes) -> None:
        try:
            self._store.write(uri, body)
        except Exception:
            _LOG.exception("%s could not be written", uri)
