"""AWS clients: botocore's own, made once per process from one session, with retries by botocore.

Functions never import boto3: of its import, they would use nothing but this.
"""

import logging
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader, instance_cache
from botocore.session import Session, get_session
from botocore.utils import parse_timestamp

from yardmaster.aws import authorities

# At INFO it says at each start of a process how it found credentials and endpoints; at DEBUG, what is in requests.
logging.getLogger("botocore").setLevel(logging.WARNING)

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)


@cache
def client(service: str) -> Any:
    """Return the process's client for a service; region, credentials and endpoint come from the environment."""
    with authorities.read_once():
        return session().create_client(service, config=_CONFIG)


@cache
def session() -> Session:
    """Return what all clients share: credentials, and the files that were read for the first of them."""
    found = get_session()
    paths = found.get_config_variable("data_path") or ""
    found.register_component("data_loader", _FolderLoader([path for path in paths.split(os.pathsep) if path]))
    found.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    return found


def forget() -> None:
    """Make clients anew from now on, from the environment as it is then."""
    client.cache_clear()
    session.cache_clear()
    authorities.forget()


def _moment(value: Any) -> datetime:
    """Return a time as botocore does, but in UTC: it asks each time in which time zone this machine is."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else parse_timestamp(value)


class _FolderLoader(Loader):
    """Takes every folder of models for a service; botocore opens all 400 to find out, for each first client."""

    @instance_cache
    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services' names; one without this type of model is found out when that is read."""
        folders = [Path(path) for path in self.search_paths if Path(path).is_dir()]
        return sorted({name for folder in folders for name in os.listdir(folder)})
