"""Woken every minute."""

import time
from dataclasses import asdict
from typing import Any

from yardmaster.flows import wake_releases
from yardmaster.flows.yard import Yard


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Wake the releases that are due."""
    return asdict(wake_releases.run(Yard.from_env(), time.time))
