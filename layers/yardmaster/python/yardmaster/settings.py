"""The environment of a function, read in one place and never at import."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from yardmaster.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """What the template tells every function.

    Attributes:
        stack: The stack's name; also the tag that marks our SageMaker resources.
        prefix: The first part of every job's name, at most four characters.
        bucket, table: The names of the bucket and of the release table.
        execution_role_arn: The role that SageMaker jobs and models run under.
        region: Where everything is.
    """

    stack: str
    prefix: str
    bucket: str
    table: str
    execution_role_arn: str
    region: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: A variable is missing; the message names it.
        """
        env = os.environ if environ is None else environ

        def need(name: str) -> str:
            if value := env.get(name):
                return value
            raise SettingsError(f"environment variable {name} is missing: the template must set it")

        return cls(
            stack=need("STACK_NAME"),
            prefix=need("PREFIX"),
            bucket=need("BUCKET"),
            table=need("TABLE"),
            execution_role_arn=need("EXECUTION_ROLE_ARN"),
            region=env.get("AWS_REGION") or need("AWS_DEFAULT_REGION"),
        )

    def tags(self, model: str, release: str) -> dict[str, str]:
        """Return the tags of every SageMaker resource that belongs to a release."""
        return {"yardmaster": self.stack, "yardmaster:model": model, "yardmaster:release": release}
