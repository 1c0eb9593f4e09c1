"""Reads a training job's channels: which there may be, and rows of CSV with or without a label in front."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.csv_text import Matrix, UnreadableError, parse_csv

CSV, RECORDIO = "text/csv", "application/x-recordio-protobuf"
_CONFIGURATION = "Unable to initialize the algorithm. Failed to validate input data configuration. " + (
    "(caused by ValidationError)\n\nCaused by: "
)


@dataclass(frozen=True)
class Table:
    """A channel's rows: `features` is (rows, features); `labels` (rows,), or None where rows have none."""

    features: Matrix
    labels: Matrix | None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.features)


def read(base_dir: Path, config: Mapping[str, Any], allowed: tuple[str, ...], *, labelled: bool) -> dict[str, Table]:
    """Read all channels.

    Args:
        base_dir: The directory laid out like /opt/ml.
        config: inputdataconfig.json.
        allowed: The channels that the algorithm knows; `train` must be there.
        labelled: Whether the algorithm learns from labels.

    Raises:
        UserError: A channel is missing, unknown, of another content type, or its data can't be used.
    """
    if "train" not in config:
        raise UserError(f"{_CONFIGURATION}'train' is a required property")
    if unknown := [name for name in config if name not in allowed]:
        verb = "was" if len(unknown) == 1 else "were"
        names = ", ".join(repr(name) for name in unknown)
        raise UserError(f"{_CONFIGURATION}Additional properties are not allowed ({names} {verb} unexpected)")
    return {
        name: _read_channel(base_dir / "input/data" / name, name, config[name].get("ContentType"), labelled=labelled)
        for name in allowed
        if name in config
    }


def label_size(content_type: str, default: int) -> int:
    """Give the number of label columns of `text/csv;label_size=…`.

    Raises:
        ValueError: It is not 0 or 1.
    """
    _, *parameters = (part.strip() for part in content_type.lower().split(";"))
    given = [value.strip() for name, _, value in (each.partition("=") for each in parameters) if name == "label_size"]
    if not given:
        return default
    if given[-1] not in ("0", "1"):
        raise ValueError(f"label_size must be 0 or 1 on local AWS: {content_type}")
    return int(given[-1])


def _read_channel(directory: Path, channel: str, content_type: str | None, *, labelled: bool) -> Table:
    size = _label_size_of(channel, content_type)
    if labelled and size == 0:
        raise UserError(f"Channel '{channel}' has no labels (label_size=0), from which this algorithm learns")
    files = [path for path in sorted(directory.rglob("*")) if path.is_file() and path.stat().st_size > 0]
    if not files:
        raise UserError(f"No data in channel '{channel}': its files are empty")
    tables = [_read_file(path, channel) for path in files]
    if len({table.shape[1] for table in tables}) > 1:
        widths = ", ".join(f"{path.name}: {table.shape[1]}" for path, table in zip(files, tables, strict=True))
        raise _unreadable(channel, f"files have different numbers of columns: {widths}")
    table = np.concatenate(tables)
    _check_finite(table, channel)
    return Table(table[:, size:], table[:, 0] if size else None)


def _label_size_of(channel: str, content_type: str | None) -> int:
    kind = (content_type or RECORDIO).partition(";")[0].strip().lower()
    if kind == RECORDIO:
        given = "" if content_type else ", which is what no content type means,"
        raise UserError(f"Channel '{channel}': {RECORDIO}{given} is not available on local AWS: use {CSV}")
    if kind != CSV:
        raise UserError(f"No iterator has been registered for ContentType ('{kind}', '1.0')")
    try:
        return label_size(content_type or "", 1)
    except ValueError as error:
        raise UserError(f"Channel '{channel}': {error}") from None


def _read_file(path: Path, channel: str) -> Matrix:
    try:
        return parse_csv(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise _unreadable(channel, f"file '{path.name}' is not UTF-8 text") from None
    except UnreadableError as error:
        hint = "; the data must have no header" if "in row 1," in str(error) else ""
        raise _unreadable(channel, f"file '{path.name}': {error}{hint}") from None


def _unreadable(channel: str, cause: str) -> UserError:
    return UserError(
        f"Unable to read data channel '{channel}'. Requested content-type is '{CSV}'. Please verify the data matches "
        f"the requested content-type. (caused by MXNetError)\n\nCaused by: {cause}"
    )


def _check_finite(table: Matrix, channel: str) -> None:
    if np.isnan(table).any():
        raise UserError(
            f"Unable to read data channel '{channel}'. Found missing (NaN) values. "
            "Please remove any missing (NaN) values in the input data. (caused by MXNetError)"
        )
    if np.isinf(table).any():
        raise UserError(
            f"Unable to read data channel '{channel}'. Found infinite floating point values. "
            "Please remove any infinite floating point values in the input data. (caused by MXNetError)"
        )
