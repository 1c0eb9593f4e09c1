"""Reads the YAML of a spec: limits, traps and duplicate keys first, then plain data with the line of every key."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import ReaderError

from yardmaster.spec.problems import WHOLE, SpecError, SpecProblem, dotted, shorten

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.(inf|nan)", re.IGNORECASE)
_EXPONENT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?[eE][-+]?[0-9]+")
_TAG = "tag:yaml.org,2002:"

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a key or an item stands, and its value as it was written (None for mappings and lists)."""

    line: int
    text: str | None


@dataclass(frozen=True)
class Document:
    """The spec as plain data, the place of every path in it, and the values that could not be read."""

    data: dict[str, Any]
    places: dict[Path, Place]
    problems: tuple[SpecProblem, ...] = ()

    def nearest(self, path: Path) -> Path:
        """Return the longest part of a path that is written: `id: name` has no `id[0]`."""
        return next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.places), ())

    def line(self, path: Path) -> int | None:
        """Return the line of a path, or of the nearest parent that is written."""
        place = self.places.get(self.nearest(path))
        return place.line if place else None

    def text(self, path: Path) -> str | None:
        """Return the value as it was written, where it is a plain one."""
        place = self.places.get(path)
        return place.text if place else None


def read_document(raw: bytes) -> Document:
    """Read a spec's bytes.

    Duplicate keys, tags, and values that YAML reads otherwise than people do (octal numbers, dates, `1:30`) are in
    the document's problems, so that one message can list everything.

    Raises:
        SpecError: Too large, too deep, not UTF-8, not YAML, not one mapping, or with anchors and aliases.
    """
    node = _compose(_decode(raw))
    if not isinstance(node, yaml.MappingNode):
        raise _whole("not a mapping; write keys and values, at least: algorithm: xgboost and data: {label: ...}")
    reading = _Reading()
    data = reading.mapping(node, ())
    return Document(data, reading.places, tuple(reading.problems))


def is_number(text: str) -> bool:
    """Tell whether YAML would read a text as a number, if it stood there without quotes."""
    return any(pattern.fullmatch(text) for pattern in (_INT, _EXPONENT)) or bool(text and _FLOAT.fullmatch(text))


def _whole(fault: str, line: int | None = None) -> SpecError:
    """Return the error of a file that can't be read at all."""
    return SpecError([SpecProblem(WHOLE, None, "", line, fault)])


def _decode(raw: bytes) -> str:
    """Return the text, without a byte order mark."""
    if len(raw) > MAX_BYTES:
        raise _whole(f"{len(raw)} bytes; at most {MAX_BYTES} are read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _whole("not UTF-8; save it as UTF-8", line) from None


class _Loader(yaml.SafeLoader):
    """Refuses, before it is composed, what must not be: aliases (they multiply), and depth."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose one node; see yaml.composer."""
        event = self.peek_event()  # type: ignore[no-untyped-call] # its stubs have no types here
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _whole("anchors (&) and aliases (*) are not read; write the value out", line)
        collection = isinstance(event, yaml.CollectionStartEvent)
        self.depth += collection
        if self.depth > MAX_DEPTH:
            raise _whole(f"nested deeper than {MAX_DEPTH} levels", line)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= collection
        return node


def _compose(text: str) -> yaml.Node | None:
    """Return the root of the one document; what is no YAML is refused with its line."""
    try:
        loader = _Loader(text)
        if not loader.check_node():
            raise _whole("empty; write at least: algorithm: xgboost and data: {label: ...}")
        node: yaml.Node | None = loader.get_node()
        if loader.check_node():
            line = loader.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call] # as above
            raise _whole("more than one document; remove what follows ---", line)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        hint = "; indent with spaces, not tabs" if "'\\t'" in (error.problem or "") else ""
        problem = (error.problem or error.context or "").replace("'<stream end>'", "the end of the file")
        lines = text.splitlines()
        if line is not None and line <= len(lines) and "cron(" in lines[line - 1]:
            hint = '; between braces YAML takes no bare ?, so write the schedule in quotes: "cron(0 6 * * ? *)"'
        raise _whole(f"not YAML: {problem}{hint}", line) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _whole("not YAML: it has a character that no text has", line) from None
    return node


@dataclass
class _Reading:
    """Turns nodes into data, and keeps places and problems on the way."""

    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[SpecProblem] = field(default_factory=list)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Read a mapping; keys are the text that stands there."""
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(path, key, None, "a key must be one word")
            elif key.value in data:
                first = self.places[(*path, key.value)].line
                self._refuse((*path, key.value), key, None, f"written twice; it stands in line {first} too")
            else:
                data[key.value] = self._value(value, (*path, key.value), key.start_mark.line + 1)
        return data

    def _value(self, node: yaml.Node, path: Path, line: int) -> Any:
        """Read one value and note its place."""
        self.places[path] = Place(line, node.value if isinstance(node, yaml.ScalarNode) else None)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            return self._refuse(path, node, None, "tags (!) are not read; leave it out")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        return [self._value(item, (*path, i), item.start_mark.line + 1) for i, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        """Read a plain value; what YAML reads otherwise than people do is refused."""
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str" | "value" | "merge":
                return float(text) if node.style is None and _EXPONENT.fullmatch(text) else text
            case "null":
                return None
            case "bool":
                return text.lower() in ("yes", "true", "on")
            case "int" if _INT.fullmatch(text):
                return int(text)
            case "float" if _FLOAT.fullmatch(text):
                return float(text.replace(".inf", "inf").replace(".nan", "nan"))
            case "int" | "float":
                return self._refuse(path, node, text, "is another number in YAML; write it plainly, or in quotes")
            case "timestamp":
                return self._refuse(path, node, text, f'is a date in YAML; write it in quotes: "{shorten(text)}"')
            case _:
                return self._refuse(path, node, None, "tags (!) are not read; leave it out")

    def _refuse(self, path: Path, node: yaml.Node, value: str | None, fault: str) -> None:
        """Note a problem."""
        self.problems.append(SpecProblem(dotted(path), value, "", node.start_mark.line + 1, fault))
