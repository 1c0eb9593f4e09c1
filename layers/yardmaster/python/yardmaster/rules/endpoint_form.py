"""What form an endpoint has: instances, or none; and which way from one to the other AWS leaves open."""

from yardmaster.spec.schema import Spec


def mismatch(spec: Spec, endpoint: str, is_serverless: bool) -> str | None:
    """Say why an endpoint that serves can't take the form that a spec asks for; None if it can.

    AWS refuses to make an endpoint with instances serverless, and a serverless variant shares its traffic with none.
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html

    Args:
        spec: The release's spec.
        endpoint: The endpoint's name.
        is_serverless: Whether it has no instances now.
    """
    deploy = spec.deploy
    if deploy is None:
        return None
    if deploy.serverless is not None and not is_serverless:
        return (
            f"endpoint {endpoint} has instances, and AWS can't make it serverless: give deploy.endpoint another name "
            "and drop the data again; or delete the endpoint (nobody is answered then) and approve this release again"
        )
    if deploy.canary is not None and is_serverless:
        return (
            f"endpoint {endpoint} is serverless, and can't share its traffic with a canary: write `canary: none` for "
            "the release that gives it instances, and drop the data again; AWS makes no endpoint serverless again"
        )
    return None
