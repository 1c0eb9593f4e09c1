"""The digest of what a spec says about the columns."""

import hashlib
import json

from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec

_ENCODING = {"label", "positive", "id", "drop", "categorical", "missing", "header", "dates"}


def data_digest(spec: Spec) -> str:
    """Return the SHA-256 (hex) of what decides the columns' encoding: if it changes, columns are made anew.

    It covers label, positive, id, drop, categorical, missing, header, dates and the problem, not the split; the order
    in which columns are listed does not matter, that of a date's parts does.
    """
    said = spec.data.model_dump(include=_ENCODING)
    for role in ("id", "drop", "categorical"):
        if isinstance(said[role], tuple):
            said[role] = sorted(said[role], key=repr)
    if not said["dates"]:
        # Models from before there were dates keep their columns.
        del said["dates"]
    text = json.dumps({**said, "problem": problem_of(spec)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
