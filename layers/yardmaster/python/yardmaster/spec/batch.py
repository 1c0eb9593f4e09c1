"""The `batch_transform` section: predictions by schedule, and of files that are uploaded."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from yardmaster.spec.base import INSTANCE_TYPE, SpecModel, not_allowed

NAME = r"^[a-z0-9](-?[a-z0-9]){0,29}$"


def _release(value: object) -> object:
    if value == "in_service" or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise not_allowed("in_service, or a release's number such as 7")


class BatchTransformSpec(SpecModel):
    """A batch of predictions, by schedule; or how files are scored that are uploaded below a folder."""

    name: str | None = Field(default=None, pattern=NAME, examples=["nightly"])
    """What the batch is called, and the folder of its results; the last folder of `input` if it isn't said."""
    schedule: str | None = Field(default=None, examples=["cron(0 6 * * ? *)", "rate(1 day)", "at(2026-12-24T06:00:00)"])
    """When, as EventBridge Scheduler writes it. Without it, what is uploaded below `input` is scored as it arrives."""
    timezone: str = Field(default="UTC", examples=["Europe/Berlin"])
    """The time zone of a `cron` or `at` schedule, by the IANA's name; daylight saving is followed."""
    input: str = Field(min_length=1, examples=["predict/nightly/"])
    """The folder with the files, below the model's: `predict/nightly/`."""
    release: Annotated[Literal["in_service"] | int, BeforeValidator(_release)] = "in_service"
    """Whose model predicts: the release in service at that time, or the one with this number."""
    instance_type: str = Field(default="ml.m5.xlarge", pattern=INSTANCE_TYPE, examples=["ml.m5.xlarge"])
    """The machine that predicts."""
    instance_count: int = Field(default=1, ge=1, le=100)
    """How many of them; they share the files among them, so more than there are files help nobody."""
    join_source: Literal["Input", "None"] = "None"
    """Whether each prediction stands beside its whole row; of a table's row the columns of `data.id` always do."""
    input_filter: str | None = Field(default=None, min_length=1, examples=["$[1:]"])
    """Which part of each record the model gets, as JSONPath; for files that go to the model as they are."""
    output_filter: str | None = Field(default=None, min_length=1, examples=["$[0,-1]"])
    """Which part of each record and its prediction stays, as JSONPath; for files that go to the model as they are."""
    content_type: str | None = Field(default=None, min_length=1, max_length=256, examples=["application/jsonlines"])
    """What the files are; of itself what the model learned from. Tables are always text/csv."""
    split_type: Literal["None", "Line", "RecordIO", "TFRecord"] = "Line"
    """How a file becomes records; None sends each file whole."""
    batch_strategy: Literal["MultiRecord", "SingleRecord"] = "MultiRecord"
    """Whether a request to the model holds as many records as `max_payload` allows, or one."""
    max_payload: int = Field(default=6, ge=0, le=100)
    """The largest request to the model, in MB; 0 for no limit."""
    max_concurrent_transforms: int = Field(default=1, ge=1, le=100)
    """How many requests each machine's container gets at once."""

    @property
    def label(self) -> str:
        """What the batch is called."""
        return self.name or self.input.rstrip("/").rpartition("/")[2]
