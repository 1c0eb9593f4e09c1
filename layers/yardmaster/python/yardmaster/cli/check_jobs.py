"""What a release would start: its jobs, their instance-hours, and the endpoint."""

from yardmaster.aws.training_job import TrainingJobRequest
from yardmaster.aws.tuning_job import TuningJobRequest
from yardmaster.cli.check_drop import UNKNOWN_ID, DropSeen
from yardmaster.cli.check_model import ModelSeen
from yardmaster.cli.check_place import Place
from yardmaster.records import Stage
from yardmaster.rules import bill
from yardmaster.rules.bill import Line
from yardmaster.rules.names import job_name
from yardmaster.spec.instances import has_local_storage
from yardmaster.spec.of_algorithm import is_encoded, package_arn
from yardmaster.spec.schema import Spec


def lines(place: Place, model: str, spec: Spec, seen: ModelSeen, drop: DropSeen | None) -> list[Line]:
    """Return what one release runs, as its functions would ask for it.

    Args:
        place: Where the check looks.
        model: The model's name.
        spec: Its spec.
        seen: What the stack knows of the model.
        drop: The drop; None if there is only a spec, whose jobs are then told as far as it decides them.
    """
    if drop is not None and (drop.refusals or drop.release is None or drop.release.stage is Stage.UNCHANGED):
        return bill.batches(spec)
    request = drop.request if drop is not None else None
    name, volume = job_name(place.settings.prefix, model, UNKNOWN_ID, 1), None
    if request is not None and drop is not None and drop.release is not None:
        name = request.name.replace(drop.release.id, UNKNOWN_ID)
        volume = None if has_local_storage(spec.train.instance_type) else _one(request).volume_gb
    elif isinstance(spec.train.volume_size, int):
        volume = spec.train.volume_size
    trains = package_arn(spec) is None if drop is None else request is not None
    found = [bill.training(spec, name, volume)] if trains else []
    if drop.tested if drop is not None else is_encoded(spec):
        serves = None if place.is_offline else seen.in_service is not None
        found += bill.tests(spec, name, serves=serves)
    return bill.usually([*found, *bill.batches(spec)], seen.releases)


def _one(request: TrainingJobRequest | TuningJobRequest) -> TrainingJobRequest:
    return request.training if isinstance(request, TuningJobRequest) else request
