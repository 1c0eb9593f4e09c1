"""What a stack knows of a model before its next release: what serves, its traffic, how long earlier releases took."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from yardmaster.aws import endpoint as aws_endpoint
from yardmaster.aws import endpoint_metrics
from yardmaster.aws.bucket import UnreadableError
from yardmaster.cli.check_place import Place
from yardmaster.records import Release
from yardmaster.rules.forecast import Traffic
from yardmaster.rules.gate.needed import Known
from yardmaster.rules.judge.records import MINUTE
from yardmaster.rules.names import variant_name
from yardmaster.spec.schema import Spec

DAY = 24 * 3600.0
REMEMBERED = 20
"""How many of a model's releases are looked at."""


@dataclass(frozen=True)
class ModelSeen:
    """A model as a stack has it.

    Attributes:
        releases: The newest first.
        in_service: The live release; None before the first.
        instances: How many serve now; None if nothing does.
        traffic: The last 24 hours; None if nothing serves.
        compared: What the newest comparison found, by metric.
    """

    releases: tuple[Release, ...] = ()
    in_service: Release | None = None
    instances: int | None = None
    traffic: Traffic | None = None
    compared: Mapping[str, Known] = field(default_factory=dict)


def look(place: Place, model: str, spec: Spec, now: float) -> ModelSeen:
    """Return what the stack knows of a model; nothing without a stack."""
    if place.table is None or place.aws is None:
        return ModelSeen()
    row = place.table.get_model(model)
    releases = tuple(islice(place.table.releases_of(model), REMEMBERED))
    serving = place.table.get_release(row.in_service) if row and row.in_service else None
    compared = _compared(place, releases)
    if spec.deploy is None or spec.deploy.serverless is not None or spec.deploy.multi_model:
        return ModelSeen(releases, serving, compared=compared)
    name = spec.deploy.endpoint or model
    state = aws_endpoint.describe(place.aws["sagemaker"], name)
    if state is None:
        return ModelSeen(releases, serving, compared=compared)
    # What served yesterday may be gone today.
    served = [variant_name(one.id) for one in releases if one.deploy and one.updated_at > now - 2 * DAY]
    names = tuple(dict.fromkeys((*(variant.name for variant in state.variants), *served)))
    end = now // MINUTE * MINUTE
    minutes = endpoint_metrics.requests(place.aws["cloudwatch"], name, names, end - DAY, end)
    old = state.variant(variant_name(serving.id)) if serving else None
    return ModelSeen(releases, serving, old.current_count if old else None, Traffic(tuple(minutes)), compared)


def _compared(place: Place, releases: Sequence[Release]) -> dict[str, Known]:
    """Return the standard errors of the newest comparison that there was."""
    for release in releases:
        uri = release.evaluation.get("uri")
        if not uri or release.evaluation.get("baseline") is None or place.bucket is None:
            continue
        try:
            report = json.loads(place.bucket.read_text(place.bucket.key_of(uri)))
        except UnreadableError:
            continue
        if found := _known(report, release.title):
            return found
    return {}


def _known(report: Mapping[str, Any], title: str) -> dict[str, Known]:
    found = {}
    for finding in report.get("gate", {}).get("findings", ()):
        figures = finding["figures"]
        if figures.get("standard_error"):
            metric = finding["condition"]["metric"]
            found[metric] = Known(figures["standard_error"], int(figures["rows"]), title)
    return found
