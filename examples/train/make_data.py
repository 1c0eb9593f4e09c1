"""Customers, and who of them left: `python make_data.py FOLDER` writes `customers.csv`, the same each time."""

import math
import random
import sys
from pathlib import Path

ROWS = 2_000
PLANS = {"basic": 0.5, "family": -0.6, "business": -0.2}
"""How much a plan makes people leave, in log odds."""


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    lines = ["customer_id,plan,months,calls,minutes,churned", *(_customer(draw, number) for number in range(ROWS))]
    (folder / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _customer(draw: random.Random, number: int) -> str:
    plan, months, calls = draw.choice(list(PLANS)), draw.randint(1, 72), min(9, int(draw.expovariate(0.8)))
    minutes = draw.gammavariate(3, 60)
    # New customers who had to call often, and hardly use what they pay for.
    odds = PLANS[plan] - months / 24 + 0.7 * calls - minutes / 200 + (2.0 if calls > 3 and months < 12 else 0.0)
    left = draw.random() < 1 / (1 + math.exp(-odds))
    return f"{number},{plan},{months},{calls},{minutes:.1f},{'yes' if left else 'no'}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
