"""The exceptions of Yardmaster: one tree, so that a caller can tell a refusal from a fault."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yardmaster.records import Waiting


class YardmasterError(Exception):
    """The root of all errors that Yardmaster raises on purpose."""


class RefusedError(YardmasterError):
    """An input (a drop, a spec, a command) can't be accepted; the message says why and what to do.

    The message travels by mail and events: it names rows and columns, never the value of a cell.
    """


class ConflictError(YardmasterError):
    """A compare-and-set lost: somebody else moved the row first. Read it again, or leave it to them."""


class SettingsError(YardmasterError):
    """An environment variable that the function needs is missing or malformed; the message names it."""


class MeasurementError(YardmasterError):
    """A measurement is broken (missing outputs, rows that don't pair up): an error, never a verdict."""


class UnknownSchemaError(YardmasterError):
    """A row was written by a newer Yardmaster; it is left alone."""


class NotReadyError(YardmasterError):
    """A model package can't be used yet: look again. `waiting` tells for whom, if it is a person."""

    def __init__(self, reason: str, waiting: "Waiting | None" = None) -> None:
        super().__init__(reason)
        self.waiting = waiting


class UnusableError(YardmasterError):
    """No model can be made of a model package; the message says why."""
