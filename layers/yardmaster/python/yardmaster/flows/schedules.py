"""The schedules of a model's batches, kept in step with its spec: one of EventBridge Scheduler for each entry.

What may exist is noted in the model's row before it is made, and the row stays due until all is in step: so nothing is
forgotten, wherever a try ends. A spec that is refused changes nothing: the batches that fire meanwhile wait for it.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import replace

from yardmaster.aws import scheduler
from yardmaster.aws.scheduler import ScheduleRequest
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.records import Model
from yardmaster.rules.names import event_source, schedule_name
from yardmaster.spec.batch import BatchTransformSpec
from yardmaster.spec.parse import parse_accepted
from yardmaster.spec.schema import Spec

EVENT = "Batch Due"
PAUSE = 60.0
"""Seconds until the tick tries again what a try left out of step."""


def is_out_of_step(model: Model, spec: Spec | None) -> bool:
    """Tell whether a model's schedules must be looked at: it has some, or its spec wants some."""
    return bool(model.schedules) or any(entry.schedule for entry in (spec.batch_transform if spec else ()))


def with_intent(model: Model, spec: Spec | None, now: float) -> Model:
    """Return a model's row with all schedules that may exist from now on, due until they are in step."""
    if not is_out_of_step(model, spec):
        return model
    wanted = {entry.label: "" for entry in (spec.batch_transform if spec else ()) if entry.schedule}
    return replace(model, schedules={**wanted, **model.schedules}, due=now + PAUSE)


def keep_in_step(yard: Yard, model: Model) -> tuple[Model, str]:
    """Make, change and remove schedules until they are what the spec in force says.

    Returns:
        The model's row, and what EventBridge Scheduler refused, in words; empty if nothing.
    """
    if model.due is None:
        return model, ""
    if model.spec_error is not None:
        return yard.table.save_model(replace(model, due=None)), ""
    wanted = {entry.label: entry for entry in _entries(yard, model) if entry.schedule}
    applied: dict[str, str] = {}
    refused: list[str] = []
    for name, known in model.schedules.items():
        if name not in wanted:
            scheduler.remove(yard.scheduler, yard.settings.stack, schedule_name(model.name, name))
            continue
        request = _request(yard, model.name, wanted[name])
        applied[name] = _digest(request)
        if known != applied[name]:
            try:
                scheduler.put(yard.scheduler, request)
            except RefusedError as error:
                refused.append(f"batch_transform {name}: EventBridge Scheduler does not take its schedule: {error}")
    with suppress(ConflictError):  # Somebody wrote the row meanwhile; it is due still, and the tick looks again.
        model = yard.table.save_model(replace(model, schedules=applied, due=None))
    return model, "; ".join(refused)


def _entries(yard: Yard, model: Model) -> tuple[BatchTransformSpec, ...]:
    if model.spec is None:
        return ()
    raw, _ = yard.bucket.read(model.spec.key, model.spec.version_id)
    return parse_accepted(raw).batch_transform


def _request(yard: Yard, model: str, entry: BatchTransformSpec) -> ScheduleRequest:
    settings = yard.settings
    return ScheduleRequest(
        group=settings.stack,
        name=schedule_name(model, entry.label),
        expression=entry.schedule or "",
        timezone=entry.timezone,
        bus_arn=settings.bus_arn,
        role_arn=settings.scheduler_role_arn,
        dead_letter_arn=settings.dead_letter_arn,
        source=event_source(settings.stack),
        detail_type=EVENT,
        detail={"model": model, "name": entry.label, "scheduled": scheduler.TIME},
    )


def _digest(request: ScheduleRequest) -> str:
    return hashlib.sha256(json.dumps(request.fields(), sort_keys=True).encode()).hexdigest()[:16]
