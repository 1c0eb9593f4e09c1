"""moto's clocks, where a handler would notice that they are not the virtual one: S3's dates, log timestamps."""

from datetime import UTC, datetime

from local_aws.clock import Clock
from local_aws.seams import Seams


def install(seams: Seams, clock: Clock) -> None:
    """Put the virtual clock into the modules of moto that read the time by a name of their own.

    Raises:
        SeamError: moto has changed.
    """
    import moto.logs.models
    import moto.s3.models
    import moto.scheduler.models

    def utcnow() -> datetime:
        return datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)  # moto's dates have no zone

    for module in (moto.s3.models, moto.logs.models, moto.scheduler.models):
        seams.replace(module, "utcnow", "", utcnow)
