"""The demo's night: what it writes, what it tells, and that it tells nothing that did not come about."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from examples.demo import flights, night_words, own, summary
from examples.demo.night import Night
from examples.demo.stage import Stage, StageError
from examples.demo.story import Story, Tonight
from examples.demo.view import View
from yardmaster.spec.parse import parse_accepted

QUIET_SINCE = datetime(2026, 11, 30, 20, 56, tzinfo=UTC).timestamp()
SHAPE = {"configuration": "c", "variants": {"release-a": {"CurrentWeight": 100.0}}}
SAVED = {"saves": "saves 1 × ml.m5.large while it is stopped", "instances": {"ml.m5.large": 1}}
MANIFEST = {
    "batch": "b",
    "release": "flights #2",
    "rows_in": 2,
    "rows_out": 2,
    "seconds": 7.0,
    "files": [{"result": "aug.csv"}],
}
TONIGHT = Tonight("aug.csv", "two flights", b"carrier,origin\nUA,EWR\nAA,JFK\n", 2)
STORY = Story("flights", flights.SPEC, [], TONIGHT)


class Scripted(Stage):
    """A stage on which everything comes about at once, but for what `never` names."""

    def __init__(self, never: str = "", waked: dict[str, Any] = SHAPE) -> None:
        self.minute = 1e-9
        self.outputs = {"BucketName": "bucket"}
        self.files: dict[str, bytes] = {}
        self.said: list[tuple[str, ...]] = []
        self.status: str | None = "InService"
        self._never = never
        self._shapes = [SHAPE, waked]

    def now(self) -> float:
        return QUIET_SINCE

    def schedules(self) -> list[str]:
        return [] if self._never == "schedule" else ["nightly"]

    def put(self, key: str, body: bytes) -> None:
        self.files[key] = body
        if key.endswith("aug.csv") and self._never != "batch":
            place = "flights/predictions/nightly/1-b/"
            self.files[f"{place}manifest.json"] = json.dumps(MANIFEST).encode()
            self.files[f"{place}aug.csv"] = b"carrier,origin,score\nUA,EWR,0.25\nAA,JFK,0.5\n"
            self.status = self.status if self._never == "idle" else None

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.files if key.startswith(prefix)]

    def read(self, key: str) -> bytes:
        return self.files[key]

    def endpoint_status(self, name: str) -> str | None:
        return self.status

    def endpoint_shape(self, name: str) -> dict[str, Any]:
        return self._shapes.pop(0)

    def yardmaster(self, *arguments: str) -> list[str]:
        self.said.append(arguments)
        if arguments[0] == "start" and self._never != "start":
            self.status = "InService"
        if arguments != ("endpoints", "--json"):
            return [f"what {arguments[0]} says"]
        line = {"at": QUIET_SINCE + 25 * 60, "state": "stopping", "reason": "no request to release-a for 20m"}
        row = {
            "endpoint": "flights",
            "state": "in_service" if self.status else "stopped",
            "since": QUIET_SINCE + 27 * 60,
            "reason": "it serves as before",
            "last_start_seconds": 178.4,
            "history": [line],
        }
        return json.dumps([row | SAVED], indent=2).splitlines()

    def client(self, service: str) -> Any:
        return self

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        assert (asked["EndpointName"], asked["Body"]) == ("flights", b"1,2")
        answer = {"HTTPStatusCode": 200}
        return {"ResponseMetadata": answer, "InvokedProductionVariant": "release-a", "Body": io.BytesIO(b"0.5\n")}


def played(stage: Scripted) -> tuple[dict[str, Any], str]:
    out = io.StringIO()
    view = View(Console(file=out, width=80), 0.0)
    return Night(stage, view, lambda _: None, STORY, b"1,2").play(), out.getvalue()


def test_a_night_tells_what_was_seen() -> None:
    found, told = played(Scripted())

    assert found["batch"] == {
        "batch": "b",
        "release": "flights #2",
        "rows_in": 2,
        "rows_out": 2,
        "seconds": 7.0,
        "uri": "s3://bucket/flights/predictions/nightly/1-b/",
    }
    assert found["asleep"] == {
        "idle_minutes": 25.0,
        "reason": "no request to release-a for 20m",
        "quiet_since": "2026-11-30T20:56:00+00:00",
        "stopped_at": "2026-11-30T21:23:00+00:00",
        "saves": "saves 1 × ml.m5.large while it is stopped",
        "instance_hours_a_month": {"ml.m5.large": 365},
    }
    assert found["morning"]["start_seconds"] == 178.4
    answer = found["morning"]["first_answer"]
    assert (answer["status"], answer["variant"], answer["body"]) == (200, "release-a", "0.5")
    assert 0 <= answer["real_seconds"] < 60
    for words in ("carrier UA, origin EWR: score 0.25", "20:56 UTC, stopped 21:23 UTC", "what start says"):
        assert words in told


def test_the_endpoint_is_started_by_the_command_line() -> None:
    stage = Scripted()
    played(stage)

    assert ("start", "flights", "--reason", "the day begins") in stage.said


def test_the_rows_come_once_the_schedule_is_there() -> None:
    stage = Scripted(never="schedule")

    with pytest.raises(StageError, match="waits for the new spec"):
        played(stage)
    assert list(stage.files) == ["flights/spec.yaml"]


@pytest.mark.parametrize(
    ("never", "complaint"),
    [
        ("batch", "waits for the nightly batch, in vain for 60 minutes\nwhat batches says"),
        ("idle", "waits for endpoint flights idle and stopped, in vain for 60 minutes\nwhat endpoints says"),
        ("start", "waits for endpoint flights in service, in vain for 60 minutes\nwhat endpoints says"),
    ],
)
def test_what_does_not_come_about_ends_the_demo_with_what_the_command_line_says(never: str, complaint: str) -> None:
    with pytest.raises(StageError, match=complaint):
        played(Scripted(never))


def test_an_endpoint_that_comes_back_otherwise_is_told() -> None:
    with pytest.raises(StageError, match=r"came back as .*other.*, and was"):
        played(Scripted(waked={"configuration": "other", "variants": {}}))


OWN = "algorithm: xgboost\ndata: {label: churned}\ndeploy: {canary: {min_requests: 60}}\n"


@pytest.mark.parametrize("spec", [flights.SPEC, OWN])
def test_the_nights_spec_is_the_old_one_with_a_batch_and_an_end_of_idleness(spec: str) -> None:
    text = night_words.spec_of(spec, "cron(0 2 * * ? *)")

    accepted = parse_accepted(text.encode())
    (batch,) = accepted.batch_transform
    assert (batch.label, batch.schedule, batch.input) == ("nightly", "cron(0 2 * * ? *)", "predict/nightly/")
    assert accepted.deploy is not None
    assert accepted.deploy.idle is not None
    assert accepted.deploy.idle.stop_after == 15 * 60
    after, before = yaml.safe_load(text), yaml.safe_load(spec)
    del after["batch_transform"], after["deploy"]["idle"]
    assert after == before


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-11-30T20:56:30", "cron(1 21 * * ? *)"), ("2026-11-30T23:57:00", "cron(2 0 * * ? *)")],
)
def test_the_schedule_fires_some_minutes_later(now: str, expected: str) -> None:
    assert night_words.schedule_after(datetime.fromisoformat(f"{now}+00:00").timestamp()) == expected


def test_predictions_stand_beside_the_first_cells_of_their_rows() -> None:
    results = b'a,b,c,d,e,no,yes\n1,"x,y",3,4,5,0.75,0.25\n'

    assert night_words.predictions(results, 5) == ["a 1, b x,y, c 3, d 4: no 0.75, yes 0.25"]


def test_at_most_three_predictions_are_shown() -> None:
    assert len(night_words.predictions(b"a,score\n" + b"1,0.5\n" * 9, 1)) == 3


@pytest.mark.parametrize(("header", "rows"), [(b"id,x,churned\n", 5), (b"", 6)])
def test_tonights_rows_of_ones_own_file_are_its_last_under_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: bytes, rows: int
) -> None:
    monkeypatch.setattr(own, "TONIGHT", 2)
    path = tmp_path / "mine.csv"
    path.write_bytes(header + b"".join(b"%d,%d,0\n" % (number, number) for number in range(rows)))

    found = own.tonight(path)

    assert (found.name, found.cells) == ("last-2.csv", 3)
    assert found.rows == header + b"%d,%d,0\n" % (rows - 2, rows - 2) + b"%d,%d,0\n" % (rows - 1, rows - 1)


def told(night: dict[str, Any] | None) -> dict[str, str]:
    requests = {"sent": 1200, "failed": 0, "failed_by_the_bad_model": 0}
    return dict(
        summary.lines(
            {
                "seconds": 150.1,
                "first_live_seconds": 20.5,
                "requests": requests,
                "elsewhere": None,
                "night": night,
                "kills": [],
            }
        )
    )


def test_the_summary_tells_the_night() -> None:
    lines = told(played(Scripted())[0])

    assert lines["nightly batch"].startswith("2 rows in, 2 out by flights #2, a job of 7 s: s3://bucket/")
    assert lines["idle endpoint"] == (
        "stopped 25 minutes after its last request; saves 1 × ml.m5.large while it is stopped"
    )
    assert lines["started again"].startswith("as it was, in 178 s of its time")
    assert lines["started again"].endswith("s after the command: 200 by release-a")


def test_a_summary_without_a_night_tells_none() -> None:
    assert list(told(None)) == ["requests", "seconds"]


def test_what_needs_more_than_a_line_stays_in_its_column() -> None:
    out = io.StringIO()
    view = View(Console(file=out, width=60), 0.0)
    step = {"stage": "evaluated", "reason": "auc 0.6533 >= baseline 0.6593 - 0.025, on 7,517 rows of both months"}
    view.show(
        [{"release": "a", "model": "flights", "number": 2, "stage": "evaluated", "reason": "", "history": [step]}],
        None,
        9.5,
    )

    first, second, *_ = [line.rstrip() for line in out.getvalue().splitlines()]
    assert first.startswith("   9.5 s  flights #2 evaluated ")
    assert second.startswith(" " * (first.index("auc")) + second.strip()[0])
    assert max(map(len, (first, second))) <= 60
