"""Reads the rows of a request: CSV, JSON or JSON lines, dense or sparse.

Source: docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html, "Common Request Formats for All Algorithms".
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.container_errors import MediaTypeError, ShapeError
from local_aws.sagemaker.executors.csv_text import Matrix, UnreadableError, parse_csv
from local_aws.sagemaker.executors.first_party.channels import CSV, RECORDIO, label_size

JSON, JSON_LINES = "application/json", "application/jsonlines"


def rows(body: bytes, content_type: str | None, features: int) -> Matrix:
    """Read the rows of a request's body, each with so many features.

    Raises:
        MediaTypeError: The content type is not known.
        ShapeError: The body is not of this type, or its rows don't fit the model.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    match kind:
        case "text/csv":
            table = _of_csv(body, content_type or "")
        case "application/json":
            table = _of_instances(_instances(body), features)
        case "application/jsonlines":
            table = _of_instances([_parsed(line) for line in body.splitlines() if line.strip()], features)
        case "application/x-recordio-protobuf":
            raise MediaTypeError(f"{RECORDIO} is not available on local AWS: use {CSV}, {JSON} or {JSON_LINES}")
        case _:
            raise MediaTypeError(f"content-type {content_type or ''} not supported")
    if table.shape[1] != features:
        raise ShapeError(f"rows have {table.shape[1]} features, the model has {features}")
    if not np.isfinite(table).all():
        raise ShapeError("a feature is missing or not finite")
    return table


def _of_csv(body: bytes, content_type: str) -> Matrix:
    try:
        return parse_csv(body.strip().decode("utf-8"))[:, label_size(content_type, 0) :]
    except UnicodeDecodeError:
        raise ShapeError("not UTF-8 text") from None
    except (UnreadableError, ValueError) as error:
        raise ShapeError(str(error)) from None


def _instances(body: bytes) -> Sequence[Any]:
    content = _parsed(body)
    instances = content.get("instances") if isinstance(content, dict) else None
    if not isinstance(instances, list) or not instances:
        raise ShapeError('JSON is expected to be {"instances": [{"features": [...]}, ...]}')
    return instances


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ShapeError("not JSON") from None


def _of_instances(instances: Sequence[Any], features: int) -> Matrix:
    if not instances:
        raise ShapeError("there are no rows")
    vectors = [_vector(instance, features) for instance in instances]
    if len({len(vector) for vector in vectors}) > 1:
        raise ShapeError("rows have different numbers of features")
    return np.array(vectors, np.float32)


def _vector(instance: Any, features: int) -> list[float]:
    """Read {"features": [...]}, or {"data": {"features": {"values": [...]}}} with or without keys and shape."""
    try:
        inner = instance["data"]["features"] if "data" in instance else instance["features"]
        values = inner["values"] if isinstance(inner, dict) else inner
        dense = [float(value) for value in values]
        if not isinstance(inner, dict) or not inner.get("keys"):
            return dense
        size = int(inner.get("shape", [features])[0])
        if size != features:  # before so many zeros are made
            raise ShapeError(f"rows have {size} features, the model has {features}")
        return _spread(dense, inner["keys"], size)
    except (TypeError, KeyError, ValueError, IndexError):
        raise ShapeError('a row is expected to be {"features": [...]} with numbers') from None


def _spread(values: list[float], keys: Sequence[Any], size: int) -> list[float]:
    """Put sparse values at their places."""
    places = [int(key) for key in keys]
    if len(places) != len(values) or min(places) < 0:
        raise ValueError("keys")
    vector = [0.0] * size
    for place, value in zip(places, values, strict=True):
        vector[place] = value
    return vector
