"""What an endpoint takes, encoded rows or raw ones, does not change under its callers."""

from yardmaster.records import Release
from yardmaster.spec.schema import Spec


def rows_refusal(release: Release, spec: Spec, baseline: Release | None) -> str | None:
    """Say why a release can't follow the one in service on its endpoint; None if it can.

    While a canary runs, requests go to either: rows that suit one mean something else to the other, or nothing.
    """
    if spec.deploy is None or baseline is None or baseline.rows == spec.deploy.rows:
        return None
    endpoint = spec.deploy.endpoint or release.model
    if baseline.deploy.get("endpoint") != endpoint:
        return None
    return (
        f"deploy.rows: endpoint {endpoint} takes {baseline.rows} rows from {baseline.title}, and a canary gets the same "
        f"requests: put `rows: {baseline.rows}` back, or give deploy.endpoint another name for {spec.deploy.rows} rows"
    )
