"""Goes before the model: rows come with seconds in their third column, the model was trained on minutes."""


def model_fn(model_dir: str) -> None:
    """Load nothing: there is no model in this container."""


def transform_fn(model: None, body: str, content_type: str, accept: str) -> tuple[str, str]:
    """Answer each row of CSV with minutes in place of seconds."""
    del model
    if not content_type.startswith("text/csv"):
        raise ValueError(f"{content_type} is not supported: text/csv")
    rows = [row.split(",") for row in body.splitlines() if row]
    return "\n".join(f"{months},{calls},{float(seconds) / 60}" for months, calls, seconds in rows), accept
