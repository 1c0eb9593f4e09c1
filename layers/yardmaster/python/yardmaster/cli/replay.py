"""`yardmaster replay`: the metrics of a past canary through the judge."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from yardmaster.aws import endpoint_metrics
from yardmaster.aws.clients import client
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.rules.canary import policy
from yardmaster.rules.judge import Action, CanaryPolicy
from yardmaster.rules.replay import Recording, StepVerdict, recording, replay
from yardmaster.rules.why import spell_age, spell_time
from yardmaster.spec.deploy import CanarySpec
from yardmaster.spec.parse import SpecError, parse_spec

_SAYS = {
    Action.PROMOTE: "promote",
    Action.ROLL_BACK: "roll back",
    Action.KEEP_WATCHING: "no verdict",
    Action.INCONCLUSIVE: "inconclusive",
}


def replay_file(terminal: Terminal, path: Path, spec: Path | None) -> int:
    """Judge what a file has recorded: a `decision.json`, or minutes in its form.

    Returns:
        The exit code: 1 if the canary would have been rolled back.

    Raises:
        UsageError: A file can't be read.
        MeasurementError: The recording has another form, or contradicts itself.
    """
    try:
        found = recording(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
    return _tell(terminal, found, _strictness(spec) or found.policy)


def replay_endpoint(
    terminal: Terminal, endpoint: str, canary: str, baseline: str, start: str, end: str, spec: Path | None
) -> int:
    """Judge what CloudWatch kept of two variants of an endpoint between two times, as one step.

    Returns:
        The exit code: 1 if the canary would have been rolled back.

    Raises:
        UsageError: A time or the spec can't be read, or CloudWatch has nothing.
    """
    began, ended = _time(start), _time(end)
    minutes = endpoint_metrics.minutes(client("cloudwatch"), endpoint, canary, baseline, began, ended)
    if not minutes:
        raise UsageError(f"CloudWatch has no requests of endpoint {endpoint}, variants {canary} and {baseline}, then")
    strict = _strictness(spec) or CanaryPolicy()
    return _tell(terminal, Recording(tuple(minutes), (began,), strict), strict)


def _strictness(spec: Path | None) -> CanaryPolicy | None:
    """Return the policy of a spec's canary section; latency limits need a recording made under them."""
    if spec is None:
        return None
    try:
        deploy = parse_spec(spec.read_bytes()).deploy
    except OSError as error:
        raise UsageError(f"{spec} can't be read: {error.strerror}") from error
    except SpecError as error:
        raise UsageError(f"{spec} would be refused:\n{error}") from error
    canary = deploy.canary if deploy else None
    return replace(policy(canary or CanarySpec()), latency=())


def _tell(terminal: Terminal, found: Recording, strict: CanaryPolicy) -> int:
    verdicts = replay(found, strict)
    for number, step in enumerate(verdicts, start=1):
        terminal.say(f"step {number}, from {spell_time(step.began)}: {_sentence(step)}")
    return 1 if verdicts[-1].verdict.action is Action.ROLL_BACK else 0


def _sentence(step: StepVerdict) -> str:
    when = f" after {spell_age(step.known_at - step.began)}, at {spell_time(step.known_at)}" if step.known_at else ""
    return f"{_SAYS[step.verdict.action]}{when}: {step.verdict.reason}"


def _time(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time: write 2026-11-22T14:03 (UTC), or with an offset") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
