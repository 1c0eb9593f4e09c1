"""What the parts of `ProcessExecutors` share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from local_aws.sagemaker.access import Access, ExecutionRole
from local_aws.sagemaker.executors.launcher import Launcher
from local_aws.sagemaker.executors.own_images import NO_IMAGES, OwnImages
from local_aws.sagemaker.role_store import RoleStore
from local_aws.sagemaker.store import ObjectStore

Log = Callable[[str, str, str], None]  # log group, log stream, message


def _pull_freely(_image: str) -> None:
    """Pull an image that nobody guards."""


@dataclass(frozen=True)
class Surroundings:
    """Where things are read, written, started and logged; the clock gives epoch seconds.

    What is read, written, pulled and logged is judged by `access` once a job's role is known: see `under`. `images` has
    the programs that stand for containers of one's own.
    """

    store: ObjectStore
    work_dir: Path
    log: Log
    clock: Callable[[], float]
    launcher: Callable[[], Launcher]
    stop_grace_seconds: float
    startup_seconds: float
    access: Access
    pull: Callable[[str], None] = _pull_freely
    images: OwnImages = NO_IMAGES

    def under(self, role_arn: str, source: str) -> "Surroundings":
        """Return the surroundings of a job with this role; what the role may not do raises DeniedError.

        Args:
            role_arn: The role; empty for a job that has none, and may do everything.
            source: The ARN of the job or the endpoint.
        """
        if not role_arn:
            return self
        role, access = ExecutionRole(role_arn, source), self.access
        may_log = cache(lambda group, stream: access.may_log(role, group, stream))

        def log(group: str, stream: str, message: str) -> None:
            if may_log(group, stream):
                self.log(group, stream, message)

        store = RoleStore(self.store, access, role)
        return replace(self, store=store, log=log, pull=lambda image: access.pull(role, image))
