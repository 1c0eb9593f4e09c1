"""The account of which rights were used: per role, what was granted by which statement, and what was denied."""

import json
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from local_aws.iam.needs import Need
from local_aws.iam.policy import Grant, Verdict


@dataclass(frozen=True)
class Use:
    """A right that a role used, or was denied.

    Attributes:
        role: The role's name.
        action: The action that was needed.
        grant: The statement that decided; None if none allowed it.
        allowed: Whether the role got it.
    """

    role: str
    action: str
    grant: Grant | None
    allowed: bool


@dataclass(frozen=True)
class Times:
    """How often.

    Attributes:
        count: How often the statement decided so.
        sole: How often it was the only one: without it, the call would have been denied.
        example: A resource for which it did.
    """

    count: int
    sole: int
    example: str


class Ledger:
    """What was used by which role. Safe for many threads."""

    def __init__(self) -> None:
        """Begin with nothing used."""
        self._uses: dict[Use, Times] = {}
        self._lock = threading.Lock()

    def note(self, role: str, need: Need, verdict: Verdict) -> None:
        """Note how a need of a role was judged, for each statement that allowed it."""
        sole = int(verdict.allowed and len(verdict.grants) == 1)
        for grant in verdict.grants or (None,):
            self._add(Use(role, need.action, grant, verdict.allowed), Times(1, sole, need.resource))

    def uses(self) -> dict[Use, Times]:
        """Return all that was noted."""
        with self._lock:
            return dict(self._uses)

    def merge(self, other: "Ledger") -> None:
        """Add what another ledger noted."""
        for use, times in other.uses().items():
            self._add(use, times)

    def as_json(self) -> list[dict[str, Any]]:
        """Return rows of plain values: those of `Use` and `Times`, sorted."""
        rows = [{**asdict(use), **asdict(times)} for use, times in self.uses().items()]
        return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))

    def dump(self, path: Path) -> None:
        """Write all rows as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Ledger":
        """Read what `dump` wrote."""
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> "Ledger":
        """Return the ledger of rows as `as_json` gives them."""
        ledger = cls()
        for row in rows:
            grant = Grant(**row["grant"]) if row["grant"] else None
            use = Use(row["role"], row["action"], grant, row["allowed"])
            ledger._add(use, Times(row["count"], row["sole"], row["example"]))
        return ledger

    def _add(self, use: Use, times: Times) -> None:
        with self._lock:
            before = self._uses.get(use)
            if before:
                times = replace(before, count=before.count + times.count, sole=before.sole + times.sole)
            self._uses[use] = times
