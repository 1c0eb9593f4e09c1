"""`<model>/live.json`: which model of a shared endpoint is in service."""

from yardmaster.errors import YardmasterError
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules import shared_endpoint

TRIES = 5
"""How often it is written again when another release goes live meanwhile."""


def point(yard: Yard, release: Release) -> None:
    """Write which model of a shared endpoint is in service, after one of them began or ended to be.

    Whoever writes looks again afterwards: of two, the one that sees the last change writes last.
    """
    if release.deploy.get("target_model") is None:
        return
    for _ in range(TRIES):
        model = yard.table.get_model(release.model)
        if model is None:
            return
        live = yard.table.get_release(model.in_service) if model.in_service else None
        key = f"{release.model}/{shared_endpoint.POINTER}"
        yard.bucket.write(key, shared_endpoint.pointer(live).encode(), "application/json")
        after = yard.table.get_model(release.model)
        if after is not None and after.in_service == model.in_service:
            return
    raise YardmasterError(f"{release.model}: releases keep going live while {shared_endpoint.POINTER} is written")
