"""`columns.json`: the encoding that a release was prepared with."""

from yardmaster.errors import YardmasterError
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.records import Release


def read_columns(yard: Yard, release: Release) -> Columns:
    """Return the columns of a release that is prepared.

    Raises:
        YardmasterError: It has none.
    """
    if release.columns_uri is None:
        raise YardmasterError(f"{release.title} has no columns: it is not prepared")
    raw, _ = yard.bucket.read(yard.bucket.key_of(release.columns_uri))
    return Columns.from_json(raw.decode())


def read_frozen(yard: Yard, release: Release) -> Columns:
    """Return the columns that a release's model has: frozen by its first drop of data.

    Raises:
        YardmasterError: It has none.
    """
    model = yard.table.get_model(release.model)
    if model is None or model.columns_uri is None:
        raise YardmasterError(f"model {release.model} has a release in service, and no columns")
    raw, _ = yard.bucket.read(yard.bucket.key_of(model.columns_uri))
    return Columns.from_json(raw)
