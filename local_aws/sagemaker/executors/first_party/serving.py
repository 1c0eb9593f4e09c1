"""Answers requests as AWS's containers do: rows in, one prediction each out, as JSON, JSON lines or CSV.

Source: docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html, and each algorithm's page of response formats.
"""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from local_aws.sagemaker.executors.answering import Response
from local_aws.sagemaker.executors.container_errors import AcceptError, MediaTypeError, ShapeError
from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import requests
from local_aws.sagemaker.executors.first_party.channels import CSV, RECORDIO
from local_aws.sagemaker.executors.first_party.requests import JSON, JSON_LINES

EVALUATION = "unable to evaluate payload provided"  # all that AWS's containers tell the caller; here the reason follows


class Predictor(Protocol):
    """A loaded model. Safe from many threads."""

    features: int
    collection: str
    """The name of the list in a JSON answer."""
    csv: bool
    """Whether there are answers in CSV."""

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        """Give each row's prediction, its members in their order; `verbose` is an Accept's `verbose=true`."""


class Model:
    """Answers with a predictor."""

    def __init__(self, predictor: Predictor) -> None:
        """Take a loaded predictor."""
        self._predictor = predictor

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request."""
        if not body:
            return Response(204, b"")
        try:
            kind, verbose = self._accepted(accept)
            rows = requests.rows(body, content_type, self._predictor.features)
            return self._encode(self._predictor.predict(rows, verbose=verbose), kind)
        except MediaTypeError as error:
            return Response(415, str(error).encode())
        except AcceptError as error:
            return Response(406, str(error).encode())
        except ShapeError as error:
            return Response(400, f"{EVALUATION}: {error}".encode())

    def _accepted(self, accept: str | None) -> tuple[str, bool]:
        """Give the answer's type, and whether it is verbose; a type that there isn't means JSON, as on AWS."""
        kind, *parameters = (part.strip().lower() for part in (accept or "").split(";"))
        verbose = "verbose=true" in parameters
        if kind == RECORDIO:
            raise AcceptError(f"{RECORDIO} is not available on local AWS: use {JSON} or {JSON_LINES}")
        if kind == JSON_LINES or (kind == CSV and self._predictor.csv):
            return kind, verbose
        return JSON, verbose

    def _encode(self, predictions: Sequence[dict[str, Any]], kind: str) -> Response:
        match kind:
            case "text/csv":
                lines = [",".join(str(value) for value in prediction.values()) for prediction in predictions]
            case "application/jsonlines":
                lines = [json.dumps(prediction) for prediction in predictions]
            case _:
                return Response(200, json.dumps({self._predictor.collection: predictions}).encode(), JSON)
        return Response(200, "".join(f"{line}\n" for line in lines).encode(), kind)
