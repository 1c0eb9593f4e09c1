"""`events/<function>/*.json` are what wakes a function: each by its own rules, and by nobody else's."""

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.patterns import matches
from local_aws.template import event_patterns

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(
    [
        "apply_spec",
        "deploy_canary",
        "evaluate_candidate",
        "judge_canary",
        "prepare_data",
        "start_training",
        "test_candidate",
        "wake_releases",
    ]
)
FILES = sorted((ROOT / "events").glob("*/*.json"))


def load(path: Path) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return event


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def patterns() -> dict[str, list[dict[str, Any]]]:
    buckets = {event["detail"]["bucket"]["name"] for event in map(load, FILES) if event["source"] == "aws.s3"}
    assert len(buckets) == 1, f"the samples should agree on one bucket: {buckets}"
    return event_patterns(ROOT / "template.yaml", "yardmaster", {}, {"Bucket": buckets.pop()})


def test_the_template_wakes_the_functions_of_the_design(patterns: dict[str, list[dict[str, Any]]]) -> None:
    assert sorted(patterns) == FUNCTIONS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_sample_for_each_of_its_rules(
    function: str, patterns: dict[str, list[dict[str, Any]]]
) -> None:
    events = [load(path) for path in FILES if path.parent.name == function]
    assert events, f"events/{function}/ has no sample"
    for pattern in patterns[function]:
        assert any(matches(pattern, event) for event in events), f"no sample of events/{function}/ matches {pattern}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_sample_wakes_its_function_and_no_other(path: Path, patterns: dict[str, list[dict[str, Any]]]) -> None:
    event = load(path)
    woken = {function for function, rules in patterns.items() if any(matches(rule, event) for rule in rules)}
    assert woken == {path.parent.name}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_sample_wakes_its_function_twice(path: Path, patterns: dict[str, list[dict[str, Any]]]) -> None:
    event = load(path)
    assert sum(matches(rule, event) for rule in patterns[path.parent.name]) == 1
