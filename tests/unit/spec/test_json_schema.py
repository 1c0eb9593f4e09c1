from pathlib import Path

import jsonschema
import pytest

from yardmaster.spec.json_schema import json_schema, main, text

DOCS = Path(__file__).parents[3] / "docs/spec.schema.json"


def test_the_published_schema_is_current() -> None:
    assert DOCS.read_text(encoding="utf-8") == text(), "run: python -m yardmaster.spec.json_schema"


def test_it_is_a_json_schema_of_draft_2020_12() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_key_has_a_description() -> None:
    schema = json_schema()
    bare = [
        f"{name}.{key}"
        for name, section in {"Spec": schema, **schema["$defs"]}.items()
        for key, node in section["properties"].items()
        if "description" not in node and "$ref" not in node
    ]
    assert bare == []


def test_durations_have_a_pattern_and_a_written_default() -> None:
    interval = json_schema()["$defs"]["CanarySpec"]["properties"]["interval"]
    assert (interval["pattern"], interval["default"]) == ("^[1-9][0-9]{0,8}[smhd]$", "1m")


@pytest.mark.parametrize(
    "document",
    [
        {"algoritm": "xgboost"},
        {"algorithm": "xgboost", "train": {"max_run": 3600}},
        {"algorithm": "xgboost", "data": {"missing": "ignore"}},
        {"algorithm": "xgboost", "deploy": None},
    ],
)
def test_editors_see_what_is_wrong(document: object) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(document)


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    main([str(tmp_path / "schema.json")])
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == text()
