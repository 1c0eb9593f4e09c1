"""Writes the JSON Schema of the spec, for editors: `python -m yardmaster.spec.json_schema [docs/spec.schema.json]`."""

import ast
import inspect
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from yardmaster.spec.base import SpecModel
from yardmaster.spec.durations import DURATION_PATTERN, format_duration
from yardmaster.spec.schema import Spec


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12); descriptions are the fields' docstrings, durations are patterns."""
    schema = _tidy(Spec.model_json_schema())
    _describe(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Yardmaster: spec.yaml",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _describe(schema: dict[str, Any]) -> None:
    """Put each field's docstring into its property.

    pydantic could do so itself (`use_attribute_docstrings`), but reads the source at each import: a third of a
    function's cold start.
    """
    sections = {"Spec": schema, **schema["$defs"]}
    for model in SpecModel.__subclasses__():
        properties = sections[model.__name__]["properties"] if model.__name__ in sections else {}
        for name, text in _docstrings(model).items():
            properties[model.model_fields[name].alias or name]["description"] = text


def _docstrings(model: type[SpecModel]) -> dict[str, str]:
    """Return the text under each field of a model."""
    body = ast.parse(inspect.getsource(model)).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text.value.value).replace("\n", " ")
        for field, text in pairwise(statements)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _tidy(node: Any) -> Any:
    """Leave out titles, our own words, and defaults of whole sections; write durations as people do."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if not _superfluous(key, value)}
    if tidy.get("pattern") == DURATION_PATTERN and isinstance(tidy.get("default"), int):
        tidy["default"] = format_duration(tidy["default"])
    return tidy


def _superfluous(key: str, value: Any) -> bool:
    """Tell what editors have no use for; a property that is called `title` is a mapping, and stays."""
    return (key in ("title", "x-allowed") and isinstance(value, str)) or (key == "default" and isinstance(value, dict))


def text() -> str:
    """Return the file's text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the file."""
    Path(arguments[0] if arguments else "docs/spec.schema.json").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
