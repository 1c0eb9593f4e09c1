"""Parcels and how long their way took: `python make_data.py FOLDER` writes `parcels.csv`, the same each time."""

import random
import sys
from pathlib import Path

ROWS = 2_000
STOPS = {"bike": 4.0, "van": 7.0, "lorry": 15.0}
"""Minutes that a stop takes by what brings the parcel."""


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(8)
    lines = ["parcel,brought_by,kilometres,stops,kilograms,minutes", *(_parcel(draw, number) for number in range(ROWS))]
    (folder / "parcels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _parcel(draw: random.Random, number: int) -> str:
    brought_by, kilometres, stops = draw.choice(list(STOPS)), draw.uniform(1, 40), draw.randint(1, 12)
    kilograms = draw.uniform(0.1, 30)
    minutes = 10 + 1.5 * kilometres + STOPS[brought_by] * stops + kilograms / 5 + draw.gauss(0, 8)
    return f"{number},{brought_by},{kilometres:.1f},{stops},{kilograms:.1f},{minutes:.0f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
