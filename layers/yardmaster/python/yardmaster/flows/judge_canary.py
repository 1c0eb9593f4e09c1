"""Deploying → canary → promoting → live, or back: one look at the endpoint, one verdict, at most one change."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.errors import YardmasterError
from yardmaster.flows import decision_file, finish, observed, return_to, shift, spec_in_force
from yardmaster.flows.advance import Step, advance, commit
from yardmaster.flows.obey import obey
from yardmaster.flows.publish import wake
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Stage, Waiting, WaitKind
from yardmaster.rules import canary, retry, scaling, stages, steering
from yardmaster.rules import shift as rules
from yardmaster.rules.commands import Command
from yardmaster.rules.shift import Busy, EndpointFacts, Later, Phase, Settled, Shift, Stuck
from yardmaster.spec.schema import CanarySpec


def run(yard: Yard, release_id: str, clock: Callable[[], float]) -> str:
    """Take the release that holds an endpoint as far as it goes; return what became of it."""
    steps: dict[Stage, Step] = {
        Stage.DEPLOYING: deploying,
        Stage.CANARY: _watched,
        Stage.PROMOTING: _watched,
        Stage.ROLLING_BACK: _back,
    }
    return advance(yard, release_id, steps, clock)


def endpoint_changed(yard: Yard, endpoint: str, clock: Callable[[], float]) -> str:
    """Look at the release that holds an endpoint, if any."""
    row = yard.table.get_endpoint(endpoint)
    if row is None or row.holder is None:
        return f"no release holds endpoint {endpoint}"
    return run(yard, row.holder, clock)


def command(yard: Yard, asked: Command, clock: Callable[[], float]) -> str:
    """Obey a person; return what became of it, or why it is refused."""
    now = clock()

    def change(release: Release) -> tuple[Release, tuple[Endpoint, ...]]:
        if asked.name == "rollback" and release.stage is Stage.LIVE:
            after, row = return_to.begin(yard, release, asked, now)
            return after, (row,)
        return steering.commanded(release, asked, now), ()

    refused = obey(yard, asked, change, now)
    return refused or _hand_over(yard, asked.release) or run(yard, asked.release, clock)


def _hand_over(yard: Yard, release_id: str) -> str | None:
    """Wake who is to stop the jobs of a release that a person ends; the next tick would too."""
    release = yard.table.get_release(release_id)
    if release is None or release.cancelled is None or release.stage not in steering.WITH_JOBS:
        return None
    wake(yard, [release])
    return release.reason


def deploying(yard: Yard, release: Release, now: float) -> Release:
    """The endpoint is made, or gets its second variant."""
    return _steer(yard, release, now, _deployed)


def _watched(yard: Yard, release: Release, now: float) -> Release:
    """Keep the endpoint as wanted, and judge the canary while its step lasts."""
    return _steer(yard, release, now, _at_step)


def _back(yard: Yard, release: Release, now: float) -> Release:
    """The baseline gets its full weight, then the new variant goes."""
    return _steer(yard, release, now, _gone_back)


@dataclass(frozen=True)
class _Look:
    """An endpoint that is as it should be: whose release, where its shift stands, its row, and what was seen.

    `captures_to` is where it captures requests; None if it does not.
    """

    release: Release
    state: Shift
    row: Endpoint
    seen: str
    captures_to: str | None


def _steer(yard: Yard, release: Release, now: float, settled: Callable[[Yard, _Look, float], Release]) -> Release:
    """Wait while the endpoint changes, ask for the one next change, and go on once it is as it should be."""
    state = Shift.from_dict(release.deploy)
    # The row is read before the endpoint is described: whoever acts in between makes our write fail.
    row = shift.held(yard, release, state.endpoint, now)
    facts = shift.facts(yard, state)
    if facts is None and rules.may_be_in_the_making(state) and retry.may_be_invisible(release, now):
        return commit(yard, release, stages.wait(release, now + rules.LOOK_AGAIN), now)
    if facts is not None and state.back_at is None and rules.is_back(state, facts):
        release, state = _note_back(yard, release, state, now)
    match scaling.next_change(state, facts):
        case Busy(reason):
            return commit(yard, release, stages.wait(release, now + rules.LOOK_AGAIN, reason=reason), now)
        case Stuck(reason):
            return _give_up(yard, release, facts, row, reason, now)
        case Later() as late:
            return _later(yard, release, state, late, row, now)
        case Settled(reason):
            captures_to = facts.captures_to if facts else None
            return settled(yard, _Look(release, state, row, reason, captures_to), now)
        case change:
            return shift.apply(yard, release, state, change, row, now)


def _later(yard: Yard, release: Release, state: Shift, late: Later, row: Endpoint, now: float) -> Release:
    """The endpoint serves on, and is asked again when its pause is over; a canary is watched until it is alone."""
    if state.phase is Phase.LAST and (bad := _turned_bad(yard, release, state, now)):
        return commit(yard, release, steering.go_back(release, state, bad.end, bad.reason, now), now)
    waiting = release.waiting_for
    if waiting is None or waiting.kind is not WaitKind.CAPACITY or waiting.next_try is None:
        return commit(yard, release, shift.put_off(release, state, late.reason, now), now)
    if now < waiting.next_try:
        due = min(waiting.next_try, now + rules.LOOK_AGAIN) if state.phase is Phase.LAST else waiting.next_try
        return commit(yard, release, replace(release, due=due), now, quiet=True)
    return shift.apply(yard, release, state, late.change, row, now)


def _turned_bad(yard: Yard, release: Release, state: Shift, now: float) -> canary.GoBack | None:
    """Return why a canary that passed its steps goes back all the same, if it does."""
    if state.started_at is None:
        return None
    spec = _canary_spec(yard, release)
    since = release.history[-1].at
    return canary.turned_bad(
        observed.minutes(yard, spec, state, now), observed.alarm_states(yard, spec), spec, state, since, now
    )


def _note_back(yard: Yard, release: Release, state: Shift, now: float) -> tuple[Release, Shift]:
    """The baseline has all traffic again: how long that took belongs into the history."""
    turn, _ = stages.entered(release)
    seconds = now - turn.at if turn else 0.0
    seen = replace(state, back_at=now)
    said = f"{state.baseline_variant} has all traffic again, seen {seconds:.0f} s after the decision"
    noted = stages.note(replace(release, deploy=seen.to_dict()), said, now, due=release.due)
    return commit(yard, release, noted, now), seen


def _deployed(yard: Yard, look: _Look, now: float) -> Release:
    if look.state.phase is Phase.FIRST:
        none = look.release.baseline is not None and not _has_canary(yard, look.release)
        why = "the spec asks for no canary" if none else "there was nothing to compare with"
        target = look.state.target_model
        named = f"; requests name it as TargetModel {target}" if target else ""
        reason = f"{look.seen}{named}; unjudged: {why}"
        return finish.live(yard, look.release, reason, now, look.row)
    usual = observed.usual_p95(yard, look.state, now)
    started = replace(look.state, started_at=now, step_started_at=now, usual_p95=usual, asked=None, tries=0)
    due = canary.next_look(_canary_spec(yard, look.release), started, now)
    moved = stages.move(look.release, Stage.CANARY, look.seen, now, due=due)
    return commit(yard, look.release, replace(moved, deploy=started.to_dict()), now)


def _at_step(yard: Yard, look: _Look, now: float) -> Release:
    if look.state.phase is Phase.LAST:
        decision = _decision(yard, look, Stage.LIVE, look.seen, now)
        return finish.live(yard, look.release, look.seen, now, look.row, decision)
    if look.state.step_started_at is not None:
        return _judge(yard, look, now)
    started = replace(look.state, step_started_at=now, asked=None, tries=0)
    due = canary.next_look(_canary_spec(yard, look.release), started, now)
    after = stages.wait(replace(look.release, deploy=started.to_dict()), due, reason=look.seen)
    return commit(yard, look.release, after, now)


def _gone_back(yard: Yard, look: _Look, now: float) -> Release:
    turn = stages.entered(look.release)[0]
    reason = (turn.reason if turn else look.release.reason) + scaling.orphans(look.state)
    if look.state.returns_to is not None:
        return finish.returned(yard, look.release, look.state.returns_to, reason, now, look.row)
    decision = _decision(yard, look, look.state.end, reason, now)
    row = replace(look.row, config=None, weights={}) if look.state.made else look.row
    return finish.back(yard, look.release, look.state.end, reason, row, now, decision)


def _decision(yard: Yard, look: _Look, end: Stage, reason: str, now: float) -> dict[str, str] | None:
    """Write down how the canary was judged; None if it never got traffic."""
    if look.state.started_at is None:
        return None
    spec = _canary_spec(yard, look.release)
    minutes = observed.minutes(yard, spec, look.state, now)
    return decision_file.write(yard, look.release, spec, look.state, minutes, end, reason, now)


def _judge(yard: Yard, look: _Look, now: float) -> Release:
    release, state = look.release, look.state
    spec = _canary_spec(yard, release)
    if now < (useful := canary.next_look(spec, state, state.step_started_at or now)):
        return commit(yard, release, stages.wait(release, useful), now, quiet=True)
    decision = canary.decide(
        observed.minutes(yard, spec, state, now), observed.alarm_states(yard, spec), spec, state, now
    )
    told = release
    if look.captures_to is not None and isinstance(decision, canary.NextStep | canary.Ask):
        # Once or twice in a canary's life: for every other start of the function, loading it would be a twentieth.
        from yardmaster.flows import captured

        final = isinstance(decision, canary.NextStep)
        told, state = captured.noted(yard, release, state, look.captures_to, now, final=final)
    match decision:
        case canary.Watch(reason):
            due = canary.next_look(spec, state, now + spec.interval)
            return commit(yard, release, stages.wait(release, due, reason=reason), now, quiet=True)
        case canary.Ask(what, reason):
            waiting = Waiting(WaitKind.PERSON, f"yardmaster {what} {release.title}", since=now)
            return commit(yard, release, stages.wait(told, now + spec.interval, waiting, reason), now)
        case canary.NextStep(reason):
            return commit(yard, release, steering.next_step(told, state, reason, now), now)
        case canary.GoBack(end, reason):
            return commit(yard, release, steering.go_back(release, state, end, reason, now), now)


def _canary_spec(yard: Yard, release: Release) -> CanarySpec:
    deploy = spec_in_force.pinned(yard, release).deploy
    if deploy is None or deploy.canary is None:
        raise YardmasterError(f"{release.title} shares an endpoint, but its spec has no canary")
    return deploy.canary


def _has_canary(yard: Yard, release: Release) -> bool:
    deploy = spec_in_force.pinned(yard, release).deploy
    return deploy is not None and deploy.canary is not None


def _give_up(
    yard: Yard, release: Release, facts: EndpointFacts | None, row: Endpoint, reason: str, now: float
) -> Release:
    """The endpoint did not take a change: back to the baseline where there is one, else the release failed."""
    state = Shift.from_dict(release.deploy)
    if state.returns_to is not None and facts is not None and facts.status != "Failed":
        return finish.stays(yard, release, f"could not go back: {reason}", row, now)
    if state.phase is Phase.BACK:
        return finish.end(yard, release, Stage.FAILED, f"could not go back: {reason}", row, now)
    if facts is not None and state.baseline_variant is not None:
        return commit(yard, release, steering.go_back(release, state, Stage.ROLLED_BACK, reason, now), now)
    return finish.end(yard, release, Stage.FAILED, reason, row, now)
