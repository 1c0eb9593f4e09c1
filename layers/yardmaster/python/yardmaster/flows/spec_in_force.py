"""The spec in force: what S3 holds now decides, not the order in which events arrive."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import ConflictError, RefusedError, YardmasterError
from yardmaster.flows import schedules
from yardmaster.flows.yard import Yard
from yardmaster.records import Model, Release, SpecPin
from yardmaster.rules.names import channel_salt
from yardmaster.spec.parse import parse_accepted, parse_spec
from yardmaster.spec.schema import Spec

MAX_BYTES = 64 * 1024
"""A spec is at most 64 KiB; one byte more is read, to see that it is larger."""
TRIES = 10


@dataclass(frozen=True)
class _Upload:
    """The spec as S3 has it now: accepted, refused with an error, or absent."""

    pin: SpecPin | None
    error: str | None
    idle: dict[str, Any] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    spec: Spec | None = None


def refresh(yard: Yard, model_name: str, now: float) -> Model:
    """Bring the model's row up to date with `<model>/spec.yaml`, and return it.

    The row is read before the object and written only if nobody else wrote since: of two uploads, the one that S3
    has last wins, in whatever order their events arrive. Schedules that the spec wants are noted with it.

    Raises:
        ConflictError: Others keep changing the row.
    """
    for _ in range(TRIES):
        model = yard.table.get_model(model_name) or new_model(yard, model_name)
        upload = _look(yard, model_name)
        wanted = _with_upload(model, upload)
        if upload.error is None and (wanted.spec, wanted.spec_deleted) != (model.spec, model.spec_deleted):
            wanted = schedules.with_intent(wanted, upload.spec, now)
        if wanted == model and model.revision > 0:
            return model
        try:
            return yard.table.save_model(wanted)
        except ConflictError:
            continue
    raise ConflictError(f"model {model_name}: others keep changing its row")


def new_model(yard: Yard, model_name: str) -> Model:
    """Return the row of a model that has none yet; revision 0 says so."""
    return Model(name=model_name, salt=channel_salt(yard.bucket.name, model_name), revision=0)


def pinned(yard: Yard, release: Release) -> Spec:
    """Return the spec that a release follows.

    Raises:
        MissingObjectError: That version was deleted.
        YardmasterError: The release is not pinned to one yet.
    """
    if release.spec is None:
        raise YardmasterError(f"{release.title} is {release.stage.value} without a spec")
    return read(yard, release.spec)


def read(yard: Yard, pin: SpecPin) -> Spec:
    """Return a spec that was accepted when it was uploaded.

    Raises:
        MissingObjectError: That version was deleted.
    """
    raw, _ = yard.bucket.read(pin.key, pin.version_id)
    return parse_accepted(raw)


def _look(yard: Yard, model_name: str) -> _Upload:
    key = f"{model_name}/spec.yaml"
    try:
        raw, version_id = yard.bucket.read(key, limit=MAX_BYTES + 1)
    except MissingObjectError:
        return _Upload(None, None)
    pin = SpecPin(key, version_id, hashlib.sha256(raw).hexdigest())
    try:
        spec = parse_spec(raw)
    except RefusedError as error:
        return _Upload(pin, str(error))
    return _Upload(pin, None, _idle(model_name, spec), spec.notify.email if spec.notify else (), spec)


def _idle(model_name: str, spec: Spec) -> dict[str, Any]:
    """Return what the sweep of idle endpoints needs of a spec, as `rules.idle` reads it."""
    if spec.deploy is None or (idle := spec.deploy.idle) is None:
        return {}
    endpoint = spec.deploy.endpoint or model_name
    return {"endpoint": endpoint, "stop_after": idle.stop_after, "hours": list(idle.hours), "start": idle.start}


def _with_upload(model: Model, upload: _Upload) -> Model:
    if upload.pin is None:
        known = model.spec is not None or model.spec_error is not None or model.spec_deleted
        return replace(model, spec=None, spec_error=None, spec_deleted=known, idle={}, notify=(), unconfirmed=())
    if upload.error is not None:
        return replace(model, spec=None, spec_error=upload.error, spec_deleted=False)
    unconfirmed = tuple(address for address in model.unconfirmed if address in upload.notify)
    return replace(
        model,
        spec=upload.pin,
        spec_error=None,
        spec_deleted=False,
        idle=upload.idle,
        notify=upload.notify,
        unconfirmed=unconfirmed,
    )
