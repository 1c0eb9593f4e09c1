from pathlib import Path

from tools import algorithms_doc
from yardmaster.spec.builtin import NAMES


def test_the_published_list_of_algorithms_is_current() -> None:
    published = (Path(__file__).parents[3] / "docs/algorithms.md").read_text(encoding="utf-8")
    assert published == algorithms_doc.text(), "run: python tools/algorithms_doc.py"


def test_it_has_every_algorithm_with_its_channels_and_its_tuning() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in algorithms_doc.text().splitlines()]
    assert all(rows.count(name) >= 2 for name in NAMES)
