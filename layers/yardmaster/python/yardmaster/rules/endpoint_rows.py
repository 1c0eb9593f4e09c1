"""What an endpoint takes, encoded rows or raw ones, does not change under its callers."""

from yardmaster.errors import RefusedError
from yardmaster.records import Release
from yardmaster.spec.encoder_image import encoder_image
from yardmaster.spec.schema import Spec


def refusal(release: Release, spec: Spec, baseline: Release | None, region: str) -> str | None:
    """Say why an endpoint can't take the rows that a spec asks for; None if it can.

    While a canary runs, requests go to either model: rows that suit one mean something else to the other, or nothing.

    Args:
        release: The candidate.
        spec: Its spec.
        baseline: The release in service; None for the first.
        region: Where it is to be deployed.
    """
    if spec.deploy is None:
        return None
    endpoint, rows = spec.deploy.endpoint or release.model, spec.deploy.rows
    if baseline is not None and baseline.rows != rows and baseline.deploy.get("endpoint") == endpoint:
        return (
            f"deploy.rows: endpoint {endpoint} takes {baseline.rows} rows, as {baseline.title} is in service, and its "
            f"callers' requests would go to a model for {rows} ones, too: put `rows: {baseline.rows}` back, or give "
            f"deploy.endpoint another name for {rows} rows"
        )
    return _no_image(region) if rows == "raw" else None


def _no_image(region: str) -> str | None:
    try:
        encoder_image(region)
    except RefusedError as error:
        return str(error)
    return None
