"""How records become rows of the release table and back: JSON in `body`, and a few attributes for the indexes."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from yardmaster.errors import UnknownSchemaError
from yardmaster.records import (
    SCHEMA,
    Batch,
    BatchStage,
    BatchStep,
    Channel,
    DropKind,
    Endpoint,
    Model,
    Release,
    Source,
    SpecPin,
    Stage,
    Step,
    Waiting,
    WaitKind,
)

MODELS = "MODELS"
ENDPOINTS = "ENDPOINTS"
RELEASE = "RELEASE"
BATCH = "BATCH"
LONGEST_PARTITION_KEY = 2048
LONGEST_SORT_KEY = 1024
"""Bytes; https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html."""
WATERMARK: dict[str, Any] = {"pk": {"S": "WATERMARK"}, "sk": {"S": "approvals"}}
"""The row that says until when approvals were looked for."""
LOOKS = "LOOKS"
"""The partition that says until when endpoints are known to have had requests."""
LOOKS_PER_ROW = 4000
"""A row has at most 400 KB, and an endpoint's name 63 characters."""

QUOTAS: dict[str, Any] = {"pk": {"S": "QUOTAS"}, "sk": {"S": "account"}}
"""The row that says what is known of the account's quotas."""
LEDGER: dict[str, Any] = {"pk": {"S": "LEDGER"}, "sk": {"S": "jobs"}}
"""The row that says which jobs run, who waits for room, and what was used today."""


def release_key(release: str) -> dict[str, Any]:
    """Return the primary key of a release's row."""
    return {"pk": {"S": f"RELEASE#{release}"}, "sk": {"S": RELEASE}}


def notice_key(about: str, what: str) -> dict[str, Any]:
    """Return the primary key of the row that says whether something was told; `about` names of what."""
    return {"pk": {"S": f"NOTICE#{about}"}, "sk": {"S": what}}


