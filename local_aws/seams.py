"""Replacing a function of moto by ours, safely: its signature is compared first, and stopping puts it back.

moto is pinned to one minor version, but these are not its public interfaces: if one has changed, local AWS must say so
at its start, not lose events later.
"""

import inspect
from collections.abc import Callable
from typing import Any


class SeamError(RuntimeError):
    """moto is not as local AWS knows it."""


class Seams:
    """The replacements that are in place; `restore` undoes them all."""

    def __init__(self) -> None:
        """Begin with none."""
        self._before: list[tuple[Any, str, Any]] = []

    def wrap(self, owner: Any, name: str, parameters: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        """Put `make(what is there)` in the place of `owner.name`.

        Args:
            owner: A class or a module of moto.
            name: The attribute.
            parameters: The parameters' names that it must have, separated by blanks.
            make: Takes the original; returns what takes the same parameters.

        Raises:
            SeamError: moto has no such function, or it takes other parameters.
        """
        original = getattr(owner, name, None)
        where = f"{owner.__module__}.{owner.__name__}.{name}" if isinstance(owner, type) else f"{owner.__name__}.{name}"
        if original is None:
            raise SeamError(f"moto has no {where} any more: install moto==5.2.*")
        found = list(inspect.signature(original).parameters)
        if found != parameters.split():
            raise SeamError(f"moto's {where} takes {' '.join(found)}, not {parameters}: install moto==5.2.*")
        self._before.append((owner, name, original))
        setattr(owner, name, make(original))

    def replace(self, owner: Any, name: str, parameters: str, replacement: Callable[..., Any]) -> None:
        """Put `replacement` in the place of `owner.name`; see `wrap`."""
        self.wrap(owner, name, parameters, lambda _original: replacement)

    def restore(self) -> None:
        """Put everything back."""
        while self._before:
            owner, name, original = self._before.pop()
            setattr(owner, name, original)
