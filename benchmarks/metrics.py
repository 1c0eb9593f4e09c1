"""P6 of the performance goals: exact binary metrics from `label,score` lines, against scikit-learn.

    python benchmarks/metrics.py [--rows 1000000] [--runs 3]

Both sides read the same bytes and compute confusion matrix, accuracy, precision, recall, f1, AUC, average precision and
log loss. The other side reads with pandas if that is installed, else with numpy; the output says which. Times are CPU
seconds of this process, medians of interleaved runs: the machine drifts, so only ratios count. Prints one JSON object.
"""

import argparse
import importlib.util
import io
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import metrics as oracle

from yardmaster.rules.metrics import Problem, measure, parse_scores

GOALS = {"times_sklearn": 0.5, "digits": 10}
CHUNK = 1 << 18
Figures = dict[str, float]


def main() -> None:
    """Measure, and print the figures beside the goals."""
    parser = argparse.ArgumentParser(description="Exact metrics in pure Python against scikit-learn")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    content = lines(options.rows)
    reader = "pandas" if importlib.util.find_spec("pandas") else "numpy"
    ours_seconds, theirs_seconds = [], []
    for _ in range(options.runs):
        ours, seconds = timed(lambda: pure_python(content))
        ours_seconds.append(seconds)
        theirs, seconds = timed(lambda: scikit_learn(content, reader))
        theirs_seconds.append(seconds)
    result = {
        "benchmark": "metrics",
        "rows": options.rows,
        "against": f"scikit-learn with {reader}",
        "seconds": statistics.median(ours_seconds),
        "sklearn_seconds": statistics.median(theirs_seconds),
        "times_sklearn": statistics.median(ours_seconds) / statistics.median(theirs_seconds),
        "largest_relative_difference": max(abs(ours[name] - theirs[name]) / theirs[name] for name in theirs),
        "goals": GOALS,
    }
    print(json.dumps(result))


def lines(rows: int) -> bytes:
    """Return `label,score` lines as XGBoost writes them: nine digits, a quarter positive, few ties."""
    source = np.random.default_rng(1)
    labels = source.random(rows) < 0.25
    scores = 1 / (1 + np.exp(-(1.2 * labels - 1 + source.normal(size=rows))))
    return "".join(f"{label:d},{score:.9g}\n" for label, score in zip(labels, scores, strict=True)).encode()


def timed(work: Callable[[], Figures]) -> tuple[Figures, float]:
    """Return what the work found, and its CPU seconds."""
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def pure_python(content: bytes) -> Figures:
    """Measure with Yardmaster's rules."""
    scored = measure(Problem.BINARY, parse_scores(chunks(content), 1))
    return {name: value for name, value in scored.metrics.values.items() if value is not None}


def chunks(content: bytes) -> Iterator[bytes]:
    """Yield the content as a download would."""
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def scikit_learn(content: bytes, reader: str) -> Figures:
    """Measure with scikit-learn."""
    labels, scores = read(content, reader)
    said = scores >= 0.5
    oracle.confusion_matrix(labels, said)
    return {
        "accuracy": float(oracle.accuracy_score(labels, said)),
        "precision": float(oracle.precision_score(labels, said)),
        "recall": float(oracle.recall_score(labels, said)),
        "f1": float(oracle.f1_score(labels, said)),
        "auc": float(oracle.roc_auc_score(labels, scores)),
        "pr_auc": float(oracle.average_precision_score(labels, scores)),
        "log_loss": float(oracle.log_loss(labels, scores)),
    }


def read(content: bytes, reader: str) -> tuple[Any, Any]:
    """Return labels and scores, by pandas' CSV reader or numpy's."""
    if reader == "pandas":
        pandas = importlib.import_module("pandas")
        frame = pandas.read_csv(io.BytesIO(content), header=None)
        return frame[0].to_numpy(), frame[1].to_numpy()
    table = np.loadtxt(io.BytesIO(content), delimiter=",")
    return table[:, 0].astype(int), table[:, 1]


if __name__ == "__main__":
    main()
