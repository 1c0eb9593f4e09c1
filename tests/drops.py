"""Drops for tests on the virtual clock. The first feature is what the scripted models take for the truth."""

import random

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}
"""
UNSHARED = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
deploy: {canary: none}
"""
PENDING = SPEC + "register: {approval_status: PendingManualApproval}\n"


def csv(seed: int, rows: int = 600) -> str:
    """Return a CSV with a header: the truth, a number, a colour and the label in words."""
    draw = random.Random(seed)
    lines = ["truth,number,colour,churned"]
    for _ in range(rows):
        truth = draw.random() < 0.4
        lines.append(
            f"{truth:d},{draw.random():.6f},{draw.choice(['red', 'green', 'blue'])},{'yes' if truth else 'no'}"
        )
    return "\n".join(lines) + "\n"
