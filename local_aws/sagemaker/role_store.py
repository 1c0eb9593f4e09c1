"""S3 as a role sees it: an object store that asks first."""

from contextlib import AbstractContextManager
from typing import BinaryIO

from local_aws.sagemaker.access import Access, ExecutionRole
from local_aws.sagemaker.store import ObjectStore


class RoleStore:
    """An `ObjectStore` in which each access is judged. What is denied raises DeniedError."""

    def __init__(self, store: ObjectStore, access: Access, role: ExecutionRole) -> None:
        """Take the store, who judges, and the role."""
        self._store = store
        self._access = access
        self._role = role

    def size(self, uri: str) -> int:
        """Give the object's size in bytes."""
        self._access.read(self._role, uri)
        return self._store.size(uri)

    def exists(self, uri: str) -> bool:
        """Say whether there is an object at exactly this URI."""
        self._access.read(self._role, uri)
        return self._store.exists(uri)

    def list(self, prefix_uri: str) -> "list[tuple[str, int]]":
        """Give (URI, size in bytes) of the objects whose URI begins so."""
        self._access.list(self._role, prefix_uri)
        return self._store.list(prefix_uri)

    def read(self, uri: str) -> bytes:
        """Give the object's whole content."""
        self._access.read(self._role, uri)
        return self._store.read(uri)

    def write(self, uri: str, body: bytes) -> None:
        """Store an object."""
        self._access.write(self._role, uri)
        self._store.write(uri, body)

    def delete(self, uri: str) -> None:
        """Delete an object."""
        self._access.delete(self._role, uri)
        self._store.delete(uri)

    def open(self, uri: str) -> AbstractContextManager[BinaryIO]:
        """Stream the object's content."""
        self._access.read(self._role, uri)
        return self._store.open(uri)
