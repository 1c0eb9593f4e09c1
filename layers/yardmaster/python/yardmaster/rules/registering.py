"""After the gate: which approval the model package gets, and where the release goes."""

from dataclasses import dataclass
from typing import Literal

from yardmaster.records import Problem, Stage
from yardmaster.rules.gate.conditions import Verdict
from yardmaster.spec.schema import RegisterSpec

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]


@dataclass(frozen=True)
class Registration:
    """The package's approval status, the release's next stage, and why."""

    approval: Approval
    stage: Stage
    reason: str

    def due(self, now: float) -> float | None:
        """Return when to go on: at once, unless a person rejected it for good or must say something first."""
        return None if self.stage is Stage.REJECTED else now


UNGATED = "ungated"
"""The verdict on a model from elsewhere for which there were no test rows: nobody asked the gate."""
OVERRULED = Registration("Approved", Stage.REGISTERED, "rejected by the gate, and approved by a person")
"""What becomes of a candidate whose rejection was overruled before the release was moved."""

DELETED = Registration("Rejected", Stage.REJECTED, "its model package was deleted")
"""What becomes of a candidate whose package is gone before the gate has spoken."""


def approval_asked(asked: RegisterSpec, problem: Problem) -> Approval:
    """Return what a candidate gets that the gate lets pass.

    Where nothing is measured, answers are no evidence of anything but answers: a person looks at the model first,
    unless the spec itself says that nobody needs to.
    """
    if problem is Problem.NONE and "approval_status" not in asked.model_fields_set:
        return "PendingManualApproval"
    return asked.approval_status


def after_gate(verdict: str, approval_status: Approval) -> Registration:
    """Decide what becomes of a candidate.

    A candidate that failed is registered as Rejected, so that a person can overrule the gate; one that the test rows
    could not decide waits for a person.

    Args:
        verdict: The gate's, or `UNGATED`.
        approval_status: What the spec gives to a candidate that passed.
    """
    if verdict == UNGATED:
        return Registration(approval_status, Stage.REGISTERED, f"ungated, {_word(approval_status)}")
    match Verdict(verdict):
        case Verdict.FAIL:
            return Registration("Rejected", Stage.REJECTED, "rejected by the gate")
        case Verdict.INCONCLUSIVE:
            return Registration("PendingManualApproval", Stage.REGISTERED, "the gate can't tell; a person decides")
        case Verdict.PASS:
            return Registration(approval_status, Stage.REGISTERED, f"passed the gate, {_word(approval_status)}")


def _word(approval_status: Approval) -> str:
    return "approved" if approval_status == "Approved" else "waits for approval"
