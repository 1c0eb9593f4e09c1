"""Rows to numbers and back, as the containers do where a script has no function for it.

Source: decoder.py and encoder.py of aws/sagemaker-inference-toolkit 1.10.1.
"""

import io
import json
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.container_errors import AcceptError, MediaTypeError

CSV, JSON, NPY = "text/csv", "application/json", "application/x-npy"


def decode(body: str | bytes, content_type: str) -> Any:
    """Read a request's body; one row of CSV is a flat array, as numpy's `genfromtxt` has it.

    Raises:
        MediaTypeError: The content type is another.
    """
    match content_type:
        case "text/csv":
            return np.genfromtxt(io.StringIO(_text(body)), delimiter=",")
        case "application/json":
            return np.array(json.loads(body))
        case "application/x-npy" if isinstance(body, bytes):
            return np.load(io.BytesIO(body))  # without pickles: a request is a stranger's
        case _:
            raise MediaTypeError(f"Content type {content_type} is not supported by this framework: write an input_fn")


def encode(prediction: Any, accept: str) -> str | bytes:
    """Write an answer.

    Raises:
        AcceptError: The accepted type is another.
    """
    match accept:
        case "text/csv":
            text = io.StringIO()
            np.savetxt(text, np.asarray(prediction), delimiter=",", fmt="%s")
            return text.getvalue()
        case "application/json":
            return json.dumps(np.asarray(prediction).tolist())
        case "application/x-npy":
            packed = io.BytesIO()
            np.save(packed, np.asarray(prediction))
            return packed.getvalue()
        case _:
            raise AcceptError(f"Accept type {accept} is not supported by this framework: write an output_fn")


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode()
