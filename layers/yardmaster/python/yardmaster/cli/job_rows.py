"""Jobs beside their releases: a row for each, with all that is known of both."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from yardmaster.aws.search import FoundJob
from yardmaster.cli.job_fields import Field, Known, Where
from yardmaster.records import Release

_EVALUATION = re.compile(r"/evaluation-([0-9]+)\.json$")


class Role(StrEnum):
    """What a job is in its release."""

    CANDIDATE = "candidate"
    """The one whose model is tested and released; of a tuning job, its best training job."""
    TRIAL = "trial"
    """Another training job of a tuning job."""
    EARLIER = "earlier"
    """Of an earlier attempt."""
    NONE = ""
    """It belongs to no release that the stack knows."""


@dataclass(frozen=True)
class Row:
    """A job, its release, or both: a release may have no job, and a stranger's job has no release."""

    job: FoundJob | None
    release: Release | None = None

    @property
    def role(self) -> Role:
        """What the job is in its release."""
        if self.job is None:
            return Role.NONE
        if self.release is not None and self.job.name in {self.release.training_job, self.release.tuning_job}:
            return Role.CANDIDATE
        if self.job.tuning_job is not None:
            return Role.TRIAL
        return Role.EARLIER if self.release is not None else Role.NONE

    @property
    def test(self) -> dict[str, float]:
        """What the release's evaluation measured of this very job's model, by metric."""
        found = self.release.evaluation if self.release is not None and self._is_evaluated else {}
        return {name: value for name, value in (found.get("candidate") or {}).items() if value is not None}

    @property
    def verdict(self) -> str:
        """The gate's verdict on this job's model; empty before there is one."""
        return str(self.release.evaluation.get("verdict", "")) if self.release and self._is_evaluated else ""

    @property
    def created(self) -> float | None:
        """When the job was made; of a release without one, when that began."""
        if self.job is not None:
            return self.job.created
        return self.release.created_at if self.release is not None else None

    @cached_property
    def known(self) -> Known:
        """All that can be asked of it."""
        job = self.job
        return Known(
            created=self.created,
            seconds=job.seconds if job else None,
            metrics=job.metrics if job else {},
            test=self.test,
            # SageMaker's own begin with an underscore.
            hyperparameters={k: v for k, v in job.hyperparameters.items() if k[:1] != "_"} if job else {},
        )

    @property
    def _is_evaluated(self) -> bool:
        """Whether the release's evaluation is of this job; a new attempt keeps the last one's until it has its own."""
        if self.release is None or (self.job is not None and self.role is not Role.CANDIDATE):
            return False
        trained = self.release.tuning_job or self.release.training_job
        found = _EVALUATION.search(str(self.release.evaluation.get("uri", "")))
        if trained is None or found is None:
            return bool(self.release.evaluation)
        return int(found.group(1)) >= int(trained.rpartition("-")[2])


def joined(jobs: Iterable[FoundJob], look_up: Callable[[str], Release | None]) -> Iterator[Row]:
    """Yield a row for each job, with the release that its tag names; each release is looked up once."""
    seen: dict[str, Release | None] = {}
    for job in jobs:
        identifier = job.tags.get("yardmaster:release")
        if identifier is not None and identifier not in seen:
            seen[identifier] = look_up(identifier)
        yield Row(job, seen[identifier] if identifier is not None else None)


def ordered(rows: Iterable[Row], by: Field, *, descending: bool) -> list[Row]:
    """Sort rows; those without a value of the field are left out, and words come after numbers."""
    having = [(value, row) for row in rows if (value := row.known.value(by)) is not None]
    having.sort(key=lambda pair: _key(pair[0]), reverse=descending)
    return [row for _, row in having]


def passing(rows: Iterable[Row], wheres: Sequence[Where]) -> Iterator[Row]:
    """Yield the rows of which all conditions hold."""
    return (row for row in rows if all(where.holds(row.known) for where in wheres))


def reads_from(job: FoundJob, place: str) -> bool:
    """Say whether one of a job's channels lies in `bucket/prefix`."""
    bucket, _, prefix = place.partition("/")
    for uri in job.channels.values():
        its_bucket, _, key = uri.partition("://")[2].partition("/")
        if its_bucket == bucket and key.startswith(prefix):
            return True
    return False


def differing(rows: Sequence[Row]) -> list[str]:
    """Return the hyperparameters that are not the same in all rows that have a job."""
    given = [row.known.hyperparameters for row in rows if row.job is not None]
    names = sorted({name for one in given for name in one})
    return [name for name in names if len({one.get(name) for one in given}) > 1]


def shared(rows: Sequence[Row]) -> dict[str, str]:
    """Return the hyperparameters that are the same in all rows that have a job."""
    given = [row.known.hyperparameters for row in rows if row.job is not None]
    differ = set(differing(rows))
    return {name: value for one in given[:1] for name, value in sorted(one.items()) if name not in differ}


def _key(value: float | str) -> tuple[bool, Any]:
    return (True, value) if isinstance(value, str) else (False, value)
