"""How a row is taken forward, whatever it is a row of: read, one step after the other, each written by compare-and-set.

Who was overtaken looks afresh; what a step raised is noted, with the next try, before it is raised.
"""

import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from yardmaster.aws.sagemaker_errors import NameTakenError
from yardmaster.errors import ConflictError, MeasurementError

log = logging.getLogger(__name__)

TRIES = 3
"""How often a row is looked at afresh after somebody else was first."""
PERMANENT = (NameTakenError, MeasurementError)
"""Errors that no later try will mend."""


class Row(Protocol):
    """What moves through stages."""

    @property
    def title(self) -> str:
        """What it is called in logs."""

    @property
    def stage(self) -> Hashable:
        """Where it stands."""

    @property
    def reason(self) -> str:
        """Why it stands there."""

    @property
    def due(self) -> float | None:
        """When it shall be looked at again; None for not by itself."""

    @property
    def revision(self) -> int:
        """How often it was written."""

    @property
    def published(self) -> int:
        """Up to which revision the world was told."""


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of row.

    Attributes:
        name: Of one, for logs: `release`.
        get: Returns a row by its id; None if there is none.
        publish: Tells the world of a row's last change, and notes that.
        backs_off: Tells whether a row waits after a failure.
        note_failure: Plans the next try of a row that failed, or ends it.
    """

    name: str
    get: Callable[[str], R | None]
    publish: Callable[[R], R]
    backs_off: Callable[[R, float], bool]
    note_failure: Callable[[R, Exception, float], None]


def forward(
    kind: Kind[R], identifier: str, steps: Mapping[Hashable, Callable[[R, float], R]], clock: Callable[[], float]
) -> str:
    """Take a row through the stages that `steps` knows, until it has to wait or leaves them.

    Args:
        kind: What it is a row of.
        identifier: Its id.
        steps: By stage, what takes a row as far as one decision goes, and returns it as it was written (or as it was,
            if it stays).
        clock: Returns the time.

    Returns:
        The reason of where it is then.

    Raises:
        Exception: What a step raised, after the failure was noted and the next try planned: the platform counts it,
            and its retries are harmless.
    """
    row = kind.get(identifier)
    for _ in range(TRIES):
        if row is None:
            log.warning("no %s %s: nothing to do", kind.name, identifier)
            return f"no such {kind.name}"
        try:
            return _take(kind, row, steps, clock).reason
        except ConflictError as error:
            # What was decided rested on old rows. Somebody else was first, but may have seen less than we have.
            log.info("%s: %s", row.title, error)
            row = kind.get(identifier)
        except Exception as error:
            kind.note_failure(row, error, clock())
            raise
    return row.reason if row else f"no such {kind.name}"


def _take(kind: Kind[R], row: R, steps: Mapping[Hashable, Callable[[R, float], R]], clock: Callable[[], float]) -> R:
    if row.published < row.revision:
        row = kind.publish(row)
    if kind.backs_off(row, clock()):
        return row
    while (step := steps.get(row.stage)) is not None:
        stage = row.stage
        row = step(row, clock())
        # One that shall be looked at later was looked at just now.
        if row.stage == stage or (row.due or 0.0) > clock():
            break
    return row
