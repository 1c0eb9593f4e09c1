"""Deploys the template to local AWS: what is in it is made, over boto3, or refused; nothing is skipped silently."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_aws.template.deployment import Deployment, Host


def deploy(
    template_path: Path, stack_name: str, parameters: Mapping[str, str], aws: Callable[[str], Any], host: Host
) -> dict[str, str]:
    """Make a stack that is never updated.

    Args:
        template_path: The SAM template; its code folders are relative to it.
        stack_name: What `AWS::StackName` gives.
        parameters: Values by name; the others get their defaults.
        aws: Gives a boto3 client of local AWS for a service, e.g. `partial(session.client, endpoint_url=…)`.
        host: Gets each function, complete.

    Returns:
        The stack's outputs.

    Raises:
        TemplateError: Something in the template is wrong, or unknown to local AWS. What was made before stays.
    """
    return Deployment(stack_name, aws, host).create(template_path, parameters)
