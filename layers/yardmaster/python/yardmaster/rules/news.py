"""What batches of predictions and endpoints have to tell."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchNews:
    """A batch moved, as its `Batch State Change` says.

    `name` is what people call it, `uri` where its results are, or what it wrote; empty if nothing.
    """

    model: str
    batch: str
    name: str
    stage: str
    reason: str
    uri: str = ""


@dataclass(frozen=True)
class EndpointNews:
    """An endpoint was stopped or started, as its `Endpoint State Change` says.

    `saves` is what that saves, as the end of a sentence (`saves 0.23 USD an hour`); empty if nothing. `at`: when.
    """

    model: str
    endpoint: str
    state: str
    reason: str
    by: str
    at: float
    saves: str = ""
