"""The account's quotas for instances: what a release needs of them at once, and what can therefore never run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yardmaster.rules.fleet import peak
from yardmaster.rules.quota_names import of_endpoints, of_training, of_transforms
from yardmaster.spec.of_algorithm import is_encoded, package_arn
from yardmaster.spec.schema import Spec

KNOWN_FOR: Final = 24 * 3600.0
"""Seconds for which a quota that was looked up is believed: it is raised by a person's request, and days later."""
DOUBTED_AFTER: Final = 60.0
"""Seconds for which one is believed that something would be refused for: it may have been raised since."""


@dataclass(frozen=True)
class Quota:
    """A quota as Service Quotas has it.

    Attributes:
        code: Its code, like L-1194F27D; empty if Service Quotas has no quota of this name.
        limit: Instances at once; None if that is not known.
        at: When it was looked up.
    """

    code: str
    limit: float | None
    at: float


@dataclass(frozen=True)
class Need:
    """What a release needs at once of a quota.

    Attributes:
        quota: Its name.
        instances: How many.
        path: The key of the spec that asks for them.
        note: What they are for, if the key does not say it.
    """

    quota: str
    instances: int
    path: str
    note: str = ""


def needs(spec: Spec, serving: int) -> tuple[Need, ...]:
    """Return what a release needs at once: of its training, its tests and its endpoint, each at their peak.

    The tests' two jobs need not run at once, but one must. Where the endpoint serves already, an update makes the new
    fleet beside the old one, and a canary has both variants in the new one.

    Args:
        spec: The spec.
        serving: Instances of the same type that serve on the endpoint now.
    """
    train, found = spec.train, []
    if package_arn(spec) is None:
        at_once = train.instance_count * (spec.tune.parallel_jobs if spec.tune else 1)
        path = "train.instance_count x tune.max_parallel_jobs" if spec.tune else "train.instance_count"
        found.append(Need(of_training(train.instance_type, spot=train.use_spot_instances), at_once, path))
    if is_encoded(spec):
        found.append(Need(of_transforms(train.instance_type), 1, "train.instance_type", "to score the test rows"))
    if (deploy := spec.deploy) is not None and deploy.serverless is None:
        # An endpoint that several models share is never updated: its container loads the new model.
        updated = serving > 0 and not deploy.multi_model
        most = peak(deploy, serving) if updated else deploy.initial_instance_count
        note = f"at the peak of an update: {serving} serve, and the new ones come before these go" if updated else ""
        found.append(Need(of_endpoints(deploy.instance_type), most, "deploy.initial_instance_count", note))
    return tuple(found)


def is_old(need: Need, quota: Quota | None, now: float) -> bool:
    """Tell whether a quota must be looked up before anything is said of a need."""
    if quota is None:
        return True
    falls_short = quota.limit is not None and need.instances > quota.limit
    return now - quota.at >= (DOUBTED_AFTER if falls_short else KNOWN_FOR)


def refusals(wanted: Sequence[Need], known: Mapping[str, Quota]) -> Iterator[str]:
    """Yield what can never run, since it needs more at once than the account may have, and how that is changed.

    Args:
        wanted: What is needed.
        known: The quotas as far as they are known, by name.
    """
    for need in wanted:
        quota = known.get(need.quota)
        if quota is not None and quota.limit is not None and need.instances > quota.limit:
            yield _above(need, quota.code, quota.limit)


def above_limit(wanted: Sequence[Need], most: int | None) -> Iterator[str]:
    """Yield that an endpoint needs more instances at its peak than the stack lets one have; None is no limit."""
    for need in wanted:
        if most is not None and need.path.startswith("deploy.") and need.instances > most:
            yield (
                f"{need.path}: it needs {need.instances:,} at once{_why(need)}, above this stack's "
                f"MaxEndpointInstances of {most:,}"
            )


def _above(need: Need, code: str, limit: float) -> str:
    return (
        f"{need.path}: it needs {need.instances:,} at once{_why(need)}, above this account's quota "
        f"'{need.quota}' of {limit:,g}: ask for less, or for more: Service Quotas, Amazon SageMaker, {code} "
        f"(aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code {code} "
        f"--desired-value {need.instances})"
    )


def _why(need: Need) -> str:
    return f" ({need.note})" if need.note else ""
