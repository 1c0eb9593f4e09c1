"""What `yardmaster jobs` is asked, and what SageMaker and the release table have of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from yardmaster.aws import search
from yardmaster.aws.search import Condition, FoundJob, Query
from yardmaster.cli.errors import UsageError
from yardmaster.cli.job_fields import NEWEST, Field, Kind, Where
from yardmaster.cli.job_rows import Row, joined, ordered, passing, reads_from
from yardmaster.cli.releases import read_releases
from yardmaster.cli.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

LOOKED_AT = 1000
"""Jobs, or releases of a model, that one command reads at most: ten pages of Search."""
_OURS = "yardmaster"


@dataclass(frozen=True)
class Asked:
    """What a person asks for.

    Attributes:
        model: Jobs of this model only.
        sort: By what. `descending`: the newest or highest first.
        wheres: What must hold of a job.
        status: SageMaker's.
        since: Seconds before now.
        foreign: Jobs that are not this stack's.
        place: `bucket/prefix` that one of a job's channels lies in, whoever's job it is; None for anywhere.
        tuning: Tuning jobs instead of training jobs. `releases`: releases, with their jobs.
        limit: Rows at most.
    """

    model: str | None = None
    sort: Field = NEWEST
    descending: bool = True
    wheres: tuple[Where, ...] = ()
    status: str | None = None
    since: float | None = None
    foreign: bool = False
    place: str | None = None
    tuning: bool = False
    releases: bool = False
    limit: int = 20

    @property
    def noun(self) -> str:
        """What each row is."""
        if self.releases:
            return "release"
        return "tuning job" if self.tuning else "training job"

    @property
    def comes_sorted(self) -> bool:
        """Whether what is read is sorted already: by time, and by SageMaker by metrics (hyperparameters are text)."""
        if self.sort.kind is Kind.METRIC:
            return not (self.tuning or self.releases)
        return self.sort.kind is Kind.CREATED


@dataclass(frozen=True)
class Answer:
    """What was found: `more` than fits the limit, or `cut` because there is more than is read at most."""

    rows: list[Row]
    more: bool
    cut: bool


@dataclass
class _Capped:
    """Jobs up to the most that are read; `cut` tells afterwards whether there were more."""

    jobs: Iterator[FoundJob]
    cut: bool = False

    def __iter__(self) -> Iterator[FoundJob]:
        yield from islice(self.jobs, LOOKED_AT)
        self.cut = next(self.jobs, None) is not None


def find(stack: Stack, sagemaker: "SageMakerClient", asked: Asked, now: float) -> Answer:
    """Return the rows in their order.

    Args:
        stack: Whose table is read.
        sagemaker: Whose jobs are searched.
        asked: The question.
        now: SageMaker's time.

    Raises:
        UsageError: The stack has no such model, or the question contradicts itself.
    """
    _check(stack, asked)
    if asked.releases:
        return _answer(_releases(stack, sagemaker, asked, now), asked, None)
    query = _query(stack, asked, now)
    found = search.tuning_jobs(sagemaker, query) if asked.tuning else search.training_jobs(sagemaker, query)
    capped = _Capped(found)
    meant = (job for job in capped if _is_meant(stack, asked, job))
    return _answer(joined(meant, stack.table.get_release), asked, capped)


def _check(stack: Stack, asked: Asked) -> None:
    if asked.model is not None:
        stack.model(asked.model)
    if (asked.foreign or asked.place is not None) and (asked.model is not None or asked.releases):
        option = "--foreign" if asked.foreign else "--all-in-bucket"
        raise UsageError(f"{option} is for jobs of others, which have no model and no release: leave out one of them")


def _answer(rows: Iterator[Row], asked: Asked, capped: _Capped | None) -> Answer:
    """Filter, sort and cut; one row more than is shown tells whether there are more."""
    passed = passing(rows, asked.wheres)
    if asked.comes_sorted:
        found = list(islice(passed, asked.limit + 1))
    else:
        found = ordered(passed, asked.sort, descending=asked.descending)
    return Answer(found[: asked.limit], len(found) > asked.limit, capped is not None and capped.cut)


def _is_meant(stack: Stack, asked: Asked, job: FoundJob) -> bool:
    """Say whether it is one of those asked for, whatever Search took the filters for."""
    if asked.place is not None and not reads_from(job, asked.place):
        return False
    return not asked.foreign or job.tags.get(_OURS) != stack.name


def _query(stack: Stack, asked: Asked, now: float) -> Query:
    """Return what SageMaker is asked: as much of the question as it can answer."""
    by = asked.sort.searched if asked.comes_sorted else None
    return Query(
        conditions=tuple(dict.fromkeys(_conditions(stack, asked, now))),
        foreign_to=(_OURS, stack.name) if asked.foreign else None,
        # Search has no list of a tuning job's channels to look into.
        place=asked.place.rstrip("/") if asked.place is not None and not asked.tuning else None,
        sort_by=by or "CreationTime",
        descending=asked.descending or by is None,
    )


def _conditions(stack: Stack, asked: Asked, now: float) -> Iterator[Condition]:
    if not asked.foreign and asked.place is None:
        yield search.tagged(_OURS, stack.name)
    if asked.model is not None:
        yield search.tagged(f"{_OURS}:model", asked.model)
    if asked.status is not None:
        yield search.has_status(asked.status, tuning=asked.tuning)
    if asked.since is not None:
        yield search.created_since(now - asked.since)
    if not asked.tuning:
        for where in asked.wheres:
            yield from where.conditions()
        if asked.sort.kind is Kind.METRIC and asked.sort.searched is not None:
            yield Condition(asked.sort.searched, "Exists")


def _releases(stack: Stack, sagemaker: "SageMakerClient", asked: Asked, now: float) -> Iterator[Row]:
    """Yield the releases by time, each with the job that made its model, if one did."""
    is_plain = asked.comes_sorted and asked.descending and not asked.wheres and asked.status is None
    found = read_releases(stack, asked.model, asked.limit + 1 if is_plain else LOOKED_AT)
    earliest = 0.0 if asked.since is None else now - asked.since
    found = [release for release in found if release.created_at >= earliest]
    jobs = search.named(sagemaker, [release.training_job for release in found if release.training_job])
    for release in found if asked.descending else reversed(found):
        job = jobs.get(release.training_job or "")
        if asked.status is None or (job is not None and job.status == asked.status):
            yield Row(job, release)
