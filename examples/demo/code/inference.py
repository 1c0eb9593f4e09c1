"""What a team elsewhere serves its model with: it looks each departure time up in the timetable that it knew."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

Model = tuple[xgb.Booster, dict[str, Any]]


def model_fn(model_dir: str) -> Model:
    """Load the booster, and what it wants to know of each departure time."""
    booster = xgb.Booster(model_file=str(Path(model_dir) / "model.ubj"))
    booster.set_param({"nthread": 1})
    return booster, json.loads((Path(model_dir) / "timetable.json").read_text())


def input_fn(body: str, content_type: str) -> list[list[str]]:
    """Read CSV rows."""
    return [line.split(",") for line in body.strip().split("\n")]


def predict_fn(rows: list[list[str]], model: Model) -> list[float]:
    """Score rows; how busy a departure time is comes from the timetable."""
    booster, timetable = model
    column, flights = timetable["column"], timetable["flights"]
    features = [[*(float(cell or "nan") for cell in row), flights[row[column]]] for row in rows]
    return [float(score) for score in booster.inplace_predict(np.array(features))]


def output_fn(scores: list[float], accept: str) -> tuple[str, str]:
    """Write one score a line."""
    return "".join(f"{score}\n" for score in scores), "text/csv"
