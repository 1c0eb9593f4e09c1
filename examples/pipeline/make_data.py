"""Customers, and who of them left: `python make_data.py FOLDER` writes `customers.csv`, the same each time."""

import math
import random
import sys
from pathlib import Path

ROWS = 1_500


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    lines = ["customer_id,months,calls,minutes,churned", *(_customer(draw, number) for number in range(ROWS))]
    (folder / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _customer(draw: random.Random, number: int) -> str:
    months, calls, minutes = draw.randint(1, 72), min(9, int(draw.expovariate(0.5))), draw.gammavariate(3, 60)
    # New customers who had to call often, and hardly use what they pay for.
    odds = 0.9 * calls - months / 15 - minutes / 150
    left = draw.random() < 1 / (1 + math.exp(-odds))
    return f"{number},{months},{calls},{minutes:.1f},{'yes' if left else 'no'}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
