"""Whether a tuning job may start from earlier ones: SageMaker's rules for parents, checked before it is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yardmaster.records import Release

_ENDED = frozenset({"Completed", "Stopped", "Failed"})
_KEY = "tune.warm_start_config"


@dataclass(frozen=True)
class Parent:
    """An earlier tuning job: its state, its objective, and all hyperparameters that it searched or set."""

    name: str
    status: str
    metric: str
    goal: str
    hyperparameters: frozenset[str]


def previous(release: Release, others: Iterable[Release]) -> Release | None:
    """Return the last release before this one whose tuning job found something; None if there is none."""
    tuned = (other for other in others if other.number < release.number and other.tuning.get("best"))
    return max(tuned, key=lambda other: other.number, default=None)


def refusal(parents: Sequence[tuple[str, Parent | None]], metric: str, goal: str, names: frozenset[str]) -> str | None:
    """Say why a tuning job can't start from these, and what to write instead; None if it can.

    Args:
        parents: By name, as SageMaker describes them; None for one that isn't there.
        metric: The new job's objective.
        goal: Which way is better.
        names: All hyperparameters that the new job searches or sets. SageMaker wants as many as the parent had, and
            can only learn about those that both have.
    """
    for name, parent in parents:
        if parent is None:
            return f"{_KEY}.parents: there is no tuning job {name}: write previous, or leave warm_start_config out"
        if parent.status not in _ENDED:
            return f"{_KEY}.parents: tuning job {name} is {parent.status}, and only one that has ended can be used"
        if (parent.metric, parent.goal) != (metric, goal):
            return (
                f"{_KEY}: tuning job {name} improved {parent.metric} ({parent.goal}), and this one is to improve "
                f"{metric} ({goal}): write the same objective, or leave warm_start_config out"
            )
        if parent.hyperparameters != names:
            return (
                f"{_KEY}: tuning job {name} and this one must have the same hyperparameters, searched or set"
                f"{_apart('only the earlier one has', parent.hyperparameters - names)}"
                f"{_apart('only this one has', names - parent.hyperparameters)}"
                ": write the same ones, or leave warm_start_config out"
            )
    return None


def _apart(who: str, names: frozenset[str]) -> str:
    return f"; {who} {', '.join(sorted(names))}" if names else ""
