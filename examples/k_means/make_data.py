"""Customers of a shop, of four kinds that nobody has named: `python make_data.py FOLDER` writes `customers.csv`."""

import random
import sys
from pathlib import Path

ROWS = 2_000
KINDS = ((2, 15, 5), (12, 30, 20), (5, 120, 60), (25, 60, 2))
"""Visits a month, the basket's value, and the share of what is bought at weekends: the middle of each kind."""


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(5)
    lines = ["customer_id,visits,basket,weekend", *(_customer(draw, number) for number in range(ROWS))]
    (folder / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _customer(draw: random.Random, number: int) -> str:
    middle = draw.choices(KINDS, weights=(4, 3, 2, 1))[0]
    visits, basket, weekend = (draw.gauss(value, 2 + value / 12) for value in middle)
    return f"{number},{visits:.2f},{basket:.2f},{weekend:.1f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
