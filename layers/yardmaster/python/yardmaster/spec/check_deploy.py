"""The combinations of the `deploy` section that can't be."""

from collections.abc import Iterator
from itertools import pairwise

from yardmaster.spec.deploy import CanarySpec, DeploySpec
from yardmaster.spec.durations import format_duration
from yardmaster.spec.findings import Finding

_ROOT = ("deploy", "canary")


def check_deploy(deploy: DeploySpec | None) -> Iterator[Finding]:
    """Yield what can't be in the canary."""
    if deploy and deploy.canary:
        yield from _steps(deploy.canary)
        yield from _deadline(deploy.canary)


def _steps(canary: CanarySpec) -> Iterator[Finding]:
    """The steps rise to 100; one step alone is no canary."""
    steps, path = canary.step_weights, (*_ROOT, "step_weights")
    shown, allowed = str(list(steps)), "weights that rise to 100, such as [5, 95, 100]"
    if any(after <= before for before, after in pairwise(steps)):
        yield Finding(path, shown, "does not rise", allowed)
    elif steps[-1:] != (100,):
        yield Finding(path, shown, "does not end in 100", allowed)
    elif len(steps) == 1:
        yield Finding(path, shown, "has no step before 100", f"{allowed}, or canary: none")


def _deadline(canary: CanarySpec) -> Iterator[Finding]:
    """There must be time for a verdict."""
    if canary.progress_deadline <= canary.interval:
        limit = format_duration(canary.interval)
        value = format_duration(canary.progress_deadline)
        yield Finding((*_ROOT, "progress_deadline"), value, f"ends before the first look, after {limit}", "more time")
