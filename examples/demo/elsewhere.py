"""A model that another team trained: better offline, and its own code knows no departure time but the winter's."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import xgboost as xgb

from examples.demo import flights
from examples.demo.stage import Stage
from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.csv_text import parse_csv
from yardmaster.intake.columns import Columns
from yardmaster.intake.encode import Encoder
from yardmaster.intake.source import Meter, SourceFile
from yardmaster.intake.table import open_table

CODE = Path(__file__).with_name("code") / "inference.py"
LOOKED_UP = "sched_dep_time"
ROUNDS = 80
SETTINGS = {
    "objective": "binary:logistic",
    "max_depth": 4,
    "eta": 0.15,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "seed": 1,
    "nthread": 1,  # the other processor serves
}
SUMMER = "7"
"""July: 5 % of its flights leave at a time at which none left in January or February."""


def columns_of(stage: Stage) -> Columns:
    """Return the encoding that the first release froze."""
    [key] = [key for key in stage.keys(f"{flights.MODEL}/releases/0001-") if key.endswith("/columns.json")]
    return Columns.from_json(stage.read(key))


def archive(stage: Stage, columns: Columns) -> bytes:
    """Train on the rows of January and February; return a model.tar.gz with its inference code.

    The timetable has every departure time of both months, so that no test row of theirs is unknown to it.
    """
    column = columns.features.index(LOOKED_UP)
    train = _channel(stage, "train")
    timetable = Counter(_times(train + _channel(stage, "validation") + _channel(stage, "test"), column))
    numbers = np.asarray(parse_csv(train))
    busy = np.array([timetable[time] for time in _times(train, column)])
    features = np.column_stack([numbers[:, 1:], busy])
    booster = xgb.train(SETTINGS, xgb.DMatrix(features, label=numbers[:, 0]), ROUNDS)
    known = {"column": column, "flights": timetable}
    return artifacts.pack(
        {
            "model.ubj": bytes(booster.save_raw("ubj")),
            "timetable.json": json.dumps(known).encode(),
            "code/inference.py": CODE.read_bytes(),
        }
    )


def summer(columns: Columns, folder: Path, count: int) -> list[bytes]:
    """Return some flights of July as the endpoint takes them: encoded, without the label."""
    path = folder / "2013-07.csv"
    flights.write(path, flights.months(SUMMER)[0])
    source = SourceFile(path.name, lambda: iter([path.read_bytes()]), path.stat().st_size)
    table = open_table(source, Meter([source]), delimiter="auto", header=columns.header)
    found = [row for encoded in Encoder(columns).encode(table) for row in encoded.rows] if table else []
    # The file goes by day: every so many rows show the whole month.
    return [row.partition(b",")[2] for row in found[:: max(len(found) // count, 1)]]


def _times(rows: str, column: int) -> list[str]:
    """Return the departure time of each row; the label stands before the features."""
    return [row.split(",", column + 2)[column + 1] for row in rows.splitlines()]


def _channel(stage: Stage, channel: str) -> str:
    """Return a channel's rows of both months, the label first."""
    keys = [
        key
        for month in ("0001-", "0002-")
        for key in stage.keys(f"{flights.MODEL}/releases/{month}")
        if f"/channels/{channel}/" in key
    ]
    return "".join(stage.read(key).decode() for key in keys)
