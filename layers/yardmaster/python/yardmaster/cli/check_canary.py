"""How long a canary of a spec would take, at a rate that a person names and at the endpoint's own."""

from dataclasses import dataclass
from random import Random

from yardmaster.cli.check_model import ModelSeen
from yardmaster.rules.forecast import WORSE, Draw, Forecast, Outcome, Traffic, forecast
from yardmaster.spec.schema import CanarySpec, Spec

SEED = 20261130
"""The same question has the same answer."""


@dataclass(frozen=True)
class Asked:
    """A rate of requests, in words, and what would become of a good canary and of a bad one at it."""

    at: str
    traffic: Traffic
    good: Forecast
    bad: Forecast


def forecasts(spec: Spec, seen: ModelSeen, rate: float | None, error_rate: float) -> list[Asked]:
    """Return what the judge would say at the rates that are known.

    Args:
        spec: The spec.
        seen: What the stack knows of the model.
        rate: Requests a minute that a person names; None if nobody did.
        error_rate: The share of requests that fail anyhow.
    """
    canary = canary_of(spec)
    if canary is None:
        return []
    found = []
    if rate is not None:
        found.append(_asked(canary, f"{rate:,g} requests a minute", Traffic((rate,)), error_rate))
    if seen.traffic is not None:
        said = f"the endpoint's own of the last 24 hours ({seen.traffic.mean:,.4g} requests a minute in the mean)"
        found.append(_asked(canary, said, seen.traffic, error_rate))
    return found


def canary_of(spec: Spec) -> CanarySpec | None:
    """Return the canary that is judged; None if new models replace the old at once."""
    deploy = spec.deploy
    if deploy is None or deploy.serverless is not None or deploy.multi_model:
        return None
    return deploy.canary


def _asked(spec: CanarySpec, at: str, traffic: Traffic, error_rate: float) -> Asked:
    good = forecast(spec, traffic, _draw(), error_rate=error_rate, want=Outcome.PROMOTED)
    bad = forecast(spec, traffic, _draw(), error_rate=error_rate, times=WORSE, want=Outcome.ROLLED_BACK)
    return Asked(at, traffic, good, bad)


def _draw() -> Draw:
    """Return chance that is no secret, and the same each time."""
    return Random(SEED).random  # noqa: S311
