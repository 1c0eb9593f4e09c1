"""What a check found: a key, its value, and why it can't be. Lines are added from the document."""

from dataclasses import dataclass

from yardmaster.spec.problems import SpecProblem, dotted
from yardmaster.spec.source import Document, Path


@dataclass(frozen=True)
class Finding:
    """One combination that can't be; `value` is None where a key is missing."""

    path: Path
    value: object
    fault: str
    allowed: str = ""

    def problem(self, document: Document | None) -> SpecProblem:
        """Return it as a problem; the value is shown as it was written."""
        if self.value is None or document is None:
            value = None if self.value is None else str(self.value)
            line = document.line(self.path) if document else None
            return SpecProblem(dotted(self.path), value, self.allowed, line, self.fault)
        path = document.nearest(self.path)
        written = document.text(path)
        value = written if written is not None else str(self.value)
        return SpecProblem(dotted(path), value, self.allowed, document.line(path), self.fault)
