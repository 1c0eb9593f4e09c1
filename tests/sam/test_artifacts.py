"""What is uploaded: small, pinned, the same each time, and compiled beforehand for the functions' own Python."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.requirements import ROOT, need_build, need_lambda_runtime
from tools.artifacts import ARCHITECTURE, NUMERIC, Artifact, artifacts, build, sizes_of

MB = 1_000_000
COMPILED = """
import importlib.util, json, pathlib, sys
UNCHECKED = (0b01).to_bytes(4, "little")  # the source's hash follows, and is not looked at
def expected(source):
    return importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source.read_bytes())
modules = list(pathlib.Path(sys.argv[1]).rglob("*.py"))
compiled = [pathlib.Path(importlib.util.cache_from_source(module)) for module in modules]
wrong = [str(one) for one, source in zip(compiled, modules) if one.read_bytes()[:16] != expected(source)]
print(json.dumps([len(modules), wrong]))
"""
"""Run by the functions' own Python: magic number and hash are each Python's own."""
MACHINES = {"arm64": 183, "x86_64": 62}
"""How an ELF file calls a processor."""
LAYERS = ["YardmasterLayer", NUMERIC]


@pytest.fixture(scope="module")
def functions(built: Path) -> list[Artifact]:
    found = artifacts(built)
    assert len(found) == len(list((ROOT / "functions").glob("*/app.py")))
    return found


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The other architecture, and what is built for it."""
    other = next(one for one in MACHINES if one != ARCHITECTURE)
    return other, build(need_build(), tmp_path_factory.mktemp("other"), other)


def files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_function_with_its_layers_stays_small(functions: list[Artifact]) -> None:
    for artifact in functions:
        zipped, unzipped = artifact.sizes()
        assert zipped <= 10 * MB, artifact.function
        assert unzipped <= 25 * MB, artifact.function


def test_the_numeric_layer_stays_as_small_as_numpy_lets_it(built: Path) -> None:
    zipped, unzipped = sizes_of(built / NUMERIC)
    assert zipped <= 20 * MB
    assert unzipped <= 60 * MB


def test_only_the_function_that_computes_with_many_rows_has_the_numeric_layer(functions: list[Artifact]) -> None:
    assert [artifact.function for artifact in functions if NUMERIC in artifact.layers] == ["EvaluateCandidateFunction"]


def test_every_module_is_compiled_from_the_source_beside_it_and_never_checked_again(built: Path) -> None:
    done = subprocess.run([need_lambda_runtime(), "-c", COMPILED, built], capture_output=True, text=True, check=True)
    modules, wrong = json.loads(done.stdout)
    assert modules > 300
    assert wrong == []


def test_handlers_start_though_no_source_can_be_compiled(built: Path, tmp_path: Path) -> None:
    python = need_lambda_runtime()
    copy = Path(shutil.copytree(built, tmp_path / "built", ignore=shutil.ignore_patterns("numpy*")))
    for module in copy.rglob("*.py"):
        module.write_text("raise AssertionError('compiled at import')")
    for artifact in artifacts(copy):
        code = f"import sys; sys.path[:0] = {artifact.paths!r}; import app; assert callable(app.handler)"
        done = subprocess.run([python, "-B", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, f"{artifact.function}: {done.stderr[-2000:]}"


@pytest.mark.parametrize(
    "pattern", ["tests", "*.pyi", "RECORD", "*.cpython-3[!1]*.pyc", "*.cpython-31[!3]*.pyc", "*.orig", "bin", "cli"]
)
def test_nothing_is_uploaded_that_no_function_needs(built: Path, pattern: str) -> None:
    assert [str(path.relative_to(built)) for path in built.rglob(pattern)] == []


def test_the_common_layer_has_nothing_numeric_and_nothing_that_lambda_has(built: Path) -> None:
    packages = {path.name for path in (built / "YardmasterLayer/python").iterdir()}
    assert packages & {"numpy", "numpy.libs", "pandas", "scipy", "boto3", "botocore"} == set()
    assert packages >= {"yardmaster", "pydantic", "pydantic_core", "yaml"}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_holds_what_its_lock_file_pins(built: Path, layer: str) -> None:
    source = {"YardmasterLayer": "yardmaster", NUMERIC: "numeric"}[layer]
    lock = (ROOT / "layers" / source / "python/requirements.txt").read_text(encoding="utf-8")
    pinned = {name.replace("-", "_"): version for name, version in re.findall(r"^([\w-]+)==([^ ;\\]+)", lock, re.M)}
    found = [path.name.removesuffix(".dist-info") for path in (built / layer / "python").glob("*.dist-info")]
    assert dict(name.lower().split("-") for name in found) == pinned


def test_versions_and_licences_are_uploaded_too(built: Path) -> None:
    for information in built.rglob("*.dist-info"):
        assert (information / "METADATA").is_file()
        assert list((information / "licenses").rglob("*")), information


def test_each_architecture_gets_machine_code_of_its_own(built: Path, elsewhere: tuple[str, Path]) -> None:
    other, there = elsewhere
    for architecture, folder in {ARCHITECTURE: built, other: there}.items():
        libraries = list(folder.rglob("*.so*"))
        assert len(libraries) > 10
        machines = {int.from_bytes(path.read_bytes()[18:20], "little") for path in libraries}
        assert machines == {MACHINES[architecture]}


def test_building_again_gives_the_same_bytes(built: Path, elsewhere: tuple[str, Path]) -> None:
    """All that does not depend on the architecture: numpy writes its own down when it is built."""
    _, there = elsewhere
    compared = 0
    for name, path in files(built).items():
        if ".so" in name or name == "template.yaml" or name.startswith(NUMERIC):
            continue
        assert (there / name).read_bytes() == path.read_bytes(), name
        compared += 1
    assert compared > 500
