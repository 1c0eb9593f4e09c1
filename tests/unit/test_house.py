"""The house's order: who may import what, and one name for each function everywhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/yardmaster/python"
MODULES = {
    ".".join(path.relative_to(LAYER).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((LAYER / "yardmaster").rglob("*.py"))
}
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
OURS = {
    "rules": ("yardmaster.records", "yardmaster.errors", "yardmaster.spec", "yardmaster.rules"),
    "aws": ("yardmaster.records", "yardmaster.errors", "yardmaster.aws"),
    "spec": ("yardmaster.records", "yardmaster.errors", "yardmaster.spec"),
}
"""What each package may import of ours."""
IMPURE = ("boto3", "botocore", "os", "random", "secrets", "socket", "time")
"""What a module that decides may not import: the world, the clock, chance."""


@cache
def imports(path: Path) -> frozenset[str]:
    """Return what a module imports at run time, by full name; of `from package import module` the module."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        match nodes.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
                nodes += otherwise
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(package), level=0, names=names):
                inner = (f"{package}.{name.name}" for name in names)
                yield from {module if module in MODULES else package for module in inner}
            case ast.ImportFrom():
                raise AssertionError(f"{path}: relative imports are not used here")
            case node:
                nodes += ast.iter_child_nodes(node)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return module.startswith(tuple(f"{package}." for package in packages)) or module in packages


def of_package(name: str) -> Iterator[tuple[str, str]]:
    """Yield (module, import) for all modules of a package."""
    for module, path in MODULES.items():
        if within(module, (f"yardmaster.{name}",)):
            yield from ((module, imported) for imported in imports(path))


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_of_ours_only_what_is_below_it(package: str) -> None:
    ours = [pair for pair in of_package(package) if within(pair[1], ("yardmaster",))]
    assert ours
    assert [pair for pair in ours if not within(pair[1], OURS[package])] == []


@pytest.mark.parametrize("package", ["rules", "spec", "intake"])
def test_what_decides_knows_no_world_no_clock_and_no_chance(package: str) -> None:
    assert [pair for pair in of_package(package) if within(pair[1], IMPURE)] == []


def test_boto3_is_known_in_one_package_only() -> None:
    users = {
        module for module, path in MODULES.items() if any(within(one, ("boto3", "botocore")) for one in imports(path))
    }
    assert users
    assert {module for module in users if not within(module, ("yardmaster.aws",))} == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_never_imports_boto3_which_costs_its_start(function: str) -> None:
    seen: set[str] = set()
    waiting = set(imports(ROOT / "functions" / function / "app.py"))
    while waiting:
        seen.add(name := waiting.pop())
        waiting |= (imports(MODULES[name]) if name in MODULES else set()) - seen
    assert "yardmaster.aws.clients" in seen
    assert {name for name in seen if within(name, ("boto3", "s3transfer"))} == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_its_events_and_its_flow_only(function: str) -> None:
    ours = {name for name in imports(ROOT / "functions" / function / "app.py") if within(name, ("yardmaster",))}
    flow = f"yardmaster.flows.{function}"
    assert flow in ours
    assert ours <= {flow, "yardmaster.events", "yardmaster.flows.yard"}


def test_what_is_deployed_knows_nothing_of_local_aws() -> None:
    deployed = [*MODULES.values(), *(ROOT / "functions").rglob("*.py")]
    names = re.compile(r"\b(local_aws|moto)\b")
    assert [path for path in deployed if names.search(path.read_text(encoding="utf-8"))] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: imports(path) & MODULES.keys() for module, path in MODULES.items()}
    # A package's __init__ that offers its modules' names is read before them, whoever asks first: no circle.
    order = list(TopologicalSorter(graph).static_order())
    assert len(order) == len(MODULES)


def test_each_function_has_one_name_everywhere() -> None:
    assert sorted(path.name for path in (ROOT / "events").iterdir()) == FUNCTIONS
    for function in FUNCTIONS:
        assert f"yardmaster.flows.{function}" in MODULES
        assert list((ROOT / "events" / function).glob("*.json"))
