"""A quiet night: predictions by schedule, an endpoint that nobody asks, and the command that brings it back.

Nothing is told that was not seen: what does not come about in its time ends the demo, in words.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from examples.demo import night_words
from examples.demo.night_words import FOLDER
from examples.demo.stage import Stage, StageError
from examples.demo.story import Story
from examples.demo.view import View

RESULTS = "predictions/nightly/"
PATIENCE = 60.0
"""Minutes for each step: an endpoint is stopped 20 to 30 after its last request, on a machine that keeps up."""
POLL = 0.25


@dataclass(frozen=True)
class Night:
    """The night of one model, after the last request to its endpoint.

    Attributes:
        stage: Local AWS.
        view: What the audience sees; `look` redraws how the releases stand, with a line about the night.
        story: The model, the spec in force, and what is predicted tonight.
        request: A row as the endpoint takes it: the first request of the morning.
    """

    stage: Stage
    view: View
    look: Callable[[str], None]
    story: Story
    request: bytes

    def play(self) -> dict[str, Any]:
        """Play the night; return what came of it: `batch`, `asleep` and `morning`.

        Raises:
            StageError: Something that the night is about did not come about.
        """
        quiet_since = self.stage.now()
        before = self.stage.endpoint_shape(self.story.model)
        self._fall(quiet_since)
        batch = self._batch()
        asleep = self._asleep(quiet_since)
        return {"batch": batch, "asleep": asleep, "morning": self._morning(before)}

    def _fall(self, now: float) -> None:
        """Put the spec with a night in it, and the rows that its schedule is to find."""
        schedule, tonight = night_words.schedule_after(now), self.story.tonight
        self._say("It is night: nobody asks the endpoint any more. The spec gains two lines")
        self._tell(f"batch_transform: [{{schedule: {schedule}, input: {FOLDER}, join_source: Input}}]")
        self._tell(f"deploy: {{idle: {{stop_after: {night_words.STOP_AFTER}}}}}")
        spec = night_words.spec_of(self.story.spec, schedule)
        self.stage.put(f"{self.story.model}/spec.yaml", spec.encode())
        # Before the schedule is known, a file there would be scored at once.
        self._wait("the new spec makes its schedule", self.stage.schedules)
        self.stage.put(f"{self.story.model}/{FOLDER}{tonight.name}", tonight.rows)
        self._tell(f"{FOLDER}{tonight.name}: {tonight.title}")

    def _batch(self) -> dict[str, Any]:
        """Wait for the results of the batch, and show some."""
        folder = f"{self.story.model}/{RESULTS}"

        def manifest() -> str | None:
            return next((key for key in self.stage.keys(folder) if key.endswith("/manifest.json")), None)

        key: str = self._wait("the nightly batch", manifest, "batches", self.story.model)
        found, place = json.loads(self.stage.read(key)), key.removesuffix("manifest.json")
        self._say(
            f"The schedule has fired, {found['release']} has predicted: {found['rows_in']:,} rows in, "
            f"{found['rows_out']:,} out, a job of {found['seconds']:.0f} s"
        )
        self._tell(place)
        results = self.stage.read(f"{place}{found['files'][0]['result']}")
        for line in night_words.predictions(results, self.story.tonight.cells):
            self._tell(line)
        kept = ("batch", "release", "rows_in", "rows_out")
        return {name: found[name] for name in kept} | {
            "seconds": round(found["seconds"], 1),
            "uri": self.stage.uri(place),
        }

    def _asleep(self, quiet_since: float) -> dict[str, Any]:
        """Wait until the sweep has found the endpoint idle, and it is gone."""
        model = self.story.model

        def gone() -> bool:
            return self.stage.endpoint_status(model) is None

        self._wait(f"endpoint {model} idle and stopped", gone, "endpoints", since=quiet_since)
        row = self._row("stopped")
        stopping = next(line for line in reversed(row["history"]) if line["state"] == "stopping")
        minutes = (stopping["at"] - quiet_since) / 60
        hours = night_words.hours_a_month(row["instances"])
        self._say(f"The sweep has found the endpoint idle, {minutes:.0f} minutes after its last request: it is stopped")
        self._tell(stopping["reason"])
        self._tell(f"last request {night_words.clock(quiet_since)}, stopped {night_words.clock(row['since'])}")
        a_month = ", ".join(f"{count:,} hours of {kind}" for kind, count in hours.items())
        self._tell(f"{row['saves']}: {a_month} a month, if it sleeps {night_words.HOURS_A_NIGHT} hours a night")
        return {
            "idle_minutes": round(minutes, 1),
            "reason": stopping["reason"],
            "quiet_since": night_words.moment(quiet_since),
            "stopped_at": night_words.moment(row["since"]),
            "saves": row["saves"],
            "instance_hours_a_month": hours,
        }

    def _morning(self, before: dict[str, Any]) -> dict[str, Any]:
        """Start the endpoint as a person does, and send it the first request of the day."""
        model = self.story.model
        self._say(f'It is morning: yardmaster start {model} --reason "the day begins"')
        began = time.monotonic()
        for line in self.stage.yardmaster("start", model, "--reason", "the day begins"):
            self._tell(line)
        self._wait(
            f"endpoint {model} in service", lambda: self.stage.endpoint_status(model) == "InService", "endpoints"
        )
        runtime = self.stage.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName=model, ContentType="text/csv", Body=self.request)
        seconds = time.monotonic() - began
        row = self._row("in_service")
        if (after := self.stage.endpoint_shape(model)) != before:
            raise StageError(f"endpoint {model} came back as {after}, and was {before}")
        status, variant = answer["ResponseMetadata"]["HTTPStatusCode"], answer["InvokedProductionVariant"]
        body = answer["Body"].read().decode().strip()
        self._say(f"The endpoint is back, {row['last_start_seconds']:.0f} s of its time after the command")
        self._tell("configuration, variants, weights and instances are what they were")
        self._tell(f"the first request, {seconds:.1f} s after the command: {status} by {variant}, {body}")
        return {
            "start_seconds": round(row["last_start_seconds"], 1),
            "first_answer": {"status": status, "variant": variant, "body": body, "real_seconds": round(seconds, 1)},
        }

    def _row(self, state: str) -> dict[str, Any]:
        """Wait until `yardmaster endpoints --json` has the endpoint in a state; return what it says."""

        def found() -> dict[str, Any] | None:
            rows = json.loads("\n".join(self.stage.yardmaster("endpoints", "--json")))
            return next((row for row in rows if (row["endpoint"], row["state"]) == (self.story.model, state)), None)

        row: dict[str, Any] = self._wait(f"endpoint {self.story.model} {state}", found, "endpoints")
        return row

    def _wait(self, what: str, done: Callable[[], Any], *command: str, since: float | None = None) -> Any:
        """Return what a question answers, once it is true.

        Raises:
            StageError: It isn't in time; the message has what the command says of it.
        """
        deadline = time.monotonic() + PATIENCE * self.stage.minute
        while not (answer := done()):
            if time.monotonic() > deadline:
                said = "\n".join(self.stage.yardmaster(*command)) if command else ""
                raise StageError(f"the night waits for {what}, in vain for {PATIENCE:g} minutes\n{said}".rstrip())
            quiet = f", no request for {(self.stage.now() - since) / 60:.0f} minutes" if since is not None else ""
            self.look(f"waiting for {what}{quiet}")
            time.sleep(POLL)
        return answer

    def _say(self, text: str) -> None:
        self.view.say(text, time.monotonic())

    def _tell(self, text: str) -> None:
        self.view.tell(text)
