"""An endpoint that several models share: one variant, whose container loads the model that a request names.

https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html. A release is put under a name of its own,
once, and `<model>/live.json` says which name is in service: nothing that serves is changed, so a rollback is as quick
as a write.
"""

import hashlib
import json
from collections.abc import Mapping

from yardmaster.records import Endpoint, Release

VARIANT = "all-models"
"""The production variant: it outlives all releases, so it is named after none."""
POINTER = "live.json"
"""Below a model's folder: what callers send."""


def folder(endpoint: str) -> str:
    """Return the prefix below which an endpoint's models are; no model's name begins so."""
    return f"_endpoints/{endpoint}/"


def target_model(release: Release) -> str:
    """Return what requests name a release by: another name for each attempt.

    The endpoint remembers what it loaded under a name, and what was put there once is never replaced.
    """
    attempt = "" if release.attempt == 1 else f"-{release.attempt}"
    return f"{stem(release)}{attempt}.tar.gz"


def is_of(release: Release, target: str) -> bool:
    """Tell whether a model of a shared endpoint is a release's, of whichever attempt."""
    rest = target.removeprefix(stem(release)).removesuffix(".tar.gz")
    return target.startswith(stem(release)) and (rest == "" or rest.removeprefix("-").isdecimal())


def stem(release: Release) -> str:
    """Return how the names of all attempts of a release begin."""
    return f"{release.model}-{release.number:04d}-{release.id}"


def model_name(prefix: str, endpoint: str, image: str, environment: Mapping[str, str]) -> str:
    """Return the name of the SageMaker model of all that share an endpoint and its container, at most 63 characters."""
    same = json.dumps([endpoint, image, dict(environment)], sort_keys=True)
    digest = hashlib.sha256(same.encode()).hexdigest()[:8]
    return f"{prefix}-{endpoint[:40].rstrip('-')}-{digest}-all"


def owner_refusal(row: Endpoint, model: str, *, shares: bool) -> str | None:
    """Say why a release may not have an endpoint; None if it may.

    Args:
        row: The endpoint's row.
        model: Whose release it is.
        shares: Whether its spec asks for a multi-model endpoint.
    """
    another = "give deploy.endpoint another name"
    if row.revision == 0 or (shares and row.shared):
        return None
    if row.shared:
        return f"endpoint {row.name} is shared by several models: say multi_model: true, or {another}"
    if shares:
        return f"endpoint {row.name} belongs to model {row.model} alone, and not to several: {another}"
    return None if row.model == model else f"endpoint {row.name} belongs to model {row.model}: {another}"


def container_refusal(endpoint: str, present: str, wanted: str) -> str | None:
    """Say why a model can't be loaded by what an endpoint runs; None if it can.

    Args:
        endpoint: The endpoint's name.
        present: The SageMaker model that it runs.
        wanted: The one that it would have to run.
    """
    if present == wanted:
        return None
    return (
        f"endpoint {endpoint} runs {present}, another container than this model needs ({wanted}): all models of one "
        "endpoint share image, version and environment; write those of the others, or give deploy.endpoint another name"
    )


def pointer(live: Release | None) -> str:
    """Return what `live.json` says of the release in service."""
    deploy = live.deploy if live else {}
    said = {
        "endpoint": deploy.get("endpoint"),
        "target_model": deploy.get("target_model"),
        "release": live.title if live else None,
        "id": live.id if live else None,
    }
    return json.dumps(said, indent=1) + "\n"
