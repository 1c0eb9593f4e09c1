"""The digest of what a spec says about the columns."""

import hashlib
import json

from yardmaster.spec.of_algorithm import missing_of
from yardmaster.spec.problem import problem_of
from yardmaster.spec.schema import Spec

_ENCODING = {"label", "positive", "id", "drop", "categorical", "missing", "header"}


def data_digest(spec: Spec) -> str:
    """Return the SHA-256 (hex) of what decides the columns' encoding: if it changes, columns are made anew.

    It covers label, positive, id, drop, categorical, missing, header and the problem, not the split; the order in
    which columns are listed does not matter.
    """
    said = spec.data.model_dump(include=_ENCODING) | {"missing": missing_of(spec)}
    for role in ("id", "drop", "categorical"):
        if isinstance(said[role], tuple):
            said[role] = sorted(said[role], key=repr)
    text = json.dumps({**said, "problem": problem_of(spec)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
