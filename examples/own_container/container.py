"""Logistic regression as a container of one's own: `container.py train` and `container.py serve`, plain Python.

The contract is SageMaker's: data, hyperparameters and model are below /opt/ml (elsewhere on local AWS, which says where
by SAGEMAKER_BASE_DIR), a failure's reason goes to output/failure, and a model answers /ping and /invocations on port
8080 (SAGEMAKER_BIND_TO_PORT).
"""

import json
import math
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
MODEL = BASE / "model" / "model.json"

Row = list[float]
Model = dict[str, Any]


def train() -> None:
    """Fit by gradient descent, and leave the model where SageMaker takes it from."""
    # Hyperparameters are text; what was a list or a number in the spec is JSON.
    given = {name: _value(text) for name, text in _config("hyperparameters").items()}
    rows = _channel("train")
    scale = [max(abs(row[column]) for row in rows) or 1.0 for column in range(1, len(rows[0]))]
    weights, bias = [0.0] * len(scale), 0.0
    for _ in range(given.get("epochs", 20)):
        for label, *features in rows:
            scaled = [value / most for value, most in zip(features, scale, strict=True)]
            error = _sigmoid(bias + _dot(weights, scaled)) - label
            bias -= given.get("rate", 0.1) * error
            decay = given.get("l2", [0.0])[0]
            weights = [
                weight - given.get("rate", 0.1) * (error * value + decay * weight)
                for weight, value in zip(weights, scaled, strict=True)
            ]
    model = {"weights": [weight / most for weight, most in zip(weights, scale, strict=True)], "bias": bias}
    MODEL.write_text(json.dumps(model))
    if "validation" in _config("inputdataconfig"):
        print(f"validation log_loss={_log_loss(model, _channel('validation')):.5f}", flush=True)


class Handler(BaseHTTPRequestHandler):
    """Answers SageMaker."""

    protocol_version = "HTTP/1.1"
    model: ClassVar[Model] = {}

    def do_GET(self) -> None:
        """Answer /ping: the model is loaded."""
        self._send(200 if self.path == "/ping" else 404, "")

    def do_POST(self) -> None:
        """Answer /invocations: rows of CSV, a score for each."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            rows = [_numbers(line) for line in body.splitlines() if line]
            self._send(200, "".join(f"{_score(self.model, row)}\n" for row in rows))
        except ValueError as error:
            self._send(400, f"not rows of {len(self.model['weights'])} numbers: {error}")

    def log_message(self, *_: object) -> None:
        """Leave requests out of the log."""

    def _send(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


def serve() -> None:
    """Load the model and answer until the container is ended."""
    Handler.model = json.loads(MODEL.read_text())
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    host = "127.0.0.1" if "SAGEMAKER_BIND_TO_PORT" in os.environ else "0.0.0.0"  # noqa: S104  # inside a container
    ThreadingHTTPServer((host, port), Handler).serve_forever()


def _score(model: Model, row: Row) -> float:
    return _sigmoid(model["bias"] + _dot(model["weights"], row))


def _log_loss(model: Model, rows: list[Row]) -> float:
    likely = [_score(model, row[1:]) if row[0] else 1 - _score(model, row[1:]) for row in rows]
    return -sum(math.log(max(one, 1e-12)) for one in likely) / len(rows)


def _dot(weights: Row, row: Row) -> float:
    return sum(weight * value for weight, value in zip(weights, row, strict=True))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(min(value, 30.0), -30.0)))


def _channel(name: str) -> list[Row]:
    files = sorted((BASE / "input/data" / name).iterdir())
    return [_numbers(line) for path in files for line in path.read_text().splitlines() if line]


def _numbers(line: str) -> Row:
    return [float(cell or 0) for cell in line.split(",")]


def _config(name: str) -> Model:
    return dict(json.loads((BASE / f"input/config/{name}.json").read_text()))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    try:
        {"train": train, "serve": serve}[sys.argv[1]]()
    except Exception as error:
        (BASE / "output").mkdir(exist_ok=True)
        (BASE / "output" / "failure").write_text(f"{type(error).__name__}: {error}")
        traceback.print_exc()
        sys.exit(1)
