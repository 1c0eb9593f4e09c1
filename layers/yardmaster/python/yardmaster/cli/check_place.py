"""Where `yardmaster check` looks: at a stack, or at nothing but this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yardmaster.aws.bucket import Bucket
from yardmaster.aws.clients import client
from yardmaster.aws.stack import find_stack
from yardmaster.aws.table import ReleaseTable
from yardmaster.cli.containers import archives
from yardmaster.cli.dry_yard import DryBucket, DryTable, DryYard, ReadOnly
from yardmaster.cli.errors import UsageError
from yardmaster.cli.source import plan_source
from yardmaster.cli.upload import spec_key
from yardmaster.settings import Settings
from yardmaster.spec.schema import Spec

_ROLE = "arn:aws:iam::000000000000:role/not-looked-up"
"""Nothing is made, so nothing needs the role's name."""
_SOMEWHERE = "us-east-1"
_BUCKET = "bucket-not-looked-up"


@dataclass(frozen=True)
class Place:
    """Settings, the stack's own adapters and clients, and what is not known of them.

    Attributes:
        table, bucket: The stack's own; None without a stack.
        aws: Clients by name; empty without a stack.
        unknown: What could not be looked at, in words.
    """

    settings: Settings
    table: ReleaseTable | None = None
    bucket: Bucket | None = None
    aws: Mapping[str, Any] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def is_offline(self) -> bool:
        """Whether there is no stack."""
        return self.table is None

    def yard(self, objects: Mapping[str, Path | bytes]) -> DryYard:
        """Return a yard that writes nothing, with these objects laid over the bucket."""
        bucket = DryBucket(self.settings.bucket, self.settings.region, objects, self.bucket)
        return DryYard(self.settings, "check", objects=bucket, rows=DryTable(self.table), aws=self.aws or {})


def offline() -> Place:
    """Return a place without AWS; the region is the environment's, where it says one."""
    asked = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = asked or _SOMEWHERE
    settings = Settings("offline", "ym", _BUCKET, "", _ROLE, region)
    unknown = (
        "no stack was looked at (--model does): its limits, quotas and the model's earlier releases are not known",
    )
    return Place(settings, unknown=unknown if asked else (*unknown, f"no region is set: {region} was taken"))


def in_stack(name: str) -> Place:
    """Return a stack's place.

    Raises:
        UsageError: There is no such stack.
    """
    ssm = client("ssm")
    where = find_stack(ssm, name)
    if where is None:
        raise UsageError(f"no stack {name} in {ssm.meta.region_name}: name another with --stack, or say --offline")
    where_it_is = {
        "STACK_NAME": name,
        "PREFIX": where.prefix,
        "BUCKET": where.bucket,
        "TABLE": where.table,
        "EXECUTION_ROLE_ARN": _ROLE,
        "AWS_REGION": where.region or str(ssm.meta.region_name),
    }
    unknown = () if where.allowed else ("the stack's template is older than this command: its limits are not known",)
    return Place(
        Settings.from_env({**(where.allowed or {}), **where_it_is}),
        ReleaseTable(client("dynamodb"), where.table),
        Bucket(client("s3"), where.bucket),
        {name: ReadOnly(client(name)) for name in ("sagemaker", "cloudwatch", "service-quotas")},
        unknown,
    )


def beside(path: Path, raw: bytes, spec: Spec, model: str) -> dict[str, Path | bytes]:
    """Return what `yardmaster drop --spec` uploads: the spec, a script's code, and archives of containers.

    Raises:
        UsageError: A file can't be uploaded.
    """
    found: dict[str, Path | bytes] = {spec_key(model): raw}
    if (source := plan_source(path, raw)) is not None:
        script, files = source
        found |= {f"{model}/{script.source_dir.strip('/')}/{name}": file for name, file in files.items()}
    return found | dict(archives(spec, path.parent, model))
