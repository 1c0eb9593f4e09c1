"""The rows that a role is scored on: those of the tests, or a copy of them in the order of the model's own columns."""

import json
from dataclasses import dataclass

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import MeasurementError
from yardmaster.flows import test_manifest
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.records import Release

MAX_BYTES = 2 * 1024**3
"""What a function copies in its 15 minutes with much room to spare."""


@dataclass(frozen=True)
class RoleRows:
    """The manifest of a role's rows, and how many features each has."""

    manifest_uri: str
    features: int


def rows_of(
    yard: Yard, release: Release, role: str, model: Columns, tests: tuple[Release, ...], columns: Columns
) -> RoleRows:
    """Return what a role is scored on; a model with columns of its own gets a copy, written now if there is none.

    Args:
        yard: Settings and adapters.
        release: The release that is tested, whose attempt's manifest lists the tests.
        role: `candidate` or `baseline`.
        model: The columns that the role's model takes.
        tests: The releases whose test channels the manifest lists.
        columns: By which their rows are encoded.

    Raises:
        MeasurementError: The rows are too many to be copied, or not as their columns say.
        RefusedError: The rows lack a feature of the model's.
    """
    if model.features == columns.features:
        return RoleRows(test_manifest.uri(yard, release), len(columns.features))
    # Nearly always they are the same: to these, loading it would be part of their cold start.
    from yardmaster.intake.own_columns import fit

    if (size := sum(test.channels["test"].bytes for test in tests)) > MAX_BYTES:
        raise MeasurementError(
            f"the {role} takes its columns in an order of its own, for which {size / 1024**3:,.1f} GiB of test rows "
            f"would be copied; the limit is {MAX_BYTES / 1024**3:g} GiB: write a smaller evaluate.test_on"
        )
    manifest = f"{release.folder}tests-{release.attempt}-{role}.manifest"
    try:
        yard.bucket.head(manifest)
    except MissingObjectError:
        root = f"{release.folder}reordered/{release.attempt}/{role}/test/"
        positions = fit(model, columns).positions
        names = [_copy(yard, key, root, positions, columns) for key in test_manifest.input_keys(yard, release)]
        listed = json.dumps([{"prefix": yard.bucket.uri(root)}, *names])
        yard.bucket.write_once(manifest, listed.encode(), "application/json")
    return RoleRows(yard.bucket.uri(manifest), len(model.features))


def _copy(yard: Yard, key: str, root: str, positions: tuple[int, ...], columns: Columns) -> str:
    """Copy one object; return its name, by which its scores are found later."""
    from yardmaster.intake.reordered import reordered

    name = key.rsplit("/", 1)[-1]
    upload = yard.bucket.upload(f"{root}{name}")
    try:
        for lines in reordered(yard.bucket.stream(key), positions, len(columns.features), key):
            upload.write(lines)
        upload.complete()
    finally:
        upload.abort()
    return name
