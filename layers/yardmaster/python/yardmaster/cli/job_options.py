"""The options of `yardmaster jobs`, and what they ask."""

import argparse
import re
from collections.abc import Callable

from yardmaster.cli.errors import UsageError
from yardmaster.cli.job_fields import field_of, where_of
from yardmaster.cli.job_search import Asked
from yardmaster.cli.jobs import Form

STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
_PLACE = re.compile(r"s3://(?P<place>[^/]+(?:/.*)?)")
_EPILOG = """NAME is created, seconds, a metric of the training job (validation:auc: whatever has a colon), one that
Yardmaster measured on the test rows (test:auc), or a hyperparameter (eta). Where that is not clear, write it as
SageMaker does: Metrics.accuracy, HyperParameters.eta."""


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", duration: Callable[[str], float]
) -> None:
    """Add the command and its options; `duration` reads `7d`."""
    command = commands.add_parser(
        "jobs", help="past training and tuning jobs, filtered and sorted by metrics and hyperparameters", epilog=_EPILOG
    )
    command.add_argument("model", nargs="?", metavar="MODEL")
    command.add_argument("--sort", default="created", metavar="NAME", help="the highest, or newest, first")
    command.add_argument("--ascending", action="store_true", help="the lowest, or oldest, first")
    command.add_argument(
        "--where", action="append", default=[], metavar="COND", help="such as 'validation:auc>0.9' or 'eta<=0.3'"
    )
    command.add_argument("--status", choices=STATUSES, help="SageMaker's status of the job")
    command.add_argument("--since", type=duration, metavar="7d", help="made since then")
    command.add_argument("--limit", type=_count, default=20, help="at most so many (default 20)")
    command.add_argument("--foreign", action="store_true", help="jobs that are not this stack's")
    command.add_argument(
        "--all-in-bucket", metavar="S3URI", help="anybody's jobs with data in s3://bucket or s3://bucket/prefix"
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument("--tuning", action="store_true", help="tuning jobs, each with its best training job")
    what.add_argument("--releases", action="store_true", help="releases, also those without a job")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=Form.JSON, default=Form.TABLE)
    form.add_argument("--csv", dest="form", action="store_const", const=Form.CSV, default=Form.TABLE)


def asked(options: argparse.Namespace) -> Asked:
    """Return the question.

    Raises:
        UsageError: A condition or a place can't be read.
    """
    ours = not options.foreign and options.all_in_bucket is None
    return Asked(
        model=options.model,
        sort=field_of(options.sort, ours=ours),
        descending=not options.ascending,
        wheres=tuple(where_of(text, ours=ours) for text in options.where),
        status=options.status,
        since=options.since,
        foreign=options.foreign,
        place=_place(options.all_in_bucket),
        tuning=options.tuning,
        releases=options.releases,
        limit=options.limit,
    )


def _place(uri: str | None) -> str | None:
    if uri is None:
        return None
    found = _PLACE.fullmatch(uri)
    if found is None:
        raise UsageError(f"{uri!r} is no place in S3: write s3://bucket or s3://bucket/prefix")
    return found["place"]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows: write 1 or more")
    return int(text)
