"""How a scene is written, and played."""

import json
from collections.abc import Callable, Generator
from typing import Any

from tests.requirements import ROOT
from tests.sam.place import Place

Answer = Any
"""What the function returned."""
Scene = Callable[[Place], Generator[None, Answer, None]]
Invoke = Callable[[str, dict[str, Any]], Answer]
"""Invokes a function, by the name of its folder, with an event."""

SCENES: dict[str, Scene] = {}


def scene(sample: str) -> Callable[[Scene], Scene]:
    """Say which sample a scene is about: `start_training/release_due`."""

    def add(written: Scene) -> Scene:
        SCENES[sample] = written
        return written

    return add


def play(sample: str, place: Place, invoke: Invoke) -> None:
    """Play the scene of a sample in an empty place."""
    place.reset()
    event = json.loads((ROOT / "events" / f"{sample}.json").read_text())
    playing = SCENES[sample](place)
    next(playing)
    place.said()
    answer = invoke(sample.partition("/")[0], event)
    assert "errorType" not in answer, json.dumps(answer, indent=1)
    for _ in _sent(playing, answer):
        raise AssertionError(f"{sample}: a scene yields once")


def _sent(playing: Generator[None, Answer, None], answer: Answer) -> Generator[None, None, None]:
    try:
        playing.send(answer)
    except StopIteration:
        return
    yield
