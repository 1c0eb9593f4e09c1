"""Checkpoints: what a container writes is copied to S3 while it runs, and is there when it starts again.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws.sagemaker.executors import inputs
from local_aws.sagemaker.store import ObjectStore

SYNC_SECONDS = 0.5
"""Between two looks at the folder; AWS does not say how often it looks."""
NOT_COPIED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")
"""What names end with that are not copied: files half written, and marks (aws/sagemaker-xgboost-container)."""

Seen = tuple[int, int]
"""When a file was changed last (nanoseconds), and its size."""


class Checkpoints:
    """A folder, and its copy in S3."""

    def __init__(self, store: ObjectStore, uri: str, folder: Path) -> None:
        """Take the store (as the job's role sees it), the prefix, and the folder."""
        self._store = store
        self._prefix = f"{uri.rstrip('/')}/"
        self._folder = folder
        self._copied: dict[str, Seen] = {}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Bring what S3 has; copy while the container runs, and once more when it has ended.

        Raises:
            DeniedError: The role may not list, read, write or delete below the prefix.
            InputError: An object's name can't be a file's.
        """
        self._restore()
        ended, failed = threading.Event(), list[Exception]()

        def copy() -> None:
            while not failed and not ended.wait(SYNC_SECONDS):
                try:
                    self._copy()
                except Exception as error:  # raised where somebody looks, at the end
                    failed.append(error)

        copying = threading.Thread(target=copy, name="checkpoints", daemon=True)
        copying.start()
        try:
            yield
        finally:
            ended.set()
            copying.join()
        if failed:
            raise failed[0]
        self._copy()

    def _restore(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for uri, _size in self._store.list(self._prefix):
            name = uri.removeprefix(self._prefix)
            if name and not name.endswith("/"):
                target = self._folder.joinpath(*inputs.safe_path(name).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self._store.read(uri))
        self._copied = self._there()

    def _copy(self) -> None:
        """Write what is new or changed, and delete what the container deleted."""
        there = self._there()
        for name, seen in there.items():
            if self._copied.get(name) == seen:
                continue
            try:
                body = (self._folder / name).read_bytes()
            except FileNotFoundError:
                continue  # The container deleted it since; the next look sees that.
            self._store.write(f"{self._prefix}{name}", body)
            self._copied[name] = seen
        for name in self._copied.keys() - there.keys():
            self._store.delete(f"{self._prefix}{name}")
            del self._copied[name]

    def _there(self) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        for path in self._folder.rglob("*"):
            try:
                if path.is_file() and not path.is_symlink() and not path.name.endswith(NOT_COPIED):
                    state = path.stat()
                    found[path.relative_to(self._folder).as_posix()] = (state.st_mtime_ns, state.st_size)
            except FileNotFoundError:
                continue
        return found
