"""The rows that candidate and baseline are scored on: listed once per attempt, and read back by everybody else."""

import json

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import MeasurementError
from yardmaster.flows.yard import Yard
from yardmaster.records import Release


def uri(yard: Yard, release: Release) -> str:
    """Return the URI of the attempt's manifest."""
    return yard.bucket.uri(_key(release))


def pin(yard: Yard, release: Release, tests: tuple[Release, ...]) -> None:
    """Write the attempt's manifest, unless it is there.

    It is in SageMaker's manifest format: a prefix, then keys below it. A repeat takes the rows that were listed first,
    so that both models are always scored on the same.
    """
    try:
        yard.bucket.head(_key(release))
    except MissingObjectError:
        root = f"{release.model}/releases/"
        names = [
            item.key.removeprefix(root)
            for test in tests
            for item in yard.bucket.list(yard.bucket.key_of(test.channels["test"].uri))
        ]
        manifest = [{"prefix": yard.bucket.uri(root)}, *names]
        yard.bucket.write_once(_key(release), json.dumps(manifest).encode(), "application/json")


def rows_are_there(yard: Yard, test: Release) -> bool:
    """Tell whether a release's test channel still has an object."""
    return bool(yard.bucket.list(yard.bucket.key_of(test.channels["test"].uri)))


def score_keys(yard: Yard, release: Release, role: str) -> list[str]:
    """Return the keys of a role's outputs, in the order of the manifest.

    An output is told by its file's name, which is the release's own: whether SageMaker keeps the folders above it is
    not documented for manifests.

    Raises:
        MeasurementError: An input has no output, or several.
    """
    inputs = _inputs(yard, release)
    outputs = [item.key for item in yard.bucket.list(f"{yard.bucket.key_of(scores_uri(yard, release, role))}/")]
    found = []
    for name in (key.rsplit("/", 1)[-1] for key in inputs):
        matching = [key for key in outputs if key.rsplit("/", 1)[-1] == f"{name}.out"]
        if len(matching) != 1:
            raise MeasurementError(f"{role}: {len(matching)} outputs for test rows {name}, not one")
        found += matching
    return found


def input_keys(yard: Yard, release: Release) -> list[str]:
    """Return the keys of the test rows, in the order of the manifest."""
    return [f"{release.model}/releases/{key}" for key in _inputs(yard, release)]


def drops(yard: Yard, release: Release) -> list[str]:
    """Return the names of the drops whose test rows are in the manifest, in its order: `jan`, `feb`, this one last."""
    files = [key.rsplit("/", 1)[-1] for key in _inputs(yard, release)]
    return [file.partition("-")[2].removesuffix(".csv") for file in files]


def scores_uri(yard: Yard, release: Release, role: str) -> str:
    """Return the prefix of a role's scores, without a trailing slash; each attempt has its own."""
    return yard.bucket.uri(f"{release.folder}scores/{release.attempt}/{role}")


def _inputs(yard: Yard, release: Release) -> list[str]:
    raw, _ = yard.bucket.read(_key(release))
    return [str(key) for key in json.loads(raw)[1:]]


def _key(release: Release) -> str:
    return f"{release.folder}tests-{release.attempt}.manifest"
