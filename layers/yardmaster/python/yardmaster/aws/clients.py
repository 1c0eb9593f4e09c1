"""boto3 clients: made once per process, with retries by botocore."""

import logging
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# At INFO it says at each start of a process how it found credentials and endpoints; at DEBUG, what is in requests.
logging.getLogger("botocore").setLevel(logging.WARNING)

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)


@cache
def client(service: str) -> Any:
    """Return the process's client for a service; region, credentials and endpoint come from the environment."""
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]
