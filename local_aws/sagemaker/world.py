"""What all resources share: time, executors, S3, tags, quotas' settings, and the ways out."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from local_aws.sagemaker.access import Access
from local_aws.sagemaker.arns import Arns
from local_aws.sagemaker.events import Events
from local_aws.sagemaker.executors.base import Executors
from local_aws.sagemaker.scaling import ScalableTargets
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.storage import Objects
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.telemetry import Datapoint, LogLine
from local_aws.sagemaker.timeline import Timeline

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class World:
    """The surroundings of a resource."""

    def __init__(
        self,
        *,
        timeline: Timeline,
        executors: Executors,
        emit: Callable[[dict[str, Any]], None],
        put_metric: Callable[[Datapoint], None],
        put_log: Callable[[LogLine], None],
        store: Objects,
        arns: Arns,
        settings: SimulatorSettings,
        access: Access,
        scaling: ScalableTargets,
    ) -> None:
        """Take the ways out as they are; `settings` may be replaced later."""
        self.timeline = timeline
        self.executors = executors
        self.emit = emit
        self.put_metric = put_metric
        self.store = store
        self.arns = arns
        self.settings = settings
        self.access = access
        self.scaling = scaling
        self.events = Events(self)
        self.tags = TagStore()
        self._put_log = put_log

    def log(self, group: str, stream: str, message: str) -> None:
        """Write one log line now, into `/aws/sagemaker/<group>`."""
        self._put_log(LogLine(f"/aws/sagemaker/{group}", stream, message, self.timeline.now()))


class Resource(Protocol):
    """Anything with a time of birth."""

    @property
    def created(self) -> float:
        """When it was created, in epoch seconds."""


R = TypeVar("R", bound=Resource)


class Table(Generic[R]):
    """The resources of one kind by name."""

    def __init__(self, world: World, *, fold_case: bool = False) -> None:
        """Begin empty; `fold_case` makes names unique whatever their case."""
        self._world = world
        self._fold = fold_case
        self._rows: dict[str, R] = {}

    def __iter__(self) -> Iterator[R]:
        """Go through all, in order of birth."""
        return iter(list(self._rows.values()))

    def taken(self, name: str) -> bool:
        """Say whether the name is in use, visible or not."""
        return self._key(name) in self._rows

    def get(self, name: str) -> R | None:
        """Return what really is there."""
        return self._rows.get(self._key(name))

    def find(self, name: str) -> R | None:
        """Return what a read sees: None while the resource is younger than the read lag."""
        row = self._rows.get(self._key(name))
        return row if row is not None and self._visible(row) else None

    def visible(self) -> list[R]:
        """Return all that a list or a search sees."""
        return [row for row in self if self._visible(row)]

    def put(self, name: str, row: R) -> None:
        """Add a resource."""
        self._rows[self._key(name)] = row

    def remove(self, name: str) -> None:
        """Free the name."""
        del self._rows[self._key(name)]

    def _key(self, name: str) -> str:
        return name.lower() if self._fold else name

    def _visible(self, row: R) -> bool:
        return self._world.timeline.now() - row.created >= self._world.settings.read_lag_seconds
