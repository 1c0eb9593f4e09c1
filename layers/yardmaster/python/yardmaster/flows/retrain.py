"""A drop that is trained again: where it begins, and whether its channels can be used as they are."""

from yardmaster.errors import RefusedError
from yardmaster.flows import spec_in_force
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.receive_drop import receive_again
from yardmaster.flows.yard import Yard
from yardmaster.records import Model, Release, Stage
from yardmaster.rules import received, retraining, stages
from yardmaster.rules.commands import Command
from yardmaster.spec.digest import channels_digest, data_digest
from yardmaster.spec.fits import require_fit
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.schema import Spec

OPEN = frozenset(Stage) - stages.ENDED


def begin(yard: Yard, release: Release, asked: Command, now: float) -> tuple[Release, Release]:
    """Return the release as it is to be written, and the one that goes on: itself, or a new one of the same drop.

    The row of a release that serves, or did, is left as it is; the new one is made here, once for each command.

    Raises:
        RefusedError: It can't be trained again, or not now.
    """
    if asked.name != "retrain":
        raise RefusedError(f"{asked.name} is not a command of prepare_data: retrain")
    _check(yard, release, now)
    if release.stage in retraining.SERVED:
        return release, receive_again(yard, release, asked, now)
    after = retraining.again(release, asked, now)
    return after, after


def _check(yard: Yard, release: Release, now: float) -> None:
    if refused := retraining.refusal(release):
        raise RefusedError(refused)
    model = spec_in_force.refresh(yard, release.model, now)
    pin = retraining.spec_to_follow(model)
    under_way = yard.table.releases_of(release.model, stages=OPEN)
    if refused := retraining.refused_by_others(release, under_way):
        raise RefusedError(refused)
    raw, _ = yard.bucket.read(pin.key, pin.version_id)
    match received.columns_for(model, data_digest(parse_spec(raw))):
        case received.Refuse(reason):
            raise RefusedError(reason)
        case _:
            return


def reuse(yard: Yard, release: Release, model: Model, spec: Spec, now: float) -> Release | None:
    """Return a release that is prepared already, since its channels are as they would be made now; else None.

    Raises:
        RefusedError: The spec does not fit what was found in the drop.
    """
    if not retraining.can_reuse(release, model, channels_digest(spec)) or not _are_there(yard, release):
        return None
    if not profile_of(spec.algorithm).takes_missing:
        return None  # Nobody looked for missing values if they were prepared for an algorithm that takes them.
    columns = read_columns(yard, release)
    require_fit(spec, columns.problem, columns.classes)
    rows = ", ".join(f"{name} {channel.rows:,}" for name, channel in release.channels.items())
    reason = f"the channels that were prepared before are as the spec says: {rows} rows"
    return stages.move(release, Stage.PREPARED, reason, now, due=now)


def _are_there(yard: Yard, release: Release) -> bool:
    return all(yard.bucket.list(yard.bucket.key_of(channel.uri)) for channel in release.channels.values())
