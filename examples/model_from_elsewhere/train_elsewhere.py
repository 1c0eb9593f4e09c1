"""Trains a model where Yardmaster knows nothing of it: `python train_elsewhere.py DATA.csv MODEL model.tar.gz`.

All that it takes from the stack is `columns.json` of the model's first release: the order of the features, and the
levels of those that are words. A model that takes them in another order brings its own (`drop --columns`).
"""

import csv
import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import xgboost as xgb

ROUNDS = 60
SETTINGS = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.1, "subsample": 0.8, "seed": 1, "nthread": 1}


def main(data: Path, model: str, archive: Path) -> None:
    """Train on a file and write the archive."""
    columns = columns_of(model)
    with data.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    label = next(column["name"] for column in columns["columns"] if column["role"] == "label")
    labels = [columns["classes"].index(row[label]) for row in rows]
    features = np.array([encoded(row, columns) for row in rows])
    pack(xgb.train(SETTINGS, xgb.DMatrix(features, label=labels), ROUNDS), archive)
    print(f"{archive}: trained on {len(rows):,} rows with {features.shape[1]} features")


def columns_of(model: str) -> dict[str, Any]:
    """Return the columns that the model's first release froze."""
    stack = os.environ.get("YARDMASTER_STACK", "yardmaster")
    parameter = boto3.client("ssm").get_parameter(Name=f"/yardmaster/{stack}")["Parameter"]["Value"]
    s3, bucket = boto3.client("s3"), json.loads(parameter)["bucket"]
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=f"{model}/releases/")["Contents"]]
    key = next(key for key in keys if key.endswith("/columns.json"))
    found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return found


def encoded(row: dict[str, str], columns: dict[str, Any]) -> list[float]:
    """Return a row's features in the order of columns.json: numbers as they are, a column for each level of words."""
    cells: list[float] = []
    for column in columns["columns"]:
        cell = row[column["name"]]
        if column["role"] == "numeric":
            cells.append(float(cell))
        elif column["role"] == "categorical":
            cells += [float(cell == level) for level in column["levels"]]
    return cells


def pack(booster: xgb.Booster, archive: Path) -> None:
    """Write the archive as SageMaker's container reads it: the model's file at its top."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive, "w:gz") as tar:
        path = Path(folder) / "xgboost-model"
        path.write_bytes(bytes(booster.save_raw("ubj")))
        tar.add(path, arcname=path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
