"""A transform job's data log: a stream beside the containers' own, which names the objects that failed.

Its lines: aws/amazon-sagemaker-examples#1620; its name, `<job>/<instance>/data-log`: the guide's page on logs.
"""

import re
from collections.abc import Mapping

GROUP = "/aws/sagemaker/TransformJobs"
NAME = "data-log"
_MARK = "[sagemaker logs]: "
_OF_AN_OBJECT = re.compile(r".*?\[sagemaker logs\]: (?P<path>.+?): (?P<text>.*)")


def line(uri: str, text: str) -> str:
    """Return what is said of an object, `bucket/key`."""
    return f"{_MARK}{uri.removeprefix('s3://')}: {text}"


def translated(said: str, uris: Mapping[str, str]) -> str | None:
    """Return an agent's line as the data log has it; None for what a container says itself.

    Args:
        said: The line, which names a file by its path in the container.
        uris: The objects by that path.
    """
    if _MARK not in said:
        return None
    found = _OF_AN_OBJECT.fullmatch(said)
    return line(uris[found["path"]], found["text"]) if found and found["path"] in uris else said
