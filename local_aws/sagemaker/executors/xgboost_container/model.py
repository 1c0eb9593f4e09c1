"""Answers requests as the container does: parse, predict, encode, each with its own status.

Source: algorithm_mode/serve.py and serve_utils.py of aws/sagemaker-xgboost-container.
"""

import json
import pickle
from pathlib import Path

import numpy as np
import xgboost as xgb
from scipy.sparse import csr_matrix

from local_aws.sagemaker.executors import csv_text
from local_aws.sagemaker.executors.answering import Response
from local_aws.sagemaker.executors.container_errors import (
    AcceptError,
    MediaTypeError,
    ShapeError,
    UserError,
)
from local_aws.sagemaker.executors.xgboost_container import data

ACCEPTS = ("text/csv", "application/json")


class Model:
    """A loaded booster. Safe from many threads: XGBoost's prediction is, since 1.4."""

    def __init__(self, model_dir: Path, *, batch: bool) -> None:
        """Load the first file of the directory; `batch` is SAGEMAKER_BATCH: one line for each prediction.

        Raises:
            FileNotFoundError: the artifact has no file.
            xgboost.core.XGBoostError: it is not a booster.
        """
        files = sorted(path for path in model_dir.iterdir() if path.is_file())
        if not files:
            raise FileNotFoundError("the model artifact has no file")
        self._booster = _load(files[0])
        self._booster.set_param({"nthread": 1})
        self._features = self._booster.num_features()
        self._has_trees = '"gblinear"' not in self._booster.save_config()
        self._batch = batch

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request."""
        if not body:
            return Response(204, b"")
        try:
            predictions = self._predict(_parse(body, content_type), content_type)
            return self._encode(predictions.tolist(), accept)
        except MediaTypeError as error:
            return Response(415, str(error).encode())
        except ShapeError as error:
            return Response(400, f"Unable to evaluate payload provided: {error}".encode())
        except AcceptError as error:
            return Response(406, str(error).encode())

    def _predict(self, features: "csv_text.Matrix | csr_matrix", content_type: str | None) -> csv_text.Matrix:
        given, kind = features.shape[1], data.content_type(content_type)
        if kind == data.LIBSVM and given > self._features:
            raise ShapeError(
                f"Feature size of libsvm inference data {given} is larger than feature size of trained model "
                f"{self._features}."
            )
        # The container lets one column fewer pass (a relic of libsvm's counting); a lost column is refused here.
        if kind == data.CSV and given != self._features:
            raise ShapeError(
                f"Feature size of csv inference data {given} is not consistent with feature size of trained model "
                f"{self._features}."
            )
        if kind == data.CSV and self._has_trees:  # half the time of a DMatrix, for the one row of most requests
            return np.asarray(self._booster.inplace_predict(features, validate_features=False))
        matrix = xgb.DMatrix(features, nthread=1)
        return np.asarray(self._booster.predict(matrix, validate_features=False))

    def _encode(self, predictions: list[float] | list[list[float]], accept: str | None) -> Response:
        kind = _accepted(accept)
        if self._batch:
            return Response(200, "".join(f"{prediction}\n" for prediction in predictions).encode(), "text/csv")
        if kind == "application/json":
            answer = {"predictions": [{"score": prediction} for prediction in predictions]}
            return Response(200, json.dumps(answer).encode(), kind)
        # multi:softprob gives a list for each row, printed as Python does: [0.1, 0.2],[0.7, 0.1]
        return Response(200, ",".join(map(str, predictions)).encode(), "text/csv; charset=utf-8")


def _load(path: Path) -> xgb.Booster:
    content = path.read_bytes()
    if content.startswith(b"\x80"):  # up to 1.2 the container pickled its booster
        loaded = pickle.loads(content)  # noqa: S301  # the stand-in trusts artifacts as the container does
        if not isinstance(loaded, xgb.Booster):
            raise TypeError(f"the artifact holds a {type(loaded).__name__}, not a Booster")
        return loaded
    booster = xgb.Booster()
    booster.load_model(bytearray(content))
    return booster


def _parse(body: bytes, content_type: str | None) -> "csv_text.Matrix | csr_matrix":
    try:
        kind = data.content_type(content_type)
    except UserError as error:
        raise MediaTypeError(str(error)) from None
    try:
        text = body.strip().decode("utf-8")
        return csv_text.parse_csv(text) if kind == data.CSV else _sparse(text)
    except ValueError as error:  # csv_text.UnreadableError and UnicodeDecodeError are ValueErrors
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise MediaTypeError(
            f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:\n {reason}"
        ) from None


def _sparse(text: str) -> csr_matrix:
    """Parse libsvm lines with or without a label."""
    lines = [line if ":" not in line.split(" ", 1)[0] else f"0 {line}" for line in text.splitlines()]
    return data.parse_libsvm("\n".join(lines))[1]


def _accepted(accept: str | None) -> str:
    kind = (accept or "").partition(";")[0].strip().lower()
    if kind in ("", "*/*"):
        return "text/csv"
    if kind not in ACCEPTS:
        raise AcceptError(f"Accept type {accept} is not supported. Please use supported accept types: {list(ACCEPTS)}.")
    return kind
