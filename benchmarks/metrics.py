"""P6 of the performance goals: exact binary metrics from `label,score` lines, against scikit-learn.

    python -m benchmarks.metrics [--full]

Each contender reads the same file and computes confusion matrix, accuracy, precision, recall, f1, AUC, average
precision and log loss, in a process of its own: imports, time and memory are what a function would pay. Times are CPU
seconds, medians of interleaved runs: the machine drifts, so only ratios count. `inside` are the seconds without the
imports. scikit-learn is given its file by pandas if that is installed, and by numpy; the better of the two counts.

The quick form takes half a minute and measures numpy at 2 million rows; `--full` at 10 million, in some minutes.
Peak memory is read from /proc: Linux only. Prints one JSON object.
"""

import argparse
import importlib.util
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.goals import measured

ROWS = 1_000_000
MANY = {False: 2_000_000, True: 10_000_000}
"""Rows for the standard library, and for numpy in the quick and in the full form."""
RUNS = {False: 2, True: 3}
CHUNK = 1 << 18
PEERS = ("sklearn_pandas", "sklearn_numpy")
Figures = dict[str, float]


def main() -> None:
    """Measure, and print the figures beside the goals."""
    parser = argparse.ArgumentParser(description="Exact metrics against scikit-learn")
    parser.add_argument("--full", action="store_true", help="numpy at ten million rows")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        print(json.dumps(alone(options.contender, options.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), full=options.full), indent=1))


def measure(folder: Path, *, full: bool) -> dict[str, Any]:
    """Return all figures."""
    peers = [peer for peer in PEERS if peer != "sklearn_pandas" or importlib.util.find_spec("pandas")]
    few = compare(write_lines(folder / "few.csv", ROWS), ["stdlib", *peers], RUNS[full])
    # One run of scikit-learn is enough for the quick form: it is several times as slow as we are.
    many = compare(write_lines(folder / "many.csv", MANY[full]), ["numpy", *peers], RUNS[full] if full else 1)
    skipped = [] if "sklearn_pandas" in peers else ["P6: SKIPPED sklearn with pandas, which is not installed."]
    return {
        "goals": [
            measured("metrics.time", ratio(few, "stdlib", "seconds"), took(few, "seconds")),
            measured("metrics.numpy_time", ratio(many, "numpy", "seconds"), took(many, "seconds")),
            measured("metrics.numpy_memory", ratio(many, "numpy", "peak_mib"), took(many, "peak_mib")),
            measured("metrics.digits", min(digits(few, "stdlib"), digits(many, "numpy"))),
        ],
        "notes": [
            f"P6: whole processes, imports included; stdlib at {ROWS:,} rows (without the imports "
            f"{ratio(few, 'stdlib', 'inside')} × sklearn), numpy at {MANY[full]:,} (--full: {MANY[True]:,}).",
            *skipped,
        ],
        f"{ROWS} rows": few,
        f"{MANY[full]} rows": many,
    }


def compare(path: Path, contenders: list[str], runs: int) -> dict[str, dict[str, Any]]:
    """Run A B C A B C …; return for each the medians, and its figures."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name in contenders:
            command = [sys.executable, "-m", "benchmarks.metrics", "--contender", name, "--file", str(path)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
            answers[name].append(json.loads(done.stdout))
    return {
        name: {key: statistics.median(run[key] for run in found) for key in ("seconds", "inside", "peak_mib")}
        | {"figures": found[0]["figures"]}
        for name, found in answers.items()
    }


def ratio(found: dict[str, dict[str, Any]], name: str, key: str) -> float:
    """Return what a contender took as a multiple of the better peer."""
    best = min(found[peer][key] for peer in PEERS if peer in found)
    return round(float(found[name][key] / best), 3)


def took(found: dict[str, dict[str, Any]], key: str) -> str:
    """Return what each contender took, in words."""
    unit = " MiB" if key == "peak_mib" else " s"
    return ", ".join(f"{name} {one[key]:.3g}{unit}" for name, one in found.items())


def digits(found: dict[str, dict[str, Any]], name: str) -> float:
    """Return how many digits of all figures agree with every peer's."""
    ours = found[name]["figures"]
    off = max(
        abs(ours[figure] - value) / value
        for peer in PEERS
        if peer in found
        for figure, value in found[peer]["figures"].items()
    )
    return math.floor(-math.log10(off)) if off else 16


def write_lines(path: Path, rows: int) -> Path:
    """Write `label,score` lines as XGBoost does: nine digits, a quarter positive, few ties."""
    import numpy as np

    source = np.random.default_rng(1)
    with path.open("w") as file:
        for _ in range(0, rows, ROWS):
            labels = source.random(ROWS) < 0.25
            scores = 1 / (1 + np.exp(-(1.2 * labels - 1 + source.normal(size=ROWS))))
            file.writelines(f"{label:d},{score:.9g}\n" for label, score in zip(labels, scores, strict=True))
    return path


def alone(contender: str, path: Path) -> dict[str, Any]:
    """Run one contender; return its figures, its CPU seconds, and this process's peak memory."""
    work = CONTENDERS[contender]()
    begin = time.process_time()
    figures = work(path)
    end = time.process_time()
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    return {"figures": figures, "seconds": end, "inside": end - begin, "peak_mib": peak}


def ours(*, with_numpy: bool) -> Callable[[Path], Figures]:
    """Import Yardmaster's rules; return the work, by the standard library or as a function does it."""
    from yardmaster.rules import columns
    from yardmaster.rules.metrics import Problem, measure, parse_scores

    if not with_numpy:
        columns.NUMPY_ROWS = sys.maxsize

    def work(path: Path) -> Figures:
        found = measure(Problem.BINARY, parse_scores(blocks(path), 1)).metrics.values
        return {name: value for name, value in found.items() if value is not None}

    return work


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the file as a download would."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(CHUNK):
            yield block


def scikit_learn(read: Callable[[Path], tuple[Any, Any]]) -> Callable[[Path], Figures]:
    """Import scikit-learn; return the work."""
    from sklearn import metrics as oracle

    def work(path: Path) -> Figures:
        labels, scores = read(path)
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

    return work


def with_pandas() -> Callable[[Path], Figures]:
    """Let pandas read the file."""
    pandas = importlib.import_module("pandas")

    def read(path: Path) -> tuple[Any, Any]:
        frame = pandas.read_csv(path, header=None)
        return frame[0].to_numpy(), frame[1].to_numpy()

    return scikit_learn(read)


def with_numpy() -> Callable[[Path], Figures]:
    """Let numpy read the file."""
    import numpy as np

    def read(path: Path) -> tuple[Any, Any]:
        table = np.loadtxt(path, delimiter=",")
        return table[:, 0].astype(int), table[:, 1]

    return scikit_learn(read)


CONTENDERS: dict[str, Callable[[], Callable[[Path], Figures]]] = {
    "stdlib": lambda: ours(with_numpy=False),
    "numpy": lambda: ours(with_numpy=True),
    "sklearn_pandas": with_pandas,
    "sklearn_numpy": with_numpy,
}
"""Each imports what it needs, and returns the work."""


if __name__ == "__main__":
    main()
