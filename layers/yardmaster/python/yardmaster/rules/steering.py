"""What a verdict, or a person's word, makes of a release that holds its endpoint."""

from dataclasses import replace

from yardmaster.errors import RefusedError
from yardmaster.records import Release, Stage
from yardmaster.rules import stages
from yardmaster.rules.commands import Command
from yardmaster.rules.queue import HOLDING
from yardmaster.rules.shift import Phase, Shift

COMMANDS = ("promote", "rollback", "hold", "resume", "skip_judge", "cancel")
"""What a person can ask of a canary."""
_WATCHED = frozenset({Stage.CANARY, Stage.PROMOTING})
_WITHOUT_JOBS = frozenset({Stage.RECEIVED, Stage.EVALUATED, Stage.REGISTERED})
WITH_JOBS = frozenset({Stage.PREPARED, Stage.TRAINING, Stage.TESTING})
"""In these a release has jobs in SageMaker, or may be about to have some."""


def commanded(release: Release, asked: Command, now: float) -> Release:
    """Return the release as a person wants it.

    Raises:
        RefusedError: It can't be done where the release stands.
    """
    if asked.name not in COMMANDS:
        raise RefusedError(f"{asked.name} is not a command of judge_canary: {', '.join(COMMANDS)}")
    if asked.name == "cancel" and release.stage in _WITHOUT_JOBS:
        return stages.move(release, Stage.CANCELLED, asked.said, now)
    if asked.name == "cancel" and release.stage in WITH_JOBS:
        # Its owner stops the jobs: what is noted can't be lost, whoever dies.
        what = "its job is stopped" if release.stage is Stage.TRAINING else "what runs of it is stopped"
        return stages.note(replace(release, cancelled=asked.said), f"{asked.said}: {what}", now, due=now)
    if release.stage not in HOLDING:
        raise RefusedError(f"{release.title} is {release.stage.value} and holds no endpoint: nothing to {asked.name}")
    state = Shift.from_dict(release.deploy)
    if asked.name in {"rollback", "cancel"}:
        return _ended_by(release, state, asked, now)
    if release.stage not in _WATCHED or state.phase is not Phase.STEP:
        raise RefusedError(f"{release.title} is {release.stage.value}: {asked.name} is for a canary that is judged")
    match asked.name:
        case "promote":
            return _promoted(release, state, asked, now)
        case "hold":
            return _noted(release, replace(state, held=asked.said), asked, now)
        case "resume":
            # A canary that is let go on is judged again, whatever it was told before.
            return _noted(release, replace(state, held=None, unjudged=None), asked, now)
        case _:
            return _noted(release, replace(state, held=None, unjudged=asked.said), asked, now)


def next_step(release: Release, state: Shift, reason: str, now: float) -> Release:
    """Return the release at its next share of the traffic; the row moves first, the endpoint follows."""
    step = state.step + 1
    last = step >= len(state.step_weights) - 1
    began = () if state.step_started_at is None else (state.step_started_at,)
    ahead = replace(
        state,
        step=step,
        phase=Phase.LAST if last else Phase.STEP,
        step_started_at=None,
        stepped_at=now,
        earlier_steps=state.earlier_steps + began,
        asked=None,
        tries=0,
    )
    onward = replace(release, deploy=ahead.to_dict())
    if release.stage is Stage.CANARY:
        return stages.move(onward, Stage.PROMOTING, reason, now, due=now)
    return stages.note(onward, reason, now, due=now)


def go_back(release: Release, state: Shift, end: Stage, reason: str, now: float) -> Release:
    """Return the release on its way back to the baseline; it ends in `end`."""
    back = replace(state, phase=Phase.BACK, end=end, asked=None, tries=0)
    return stages.move(replace(release, deploy=back.to_dict()), Stage.ROLLING_BACK, reason, now, due=now)


def _ended_by(release: Release, state: Shift, asked: Command, now: float) -> Release:
    if release.stage is Stage.ROLLING_BACK:
        return release
    if state.baseline_variant is None and not (state.made and asked.name == "cancel"):
        advice = "cancel deletes its endpoint" if state.made else "let it go live, and roll it back then"
        raise RefusedError(f"{release.title} has no baseline to go back to: {advice}")
    end = Stage.CANCELLED if asked.name == "cancel" else Stage.ROLLED_BACK
    return go_back(release, state, end, asked.said, now)


def _promoted(release: Release, state: Shift, asked: Command, now: float) -> Release:
    if asked.step is not None and asked.step != state.step:
        raise RefusedError(
            f"{release.title} is at step {state.step + 1} of {len(state.step_weights)}, and was to be promoted from "
            f"step {asked.step + 1}: look again"
        )
    if asked.step is None and state.step > 0 and (asked.at is None or asked.at <= (state.stepped_at or 0.0)):
        # Delivered twice or late it would skip a step that nobody has seen.
        raise RefusedError(
            f"{release.title} is at step {state.step + 1} of {len(state.step_weights)}, and was to be promoted before "
            f'it got there: look again, and say "step": {state.step}'
        )
    return next_step(release, replace(state, held=None), asked.said, now)


def _noted(release: Release, state: Shift, asked: Command, now: float) -> Release:
    return stages.note(replace(release, deploy=state.to_dict()), asked.said, now, due=now)
