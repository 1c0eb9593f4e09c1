"""A random forest in script mode: trains when it is run, and serves by the four functions below.

SageMaker tells where things are by SM_… variables, and hyperparameters as arguments. The rows are encoded: numbers
without a header, the label first where it is known, an empty cell where a value is missing.
"""

import argparse
import io
import os
import pickle
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline

MODEL = "model.pickle"


def train() -> None:
    """Fit, tell how good it is on the validation rows, and leave the model where SageMaker takes it from."""
    given = _arguments()
    model = make_pipeline(
        SimpleImputer(),
        RandomForestClassifier(given.n_estimators, max_depth=given.max_depth, random_state=0),
    )
    rows = _read(Path(os.environ["SM_CHANNEL_TRAIN"]))
    model.fit(rows[:, 1:], rows[:, 0])
    if (channel := os.environ.get("SM_CHANNEL_VALIDATION")) is not None:
        rows = _read(Path(channel))
        print(f"validation auc={roc_auc_score(rows[:, 0], model.predict_proba(rows[:, 1:])[:, 1]):.4f}")
    with open(Path(os.environ["SM_MODEL_DIR"]) / MODEL, "wb") as file:
        pickle.dump(model, file)


def model_fn(model_dir: str) -> Pipeline:
    """Load the model."""
    with open(Path(model_dir) / MODEL, "rb") as file:
        model: Pipeline = pickle.load(file)  # noqa: S301  # what this script itself has written
    return model


def input_fn(body: str, content_type: str) -> np.ndarray:
    """Read rows of CSV, one or many."""
    if content_type != "text/csv":
        raise ValueError(f"{content_type} is not read: send text/csv")
    return np.atleast_2d(np.genfromtxt(io.StringIO(body), delimiter=","))


def predict_fn(rows: np.ndarray, model: Pipeline) -> np.ndarray:
    """Return the probability of the positive class of each row."""
    scores: np.ndarray = model.predict_proba(rows)[:, 1]
    return scores


def output_fn(scores: np.ndarray, accept: str) -> tuple[str, str]:
    """Write a line for each row."""
    del accept  # Whatever is asked for, it is text/csv.
    return "".join(f"{score}\n" for score in scores), "text/csv"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-estimators", type=int, default=100)
    parser.add_argument("--max-depth", type=int, default=None)
    return parser.parse_args()


def _read(channel: Path) -> np.ndarray:
    return np.vstack([np.genfromtxt(path, delimiter=",") for path in sorted(channel.iterdir())])


if __name__ == "__main__":
    train()
