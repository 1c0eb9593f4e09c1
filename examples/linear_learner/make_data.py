"""Flats and their rents: `python make_data.py FOLDER` writes `rents.csv`, the same each time."""

import random
import sys
from pathlib import Path

ROWS = 2_000
DISTRICTS = {"centre": 6.0, "harbour": 3.5, "hills": 4.0, "fields": 0.0}
"""What a district adds to the rent of a square metre."""


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(4)
    lines = ["flat_id,district,area,floor,built,balcony,rent", *(_flat(draw, number) for number in range(ROWS))]
    (folder / "rents.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _flat(draw: random.Random, number: int) -> str:
    district, area, floor = draw.choice(list(DISTRICTS)), draw.uniform(25, 140), draw.randint(0, 6)
    built, balcony = draw.randint(1900, 2025), draw.randint(0, 1)
    square_metre = 9 + DISTRICTS[district] + 0.3 * floor + (built - 1900) / 50 + 0.8 * balcony
    rent = 150 + area * square_metre + draw.gauss(0, 60)
    return f"{number},{district},{area:.1f},{floor},{built},{balcony},{rent:.0f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
