from pathlib import Path

import jsonschema
import pytest
import yaml

from yardmaster.records import Problem
from yardmaster.spec.builtin import NAMES
from yardmaster.spec.json_schema import json_schema
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.problem import problem_of

FOLDER = Path(__file__).parents[3] / "examples"
EXAMPLES = sorted((FOLDER / "specs").glob("*.yaml"))
WITH_DATA = sorted(FOLDER.glob("*/spec.yaml"))


def name(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


@pytest.mark.parametrize("path", EXAMPLES + WITH_DATA, ids=name)
def test_every_example_is_accepted(path: Path) -> None:
    parse_spec(path.read_bytes())


@pytest.mark.parametrize("path", EXAMPLES + WITH_DATA, ids=name)
def test_editors_accept_every_example_by_the_json_schema(path: Path) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(yaml.safe_load(path.read_bytes()))


def test_the_examples_show_every_problem() -> None:
    assert len(EXAMPLES) >= 5
    assert set(Problem) <= {problem_of(parse_spec(path.read_bytes())) for path in EXAMPLES}


def test_there_is_a_spec_for_each_built_in_algorithm() -> None:
    shown = {str(parse_spec(path.read_bytes()).algorithm).partition(":")[0] for path in EXAMPLES}
    assert shown == set(NAMES)
