"""A month of customers, and who of them leaves: `python make_data.py FOLDER` writes `jan.csv`, always the same."""

import random
import sys
from pathlib import Path

ROWS = 600


def customers(seed: int) -> str:
    """Return a CSV with a header: two numbers, a plan with gaps, and whether the customer left."""
    draw = random.Random(seed)
    lines = ["customer_id,months,calls,plan,churned"]
    for number in range(ROWS):
        months, calls, plan = draw.randint(1, 60), draw.randint(0, 9), draw.choice(["basic", "plus", "pro", ""])
        leaves = calls - months / 10 + 2 * (plan == "basic") + draw.gauss(0, 1.5) > 2
        lines.append(f"{seed}-{number},{months},{calls},{plan},{'yes' if leaves else 'no'}")
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jan.csv").write_text(customers(1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
