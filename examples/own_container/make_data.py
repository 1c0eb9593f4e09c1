"""Parcels of a month, and which of them came late: `python make_data.py FOLDER` writes `jan.csv`, always the same."""

import random
import sys
from pathlib import Path

CARRIERS = {"bike": -1.0, "van": 0.0, "train": 1.0, "": 0.5}
"""How much a carrier makes parcels late; of some nobody wrote it down."""


def parcel(draw: random.Random, number: int) -> str:
    """Return a row: two numbers, the carrier, and whether the parcel was late."""
    distance, weight, carrier = draw.uniform(1, 400), draw.uniform(0.1, 30), draw.choice(list(CARRIERS))
    late = distance / 100 + weight / 15 + CARRIERS[carrier] + draw.gauss(0, 0.8) > 3
    return f"P{number},{distance:.1f},{weight:.2f},{carrier},{'yes' if late else 'no'}"


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    lines = ["parcel_id,distance_km,weight_kg,carrier,late", *(parcel(draw, number) for number in range(600))]
    (folder / "jan.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
