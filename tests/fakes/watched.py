"""A client whose every call is seen before it is made."""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

Make = Callable[[], Any]
Around = Callable[[str, Mapping[str, Any], Make], Any]
"""Takes the operation (`s3:PutObject`), its parameters and the call: decides whether, and how often, it is made."""


class Watched:
    """Passes each call of a client to `around`; all pages of a paginator are one call."""

    def __init__(self, service: str, client: Any, around: Around) -> None:
        self._service = service
        self._client = client
        self._around = around

    def __getattr__(self, method: str) -> Any:
        made = getattr(self._client, method)
        if not callable(made):
            return made
        operation = self._operation(method)
        return lambda **params: self._around(operation, params, lambda: made(**params))

    def get_paginator(self, method: str) -> Any:
        def paginate(**params: Any) -> Iterator[Any]:
            paginator = self._client.get_paginator(method)
            yield from self._around(operation, params, lambda: list(paginator.paginate(**params)))

        operation = self._operation(method)
        return SimpleNamespace(paginate=paginate)

    def _operation(self, method: str) -> str:
        words = (part.upper() if part == "aws" else part.capitalize() for part in method.split("_"))
        return f"{self._service}:{''.join(words)}"
