"""`decision.json`: how a canary was judged, beside its release, and named in its model package."""

import hashlib
import json
from collections.abc import Sequence

from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules.decision import decision
from yardmaster.rules.judge import Minute
from yardmaster.rules.shift import Shift
from yardmaster.spec.schema import CanarySpec


def write(
    yard: Yard,
    release: Release,
    spec: CanarySpec,
    state: Shift,
    minutes: Sequence[Minute],
    end: Stage,
    reason: str,
    now: float,
) -> dict[str, str]:
    """Write the record of a canary that ends; return what its model package tells of it.

    A later attempt of the release has a record of its own.

    Args:
        yard: Where to write.
        release: The release, before it ends.
        spec: The spec's canary section.
        state: Where its shift stands.
        minutes: What both variants answered.
        end: The stage in which it ends.
        reason: Why.
        now: The time.
    """
    record = decision(release, spec, state, minutes, end, reason, now)
    text = json.dumps(record, indent=1).encode()
    key = f"{release.folder}decision-{release.attempt}.json"
    yard.bucket.write(key, text, "application/json")
    yard.bucket.write(f"{release.folder}decision.json", text, "application/json")
    # The registry takes values up to 256 characters, without < , % {.
    return {
        "verdict": end.value,
        "decision_uri": yard.bucket.uri(key)[:256],
        "decision_sha256": hashlib.sha256(text).hexdigest(),
    }
