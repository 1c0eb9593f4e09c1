"""`events/<function>/*.json` are what wakes a function: each by its own rules, and by nobody else's."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.patterns import matches
from local_aws.template import event_patterns
from tests.sam.template_checks import misled, wakes_only
from yardmaster.rules.names import FUNCTIONS

ROOT = Path(__file__).parents[2]
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
    assert sorted(patterns) == sorted(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_sample_for_each_of_its_rules(
    function: str, patterns: dict[str, list[dict[str, Any]]]
) -> None:
    events = [load(path) for path in FILES if path.parent.name == function]
    assert events, f"events/{function}/ has no sample"
    for pattern in patterns[function]:
        assert any(matches(pattern, event) for event in events), f"no sample of events/{function}/ matches {pattern}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_sample_wakes_its_function_once_and_no_other(
    path: Path, patterns: dict[str, list[dict[str, Any]]]
) -> None:
    event = load(path)
    woken = [function for function, rules in patterns.items() for rule in rules if matches(rule, event)]
    assert wakes_only(path.parent.name, woken), woken


def test_no_event_that_is_almost_a_sample_wakes_anybody(patterns: dict[str, list[dict[str, Any]]]) -> None:
    almost = near_misses(patterns)
    assert len(almost) > 60
    assert list(misled(patterns, samples() | almost)) == []


# --- Each part of each pattern is needed ------------------------------------------------------------------------------

OTHERWISE: dict[str, Any] = {
    "source": "somebody.else",
    "detail-type": "Something Else",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/another-tick"],
    "name": "another-bucket",
    "key": "churn/notes.txt",
    "function": "nobody",
    "account": "999999999999",
    "stage": "training",
    "previous": "training",
    "moved": False,
    "command": "dance",
    "state": "asleep",
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
    "TrainingJobName": "another-churn-1",
    "HyperParameterTuningJobStatus": "InProgress",
    "HyperParameterTuningJobName": "another-churn-1",
    "TransformJobStatus": "InProgress",
    "TransformJobName": "another-churn-1",
    "ModelApprovalStatus": "PendingManualApproval",
    "ModelPackageGroupName": "another-churn",
    "EndpointStatus": "UPDATING",
    "kind": "endpoint",
    "long": False,
    "yardmaster": "another-stack",
}
"""What an event says where it is about something else, by the last name in its path."""
Route = tuple[str, ...]


def samples() -> dict[str, tuple[str, dict[str, Any]]]:
    return {name_of(path): (path.parent.name, load(path)) for path in FILES}


def leaves(pattern: dict[str, Any], path: Route = ()) -> Iterator[Route]:
    for name, value in pattern.items():
        yield from leaves(value, (*path, name)) if isinstance(value, dict) else [(*path, name)]


def parent(tree: dict[str, Any], path: Route) -> dict[str, Any]:
    for name in path[:-1]:
        tree = tree[name]
    return tree


def without(pattern: dict[str, Any], path: Route) -> dict[str, Any]:
    """Return a pattern that doesn't ask for what is at a path."""
    wider = copy.deepcopy(pattern)
    del parent(wider, path)[path[-1]]
    return wider


def otherwise(event: dict[str, Any], path: Route) -> dict[str, Any]:
    """Return an event that is about something else."""
    other = copy.deepcopy(event)
    parent(other, path)[path[-1]] = OTHERWISE[path[-1]]
    return other


def near_misses(patterns: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return each sample once for each thing that its rule asks of it, with something else there."""
    found = {}
    for name, (function, event) in samples().items():
        rule = next(rule for rule in patterns[function] if matches(rule, event))
        for path in leaves(rule):
            found[f"{name} with another {path[-1]}"] = ("", otherwise(event, path))
    return found


def test_a_rule_that_asks_for_less_is_found_whatever_it_leaves_out(patterns: dict[str, list[dict[str, Any]]]) -> None:
    events = samples() | near_misses(patterns)
    for function, rules in patterns.items():
        for place, rule in enumerate(rules):
            for path in leaves(rule):
                wider = [*rules[:place], without(rule, path), *rules[place + 1 :]]
                assert next(misled(patterns | {function: wider}, events), None), f"{function} without {path} in {rule}"


def test_a_rule_that_is_gone_or_there_twice_is_found(patterns: dict[str, list[dict[str, Any]]]) -> None:
    for function, rules in patterns.items():
        for place, rule in enumerate(rules):
            assert list(misled(patterns | {function: [*rules[:place], *rules[place + 1 :]]}, samples())), rule
            assert list(misled(patterns | {function: [*rules, rule]}, samples())), rule
