"""The lock files: complete, free of addresses, and of one mind about versions."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/yardmaster/python/requirements.txt"
NUMERIC = ROOT / "layers/numeric/python/requirements.txt"
LOCKS = [*sorted((ROOT / "requirements").glob("*.lock")), LAYER, NUMERIC]
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", re.MULTILINE)
ADDRESS = re.compile(r"https?://\S+|--(?:extra-)?index-url.*|--find-links.*|file:\S+|(?<!\S)/\S+")


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text()))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_every_pin_has_a_hash(path: Path) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", path.read_text())
    assert [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert len(pins(path)) > 0


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_no_lock_names_an_index_or_a_path(path: Path) -> None:
    assert ADDRESS.findall(path.read_text()) == []


@pytest.mark.parametrize(
    "name",
    [
        "requirements/local.lock",
        "layers/yardmaster/python/requirements.txt",
        "layers/numeric/python/requirements.txt",
    ],
)
def test_what_ships_is_what_was_tested(name: str) -> None:
    tested = pins(ROOT / "requirements/dev.lock")
    assert {package: tested.get(package) for package in pins(ROOT / name)} == pins(ROOT / name)


def test_the_layer_leaves_out_what_the_lambda_runtime_has() -> None:
    assert pins(LAYER).keys() & {"boto3", "botocore", "s3transfer", "numpy", "pandas"} == set()


def test_the_layer_holds_what_the_handlers_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["dependency-groups"]["layer"]) <= pins(LAYER).keys()
