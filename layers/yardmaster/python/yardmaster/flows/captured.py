"""What canary and baseline answer in live traffic, beside what they promised on the test channel: only a warning."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from yardmaster.aws.bucket import UnreadableError
from yardmaster.flows import spec_in_force
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules import drift, stages
from yardmaster.rules.answers import Answers, read_answers
from yardmaster.rules.drift import Alike, Different, Finding, Live, NotCompared, Sketch
from yardmaster.rules.shift import Shift

HOUR = 3600.0
BYTES = 1024 * 1024
"""How much is read of one variant's captures."""


def noted(
    yard: Yard, release: Release, state: Shift, captures_to: str, now: float, *, final: bool
) -> tuple[Release, Shift]:
    """Compare once at each step of a canary, and note what was found in the release and its shift.

    Args:
        yard: Settings and adapters.
        release: The release as it was read.
        state: Where its shift stands.
        captures_to: The S3 URI below which the endpoint captures requests.
        now: The time.
        final: The step ends with this look; else there will be another, with more answers.
    """
    if any(one["step"] == state.step for one in state.answers):
        return release, state
    found = look(yard, release, state, captures_to, now)
    if isinstance(found, NotCompared) and not final:
        return release, state
    told = {"step": state.step, "at": now, "verdict": _VERDICTS[type(found)], "reason": found.reason}
    state = replace(state, answers=(*state.answers, told))
    kept = replace(release, deploy=state.to_dict())
    if isinstance(found, Alike):
        return kept, state
    said = f"warning: {found.reason}" if isinstance(found, Different) else found.reason
    return stages.note(kept, said, now, due=release.due), state


_VERDICTS: dict[type[Finding], str] = {Different: "different", Alike: "alike", NotCompared: "not compared"}


def look(yard: Yard, release: Release, state: Shift, captures_to: str, now: float) -> Finding:
    """Return what the captured answers show; a failure to read them is a finding, not an error."""
    if not f"{captures_to}/".startswith(yard.bucket.uri("")):
        missing = f"they are captured to {captures_to}, which is not the stack's bucket"
        return drift.compare(Live(None, Answers(), missing), Live(None, Answers()))
    folder = yard.bucket.key_of(captures_to).rstrip("/")
    promised, missing = _promised(yard, release)
    canary = _live(yard, f"{folder}/{state.endpoint}/{state.variant}", promised.get("candidate"), missing, state, now)
    baseline = _live(
        yard, f"{folder}/{state.endpoint}/{state.baseline_variant}", promised.get("baseline"), missing, state, now
    )
    return drift.compare(canary, baseline)


def _promised(yard: Yard, release: Release) -> tuple[dict[str, Sketch | None], str]:
    """Return the sketches of both models' answers on the test channel, and why there are none."""
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    if any(_changes_answers(yard, one) for one in (release, baseline) if one is not None):
        return {}, "containers after the model (deploy.pipeline) change what it answers"
    uri = release.evaluation.get("uri")
    if uri is None:
        return {}, "the release was not tested"
    try:
        report = json.loads(yard.bucket.read_text(yard.bucket.key_of(uri)))
    except UnreadableError as error:
        return {}, f"its evaluation can't be read ({error})"
    except ValueError:
        return {}, f"{uri} is not JSON"
    found = _answers_of(report)
    if found and found.get("candidate") is None:
        return {}, "nothing measures what it answers"
    if not found:
        return {}, f"{uri} tells nothing of its answers: an earlier Yardmaster wrote it"
    return found, ""


def _changes_answers(yard: Yard, release: Release) -> bool:
    """Say whether an endpoint answers something else than the model that was tested."""
    deploy = spec_in_force.pinned(yard, release).deploy
    return deploy is not None and deploy.pipeline is not None and bool(deploy.pipeline.after)


def _answers_of(report: Any) -> dict[str, Sketch | None]:
    try:
        answers = report["yardmaster"]["answers"]
        return {role: Sketch.from_dict(answers.get(role)) for role in ("candidate", "baseline")}
    except (LookupError, TypeError, AttributeError):
        return {}


def _live(yard: Yard, folder: str, promised: Sketch | None, missing: str, state: Shift, now: float) -> Live:
    if missing or promised is None:
        return Live(promised, Answers(), missing)
    since = max(state.started_at or now, now - 2 * HOUR)
    hours = [datetime.fromtimestamp(at, UTC) for at in range(int(now // HOUR * HOUR), int(since - HOUR), -int(HOUR))]
    try:
        lines = yard.bucket.newest_lines([f"{folder}/{hour:%Y/%m/%d/%H}/" for hour in hours], BYTES)
    except UnreadableError as error:
        return Live(promised, Answers(), f"they can't be read ({error})")
    return Live(promised, read_answers(lines, promised.width, since))
