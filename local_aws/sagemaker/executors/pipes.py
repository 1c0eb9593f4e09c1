"""Pipe mode: a channel is a named pipe for each pass, `input/data/<channel>_<epoch>`, and never a file on the disk.

Source: the developer guide, "How Amazon SageMaker Provides Training Information" (your-algorithms-training-algo-
running-container): a pipe is read to its end or closed early, and then the next epoch's is there, perhaps a little
later; channels have no order among them.
"""

import errno
import json
import logging
import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from local_aws.sagemaker.executors.inputs import InputError, InputObject, opened
from local_aws.sagemaker.store import ObjectStore

log = logging.getLogger(__name__)

LOOK = 0.02
"""Seconds between two looks whether anybody reads a pipe."""
_TAKEN = "pipe"
"""The one file that `take` makes of a channel."""


class PipeFeeder:
    """Feeds the pipes of one channel, epoch by epoch, until it is closed; a thread of its own writes."""

    def __init__(self, store: ObjectStore, objects: Sequence[InputObject], path: Path, compression: str) -> None:
        """Make the first epoch's pipe, beside `path`, and begin to wait for its reader."""
        self._store = store
        self._objects = objects
        self._path = path
        self._compression = compression
        self._closed = threading.Event()
        self._failure: Exception | None = None
        self._make(0)
        self._thread = threading.Thread(target=self._feed, name=f"pipe-{path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End feeding; what waits for a reader, or for one that reads no further, ends too.

        Raises:
            InputError: The data could not be read to its end, so what was learned is not of all of it.
            DeniedError: The job's role may not read it.
        """
        self._closed.set()
        self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _make(self, epoch: int) -> None:
        os.mkfifo(self._of(epoch))

    def _of(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.name}_{epoch}")

    def _feed(self) -> None:
        epoch = 0
        while (descriptor := self._opened(self._of(epoch))) is not None:
            # The next one must be there before this one ends: a reader may look for it at once.
            self._make(epoch + 1)
            try:
                for item in self._objects:
                    self._send(item, descriptor)
            except BrokenPipeError:
                log.info("%s: its reader has had enough of this epoch", self._of(epoch))
            except Exception as error:  # a thread has nobody above it: `close` raises it
                self._failure = error
                self._closed.set()
            finally:
                os.close(descriptor)
            epoch += 1

    def _opened(self, pipe: Path) -> int | None:
        """Return the pipe's end to write, once somebody reads; None if nobody will."""
        while not self._closed.is_set():
            try:
                return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            self._closed.wait(LOOK)
        return None

    def _send(self, item: InputObject, descriptor: int) -> None:
        with opened(self._store, item, self._compression) as source:
            while block := source.read(65536):
                self._write(memoryview(block), descriptor)

    def _write(self, block: memoryview, descriptor: int) -> None:
        while block:
            if self._closed.is_set():
                raise BrokenPipeError
            try:
                block = block[os.write(descriptor, block) :]
            except BlockingIOError:
                self._closed.wait(LOOK)


def check_folder(objects: Sequence[InputObject], s3_uri: str) -> None:
    """Refuse a FastFile channel whose prefix is a part of a folder's name.

    Raises:
        InputError: It is.
    """
    folder = f"{s3_uri.rstrip('/')}/"
    if partial := next((one for one in objects if not one.uri.startswith(folder)), None):
        raise InputError(
            f'FastFile mode takes whole folders: "{s3_uri}" is a part of a name ("{partial.uri}"). End it with a slash'
        )


def take(base_dir: Path) -> None:
    """Read the first epoch of each piped channel into a file, for a stand-in that learns from files.

    The algorithm that it stands for reads its pipes itself; the model is the same.
    """
    told = base_dir / "input/config/inputdataconfig.json"
    if not told.exists():
        return  # The stand-in says what it lacks.
    config = json.loads(told.read_text())
    for name in (name for name, channel in config.items() if channel["TrainingInputMode"] == "Pipe"):
        folder = base_dir / "input/data" / name
        folder.mkdir()
        with folder.with_name(f"{name}_0").open("rb") as pipe, (folder / _TAKEN).open("wb") as file:
            shutil.copyfileobj(pipe, file)
