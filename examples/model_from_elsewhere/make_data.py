"""Members of a gym, and who of them comes again: `python make_data.py FOLDER` writes `members.csv`, always the same."""

import math
import random
import sys
from pathlib import Path

ROWS = 3_000
SPORTS = {"climbing": 0.8, "swimming": 0.2, "weights": -0.5}
"""How much a sport makes people come again, in log odds."""


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(5)
    lines = ["member,sport,visits,distance_km,comes_again", *(_member(draw, number) for number in range(ROWS))]
    (folder / "members.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _member(draw: random.Random, number: int) -> str:
    sport, visits, distance = draw.choice(list(SPORTS)), draw.randint(0, 30), draw.expovariate(0.2)
    # Who is used to it comes from afar, too.
    odds = SPORTS[sport] + visits / 8 - distance / (1 + visits / 5) - 0.5
    again = draw.random() < 1 / (1 + math.exp(-odds))
    return f"{number},{sport},{visits},{distance:.2f},{'yes' if again else 'no'}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
