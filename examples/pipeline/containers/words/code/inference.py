"""Goes after the model: its probabilities become what is to be done."""

import re

SURE = 0.5


def model_fn(model_dir: str) -> None:
    """Load nothing: there is no model in this container."""


def transform_fn(model: None, body: str, content_type: str, accept: str) -> tuple[str, str]:
    """Answer each score, separated by commas or newlines, with `call` or `leave`."""
    del model, content_type
    scores = [float(score) for score in re.split(r"[,\n]", body) if score]
    return "".join("call\n" if score > SURE else "leave\n" for score in scores), accept
