"""`yardmaster replay`: a past canary through the judge."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.main import main
from yardmaster.cli.replay import replay_endpoint, replay_file
from yardmaster.errors import MeasurementError

BEGAN = 1_772_600_040.0


def minute(place: int, errors: int, requests: int = 300) -> dict[str, Any]:
    return {
        "start": BEGAN + 60 * place,
        "canary": {"requests": requests, "errors": errors},
        "baseline": {"requests": 5000, "errors": 5},
    }


def told(tmp_path: Path, data: Any, spec: str | None = None) -> tuple[int, str]:
    recorded, said = tmp_path / "decision.json", io.StringIO()
    recorded.write_text(json.dumps(data))
    specification = None
    if spec is not None:
        specification = tmp_path / "spec.yaml"
        specification.write_text(spec)
    code = replay_file(Terminal(Console(file=said, width=200)), recorded, specification)
    return code, said.getvalue()


def test_a_bad_canary_would_have_been_rolled_back_and_when(tmp_path: Path) -> None:
    code, said = told(tmp_path, {"minutes": [minute(place, errors=15) for place in range(30)]})
    assert code == 1
    assert said.startswith("step 1, from 2026-03-04 04:54:00 UTC: roll back after 5m, at 2026-03-04 04:59:00 UTC: 300 ")


def test_a_good_canary_would_have_been_promoted_step_by_step(tmp_path: Path) -> None:
    recorded = {
        "minutes": [minute(place, errors=0) for place in range(30)],
        "steps_began_at": [BEGAN, BEGAN + 900],
    }
    code, said = told(tmp_path, recorded)
    assert code == 0
    assert [line.split(": ")[1].split(" after")[0] for line in said.splitlines()] == ["promote", "promote"]


def test_other_thresholds_give_another_verdict(tmp_path: Path) -> None:
    recorded = {"minutes": [minute(place, errors=0) for place in range(30)]}
    spec = "algorithm: xgboost\ndata: {label: y}\ndeploy: {canary: {min_requests: 100000}}\n"
    code, said = told(tmp_path, recorded, spec)
    assert code == 0
    assert "no verdict: 8,700 requests, 0 errors" in said


@pytest.mark.parametrize("data", [[], {}, {"minutes": []}, {"minutes": [{"start": 1}]}, {"minutes": "many"}])
def test_another_form_is_refused_in_words(tmp_path: Path, data: Any) -> None:
    with pytest.raises(MeasurementError, match=r"form than|is needed"):
        told(tmp_path, data)


def test_thresholds_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="thresholds: "):
        told(tmp_path, {"minutes": [minute(0, 0)], "thresholds": {"max_error_rate": 7}})


def test_a_file_that_is_no_json_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(UsageError, match=r"x\.json is no JSON"):
        replay_file(Terminal(Console(file=io.StringIO())), tmp_path / "x.json", None)


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "f.json", "--endpoint", "e"], ["replay", "--endpoint", "e"]]
)
def test_half_a_question_says_what_is_missing(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "replay takes a FILE, or all of" in capsys.readouterr().err


def test_a_time_that_is_none_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError, match="2026-11-22T14:03"):
        replay_endpoint(Terminal(Console(file=io.StringIO())), "e", "a", "b", "noon", "night", None)
