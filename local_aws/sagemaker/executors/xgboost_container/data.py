"""Reads what the container reads: CSV with the label first and no header, and libsvm, from files or request bodies.

Messages name file, row and column, never a value: failure reasons travel in events and mails.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.csv_text import DELIMITERS, Matrix, UnreadableError, parse_csv

logger = logging.getLogger(__name__)

CSV, LIBSVM = "csv", "libsvm"
CONTENT_TYPES = {
    "csv": CSV,
    "text/csv": CSV,
    "libsvm": LIBSVM,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
}
NOT_HERE = {"parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf"}
MAX_FOLDER_DEPTH = 3
"""Of the channel's own folder and those below it; the container's own number."""


@dataclass(frozen=True)
class Table:
    """Labels, features and optional weights of one channel."""

    labels: Matrix
    features: "Matrix | csr_matrix"
    weights: Matrix | None


def content_type(value: str | None) -> str:
    """Give `csv` or `libsvm` for a content type; nothing given means libsvm, which surprises people.

    Raises:
        UserError: another content type, or a label_size other than 1.
    """
    if value is None:
        return LIBSVM
    kind, *parameters = (part.strip() for part in value.lower().split(";"))
    if kind in NOT_HERE:
        raise UserError(f"{value} is not available on local AWS: use text/csv or text/libsvm")
    if kind not in CONTENT_TYPES:
        raise UserError(f"{value} is not an accepted ContentType: {', '.join([*CONTENT_TYPES, *sorted(NOT_HERE)])}.")
    label_sizes = [p.partition("=")[2].strip() for p in parameters if p.partition("=")[0].strip() == "label_size"]
    if CONTENT_TYPES[kind] == CSV and label_sizes and label_sizes != ["1"]:
        raise UserError(f"{value} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1")
    return CONTENT_TYPES[kind]


def kind_of(channel: Mapping[str, Any]) -> str:
    """Give `csv` or `libsvm` for a channel of inputdataconfig.json.

    Raises:
        UserError: as `content_type`, or libsvm from a pipe, which the container does not read
            (aws/sagemaker-xgboost-container, data_utils.py).
    """
    kind = content_type(channel.get("ContentType"))
    if kind == LIBSVM and channel["TrainingInputMode"] == "Pipe":
        raise UserError("Pipe mode not supported for LibSVM.")
    return kind


def read_channel(directory: Path, kind: str, *, weighted: bool) -> Table | None:
    """Read all files of a channel into one table, in the order of their names; None when there is no data.

    Files whose names begin with `.` or `_` are left out, as the container does; and those that lie more than two
    folders deep, of which AWS's log has a warning.

    Raises:
        UserError: a file can't be read, or the files disagree in width.
    """
    files = [path for path in sorted(directory.rglob("*")) if path.is_file() and not path.name.startswith((".", "_"))]
    files = [path for path in files if path.stat().st_size > 0]
    if deep := [path for path in files if len(path.relative_to(directory).parents) > MAX_FOLDER_DEPTH]:
        logger.warning("%s has folders deeper than %d: %d files are not read", directory, MAX_FOLDER_DEPTH, len(deep))
        files = [path for path in files if path not in deep]
    if not files:
        return None
    return _read_csv_files(files, weighted=weighted) if kind == CSV else _read_libsvm_files(files)


def to_dmatrix(table: Table, threads: int) -> xgb.DMatrix:
    """Build XGBoost's matrix; empty cells are missing values."""
    return xgb.DMatrix(table.features, label=table.labels, weight=table.weights, nthread=threads)


def parse_libsvm(text: str) -> tuple[Matrix, csr_matrix, Matrix | None]:
    """Parse `label[:weight] index:value …` lines into labels, features and weights; indices count from 0.

    Raises:
        UnreadableError: a line is not libsvm.
    """
    labels: list[float] = []
    weights: list[float] = []
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for number, line in enumerate(text.splitlines()):
        try:
            label, *pairs = line.split()
            label, _, weight = label.partition(":")
            labels.append(float(label))
            weights.append(float(weight or 1))
            columns.extend(int(pair.partition(":")[0]) for pair in pairs)
            values.extend(float(pair.partition(":")[2]) for pair in pairs)
        except ValueError:
            raise UnreadableError(f"line {number} is not '<label>(:<weight>) <index>:<value> …'") from None
        starts.append(len(values))
    if columns and min(columns) < 0:
        raise UnreadableError("an index is negative")
    features = csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), np.array(starts, np.int32)))
    weighted = any(weight != 1 for weight in weights)
    return np.array(labels, np.float32), features, np.array(weights, np.float32) if weighted else None


def _read_csv_files(files: list[Path], *, weighted: bool) -> Table:
    tables = [_read_csv_file(path) for path in files]
    if len({table.shape[1] for table in tables}) > 1:
        widths = ", ".join(f"{path.name}: {table.shape[1]}" for path, table in zip(files, tables, strict=True))
        raise UserError(f"Failed to load csv data with exception:\nfiles have different numbers of columns: {widths}")
    table = np.concatenate(tables)
    first = 2 if weighted else 1
    if table.shape[1] <= first:
        raise UserError(f"Failed to load csv data with exception:\n{files[0].name} has no feature column")
    if np.isnan(table[:, 0]).any():
        raise UserError("Failed to load csv data with exception:\nthe label, the first column, is empty in some rows")
    return Table(table[:, 0], table[:, first:], table[:, 1] if weighted else None)


def _read_csv_file(path: Path) -> Matrix:
    text = _text(path)
    first_line = text.partition("\n")[0]
    if not any(delimiter in first_line for delimiter in DELIMITERS):
        raise UserError(f"Could not determine delimiter on the first line of file '{path.name}'")
    try:
        return parse_csv(text)
    except UnreadableError as error:
        if "not a number in row 1," in str(error):
            raise UserError(
                f"Non-numeric value found in the header line of file '{path.name}'. CSV format require no header line "
                "in it. If header line is already removed, XGBoost does not accept non-numeric value in the data."
            ) from None
        raise UserError(f"Failed to load csv data with exception:\nfile '{path.name}': {error}") from None


def _read_libsvm_files(files: list[Path]) -> Table:
    try:
        labels, features, weights = parse_libsvm("\n".join(_text(path).strip("\n") for path in files))
    except UnreadableError as error:
        raise UserError(
            f"File '{files[0].name}' or another one is not 'LIBSVM' format: {error}. Please ensure the files are in "
            "'LIBSVM' format, or give the channel's ContentType, text/csv: libsvm is the default."
        ) from None
    return Table(labels, features, weights)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"Failed to load data: file '{path.name}' is not UTF-8 text; is it compressed?") from None
