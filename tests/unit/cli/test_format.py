"""How releases look in a terminal."""

import io

import pytest
from rich.console import Console

from tests.unit.cli.builders import NOW, release
from yardmaster.cli.format import history_lines, releases_table, state_line, summary, traffic
from yardmaster.records import Endpoint, Stage, Waiting, WaitKind

ENDPOINT = Endpoint("churn", "churn", weights={"release-aaaaaaaa": 95.0, "release-abcdefgh": 5.0})


def drawn(width: int, *, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None)
    console.print(releases_table([release(Stage.CANARY, "5 % since [bold]14:02[/bold]")], [ENDPOINT], NOW))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_shows_stage_traffic_age_and_reason(width: int) -> None:
    text = drawn(width)
    for part in ("churn #7", "jan", "canary", "5 %", "3m"):
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= width


def test_reasons_are_printed_as_they_are_not_as_markup() -> None:
    assert "[bold]14:02[/bold]" in drawn(120)


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[" in drawn(120, colour=True)
    assert "\x1b[" not in drawn(120)


def test_traffic_is_a_share_of_what_was_asked_for() -> None:
    assert traffic(release(), [ENDPOINT]) == "5 %"
    assert traffic(release(id="zzzzzzzz"), [ENDPOINT]) == ""


@pytest.mark.parametrize(
    ("reason", "subject", "line"),
    [
        ("gate passed", "churn #6", "gate passed; waits for endpoint: churn #6"),
        ("churn #6 holds the endpoint", "churn #6", "churn #6 holds the endpoint"),
        ("", "churn #6", "waits for endpoint: churn #6"),
    ],
)
def test_what_it_waits_for_is_said_once(reason: str, subject: str, line: str) -> None:
    waiting = Waiting(WaitKind.ENDPOINT, subject, NOW)
    assert state_line(release(Stage.REGISTERED, reason, waiting_for=waiting)) == line


def test_the_history_is_a_line_per_step() -> None:
    lines = history_lines(release())
    assert [line.split("  ")[1].strip() for line in lines] == ["received", "training"]
    assert lines[0].endswith("UTC  received  churn/data/jan.csv was dropped")


def test_the_summary_is_what_the_demo_writes() -> None:
    found = summary(release())
    assert {"model", "release", "number", "stage", "reason", "history"} <= found.keys()
    assert found["history"][1] == {"stage": "training", "at": NOW - 200, "reason": "job ym-churn-abcdefgh-1 runs"}
