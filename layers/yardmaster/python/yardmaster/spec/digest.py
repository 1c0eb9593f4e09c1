"""The digests of what a spec says about the columns, and about the channels."""

import hashlib
import json
from typing import Any

from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec

_NOT_IN_CHANNELS = {"history", "settle"}
_ENCODING = {"label", "positive", "id", "drop", "categorical", "missing", "header", "dates"}


def data_digest(spec: Spec) -> str:
    """Return the SHA-256 (hex) of what decides the columns' encoding: if it changes, columns are made anew.

    It covers label, positive, id, drop, categorical, missing, header, dates and the problem, not the split; the order
    in which columns are listed does not matter, that of a date's parts does.
    """
    return _digest(spec, spec.data.model_dump(include=_ENCODING))


def channels_digest(spec: Spec) -> str:
    """Return the SHA-256 (hex) of what decides a drop's channels: if it changes, they are made anew.

    It covers the encoding and the split: all of the data section but which drops are trained on.
    """
    return _digest(spec, spec.data.model_dump(exclude=_NOT_IN_CHANNELS))


def _digest(spec: Spec, said: dict[str, Any]) -> str:
    for role in ("id", "drop", "categorical"):
        if isinstance(said[role], tuple):
            said[role] = sorted(said[role], key=repr)
    if not said["dates"]:
        # Models from before there were dates keep their columns.
        del said["dates"]
    text = json.dumps({**said, "problem": problem_of(spec)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
