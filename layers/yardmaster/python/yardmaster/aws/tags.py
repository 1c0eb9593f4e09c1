"""Tags: a dict inside, a list of pairs in AWS's APIs."""

from typing import Any


def as_list(tags: dict[str, str]) -> list[Any]:
    """Return `[{"Key": …, "Value": …}]`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_dict(tags: list[Any]) -> dict[str, str]:
    """Return `{key: value}`."""
    return {tag["Key"]: tag["Value"] for tag in tags}