def key(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the primary key of the row that an index's entry stands for."""
    return {"pk": entry["pk"], "sk": entry["sk"]}


def is_possible(key: dict[str, Any]) -> bool:
    """Say whether DynamoDB takes a key: names come from events, and one that is empty or too long names no row."""
    sizes = {name: len(value["S"].encode(errors="replace")) for name, value in key.items()}
    return 0 < sizes["pk"] <= LONGEST_PARTITION_KEY and 0 < sizes["sk"] <= LONGEST_SORT_KEY


def is_due(item: dict[str, Any], now: float) -> bool:
    """Say whether a row waits for a time that has come."""
    return "due" in item and float(item["due"]["N"]) <= now


def read_due(item: dict[str, Any]) -> Release | Batch | Endpoint | Model:
    """Return the record of a row that is due, whichever it is.

    Raises:
        UnknownSchemaError: A newer Yardmaster wrote it.
    """
    match item["pk"]["S"].partition("#")[0]:
        case "RELEASE":
            return read_release(item)
        case "BATCH":
            return read_batch(item)
        case "MODELS":
            return read_model(item)
        case _:
            return read_endpoint(item)


def _asleep_until(wake_at: float | None) -> dict[str, Any]:
    """Return the attributes that put a row into the index of what is due; None keeps it out."""
    return {} if wake_at is None else {"open": {"S": "1"}, "due": {"N": repr(wake_at)}}


def model_key(name: str) -> dict[str, Any]:
    """Return the primary key of a model's row; all models share one partition, so that they can be listed."""
    return {"pk": {"S": MODELS}, "sk": {"S": name}}


def endpoint_key(name: str) -> dict[str, Any]:
    """Return the primary key of an endpoint's row."""
    return {"pk": {"S": ENDPOINTS}, "sk": {"S": name}}


def look_key(number: int) -> dict[str, Any]:
    """Return the primary key of one page of what earlier sweeps found."""
    return {"pk": {"S": LOOKS}, "sk": {"S": f"{number:04d}"}}


def look_pages(looks: Mapping[str, float]) -> list[dict[str, float]]:
    """Return what earlier sweeps found, in pages that fit into rows each, by name."""
    names = sorted(looks)
    parts = (names[at : at + LOOKS_PER_ROW] for at in range(0, len(names), LOOKS_PER_ROW))
    return [{name: looks[name] for name in part} for part in parts]


def release_item(release: Release, wake_at: float | None) -> dict[str, Any]:
    """Return a release's row; `wake_at` puts it into the index of what is due, None keeps it out."""
    return {
        **release_key(release.id),
        "body": {"S": json.dumps(asdict(release), separators=(",", ":"))},
        "model": {"S": release.model},
        "number": {"N": str(release.number)},
        "stage": {"S": release.stage.value},
        "revision": {"N": str(release.revision)},
        "published": {"N": str(release.published)},
        "schema": {"N": str(release.schema)},
        **_asleep_until(wake_at),
    }


def read_release(item: dict[str, Any]) -> Release:
    """Return the release of a row.

    Raises:
        UnknownSchemaError: A newer Yardmaster wrote it.
    """
    body = _body(item)
    # Publishing updates this attribute alone, so that it can't collide with a move; the body's copy may be behind.
    body["published"] = int(item["published"]["N"])
    body["stage"] = Stage(body["stage"])
    body["source"] = Source(**{**body["source"], "kind": DropKind(body["source"]["kind"])})
    body["spec"] = SpecPin(**body["spec"]) if body["spec"] else None
    body["waiting_for"] = _waiting(body["waiting_for"])
    body["channels"] = {name: Channel(**channel) for name, channel in body["channels"].items()}
    body["trained_on"] = tuple(body.get("trained_on", ()))
    body["commands"] = tuple(body.get("commands", ()))
    body["history"] = tuple(Step(Stage(step["stage"]), step["at"], step["reason"]) for step in body["history"])
    return Release(**body)


def model_item(model: Model) -> dict[str, Any]:
    """Return a model's row."""
    return {**model_key(model.name), **_plain(model, model.revision), **_asleep_until(model.due)}


def read_model(item: dict[str, Any]) -> Model:
    """Return the model of a row."""
    body = _body(item)
    body["spec"] = SpecPin(**body["spec"]) if body["spec"] else None
    body |= {name: tuple(body.get(name, ())) for name in ("notify", "unconfirmed")}
    return Model(**body)


def endpoint_item(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint's row."""
    return {**endpoint_key(endpoint.name), **_plain(endpoint, endpoint.revision), **_asleep_until(endpoint.due)}


def read_endpoint(item: dict[str, Any]) -> Endpoint:
    """Return the endpoint of a row.

    Raises:
        UnknownSchemaError: A newer Yardmaster wrote it.
    """
    body = _body(item)
    return Endpoint(**{**body, **{name: tuple(body.get(name, ())) for name in ("commands", "told")}})


def batch_key(batch: str) -> dict[str, Any]:
    """Return the primary key of a batch's row."""
    return {"pk": {"S": f"BATCH#{batch}"}, "sk": {"S": BATCH}}


def batches_of(model: str) -> str:
    """Return the partition of the index `model` that lists a model's batches, by the time that they were asked for."""
    return f"{model}/predictions"


def batch_item(batch: Batch, wake_at: float | None) -> dict[str, Any]:
    """Return a batch's row; `wake_at` puts it into the index of what is due, None keeps it out."""
    return {
        **batch_key(batch.id),
        **_plain(batch, batch.revision),
        "model": {"S": batches_of(batch.model)},
        "number": {"N": repr(batch.created_at)},
        "stage": {"S": batch.stage.value},
        "published": {"N": str(batch.published)},
        **_asleep_until(wake_at),
    }


def read_batch(item: dict[str, Any]) -> Batch:
    """Return the batch of a row.

    Raises:
        UnknownSchemaError: A newer Yardmaster wrote it.
    """
    body = _body(item)
    body["published"] = int(item["published"]["N"])  # Publishing updates this attribute alone.
    body["stage"] = BatchStage(body["stage"])
    body["spec"] = SpecPin(**body["spec"]) if body["spec"] else None
    body["waiting_for"] = _waiting(body["waiting_for"])
    body["history"] = tuple(
        BatchStep(BatchStage(step["stage"]), step["at"], step["reason"]) for step in body["history"]
    )
    return Batch(**body)


def _waiting(written: dict[str, Any] | None) -> Waiting | None:
    return Waiting(**{**written, "kind": WaitKind(written["kind"])}) if written else None


def _plain(record: Model | Endpoint | Batch, revision: int) -> dict[str, Any]:
    return {
        "body": {"S": json.dumps(asdict(record), separators=(",", ":"))},
        "revision": {"N": str(revision)},
    }


def _body(item: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(item["body"]["S"])
    if body["schema"] > SCHEMA:
        raise UnknownSchemaError(
            f"{item['pk']['S']}/{item['sk']['S']} has schema {body['schema']}; this code knows {SCHEMA}: left alone"
        )
    return body
