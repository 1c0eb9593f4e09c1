"""`make demo`: four months of flights, or one's own file, through local AWS."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from examples.demo import elsewhere, flights, own, summary, usual
from examples.demo.night import Night
from examples.demo.stage import MINUTE, Stage, StageError
from examples.demo.story import Act, Story
from examples.demo.traffic import Traffic
from examples.demo.view import View
from yardmaster.errors import RefusedError

FOLDER = Path(".local/demo")
ENDED = {"live", "replaced", "refused", "unchanged", "rejected", "rolled_back", "inconclusive", "superseded", "failed"}
ACT_SECONDS = 150.0
"""How long a drop may take to its ending."""
POLL = 0.25
ROWS = 2_000
"""How many rows the traffic repeats."""
SHIFTER, SHIFT = "yardmaster-judge-canary", "UpdateEndpointWeightsAndCapacities"


class Demo:
    """The demo: a stage, a view, and the acts one after the other."""

    def __init__(self, console: Console, story: Story) -> None:
        """Nothing runs yet."""
        self._console = console
        self._story = story
        self._model = story.model
        self._comparison: dict[str, Any] | None = None
        self._night: dict[str, Any] | None = None
        self._began = time.monotonic()
        self._first_live: float | None = None
        self._approved: set[str] = set()
        self.traffic: Traffic | None = None

    def run(self) -> dict[str, Any]:
        """Play all acts; return the summary.

        Raises:
            StageError: Local AWS did not start, a drop came to no end, or the night was not as it should be.
        """
        stage = Stage(FOLDER)
        try:
            stage.wait_until_ready()
            with View(self._console, self._began) as view:
                view.say(f"local AWS is ready at {stage.endpoint}; its minutes take {MINUTE:g} s", self._now())
                stage.put(f"{self._model}/spec.yaml", self._story.spec.encode())
                for act in self._story.acts:
                    self._play(stage, view, act)
                if self._story.guest and self.traffic:
                    self._comparison = self._play_guest(stage, view, self.traffic)
                if self.traffic:
                    self.traffic.stop()
                    self._night = self._play_night(stage, view, self.traffic)
            found = summary.make(self._seconds(), self._first_live, self.traffic, stage.releases())
            return found | {"elsewhere": self._comparison, "night": self._night, "kills": stage.kills()}
        finally:
            if self.traffic:
                self.traffic.stop()
            stage.stop()

    def _play(self, stage: Stage, view: View, act: Act) -> None:
        view.say(act.title, self._now())
        if act.killed:
            stage.kill_after(SHIFTER, SHIFT)
        ended = self._drop(stage, view, f"data/{act.file.name}", act.file.read_bytes())
        if ended["stage"] == "live" and self.traffic is None:
            self._first_live = self._seconds()
            rows = self._test_rows(stage, ended)
            view.say(f"live traffic begins: InvokeEndpoint on {self._model}, by boto3", self._now())
            self.traffic = Traffic(stage.client("sagemaker-runtime"), self._model, rows)

    def _play_guest(self, stage: Stage, view: View, traffic: Traffic) -> dict[str, Any]:
        """Drop a model that was trained elsewhere while summer begins; return how it was judged, and the usual way."""
        view.say(
            "A model trained elsewhere, with code of its own: better offline. And July's flights begin", self._now()
        )
        columns = elsewhere.columns_of(stage)
        content = elsewhere.archive(stage, columns)
        traffic.ask_for(elsewhere.summer(columns, FOLDER / "data", ROWS))
        ended = self._drop(stage, view, "artifacts/model.tar.gz", content)
        folder = f"{self._model}/releases/{ended['number']:04d}-model/"
        evaluation = json.loads(stage.read(f"{folder}evaluation.json"))
        baseline = evaluation["yardmaster"]["baseline"]["auc"]
        offline = {"auc": evaluation["binary_classification_metrics"]["auc"]["value"], "baseline_auc": baseline}
        return {"offline": offline, **usual.compare(json.loads(stage.read(f"{folder}decision.json")))}

    def _play_night(self, stage: Stage, view: View, traffic: Traffic) -> dict[str, Any]:
        """Let a batch run, the endpoint fall asleep, and a command bring it back; return how all that went."""

        def look(note: str) -> None:
            view.show(stage.releases(), traffic, self._now(), note)

        return Night(stage, view, look, self._story, traffic.rows[0]).play()

    def _drop(self, stage: Stage, view: View, place: str, content: bytes) -> dict[str, Any]:
        """Upload one drop and wait for its ending; return its release."""
        number = len(stage.releases()) + 1
        stage.put(f"{self._model}/{place}", content)
        done = self._until(stage, view, lambda found: len(found) >= number and found[number - 1]["stage"] in ENDED)
        return done[number - 1]

    def _until(self, stage: Stage, view: View, done: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        deadline = time.monotonic() + ACT_SECONDS
        while time.monotonic() < deadline:
            releases = stage.releases()
            view.show(releases, self.traffic, self._now())
            if done(releases):
                return releases
            self._approve(stage, view, releases[-1:])
            time.sleep(POLL)
        raise StageError(f"no end after {ACT_SECONDS:g} s; the logs are in {FOLDER}/logs")

    def _approve(self, stage: Stage, view: View, newest: list[dict[str, Any]]) -> None:
        """Say yes once for a release that waits for a person: its test rows were too few for the gate to tell."""
        for release in newest:
            waiting = release["waiting_for"] or {}
            if waiting.get("kind") == "approval" and release["release"] not in self._approved:
                self._approved.add(release["release"])
                view.say("the gate can't tell, and asks a person: yardmaster approve", self._now())
                stage.approve(release, "the demo goes on")

    def _test_rows(self, stage: Stage, release: dict[str, Any]) -> list[bytes]:
        """Rows as the endpoint takes them: encoded, without the label."""
        prefix = f"{self._model}/releases/{release['number']:04d}-"
        key = next(key for key in stage.keys(prefix) if "/channels/test/" in key)
        lines = stage.read(key).splitlines()
        return [line.partition(b",")[2] for line in lines[:ROWS]]

    def _now(self) -> float:
        return time.monotonic()

    def _seconds(self) -> float:
        return time.monotonic() - self._began


def main() -> int:
    """Run the demo; 0 if everything ended as it should and no request failed."""
    options = _parser().parse_args()
    console = Console(highlight=False)
    if bool(options.csv) != bool(options.label):
        return _complain(console, "give both: make demo CSV=mine.csv LABEL=churned")
    shutil.rmtree(FOLDER, ignore_errors=True)
    data = FOLDER / "data"
    data.mkdir(parents=True)
    try:
        story = own.story(options.csv, options.label, data) if options.csv else flights.story(data)
        demo = Demo(console, story)
        found = demo.run()
    except (StageError, RefusedError, OSError) as error:
        return _complain(console, str(error))
    except KeyboardInterrupt:
        return _complain(console, "stopped")
    (FOLDER / "summary.json").write_text(json.dumps(found, indent=1))
    summary.show(console, found, demo.traffic)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--csv", type=Path, help="a CSV of your own; two halves become two drops")
    parser.add_argument("--label", help="its column to predict")
    return parser


def _complain(console: Console, message: str) -> int:
    console.print(f"demo: {message}", style="red")
    return 1


if __name__ == "__main__":
    sys.exit(main())
