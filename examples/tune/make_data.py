"""Calls of a bank's campaign, and who subscribed: `python make_data.py FOLDER` writes `bank.csv`, the same each time.

Columns as in the UCI Bank Marketing data (S. Moro, P. Cortez, P. Rita, 2014), which the talk's notebook uses; the rows
are invented, and about as hard to tell apart.
"""

import math
import random
import sys
from pathlib import Path

ROWS = 4_000
JOBS = {"admin.": 0.1, "blue-collar": -0.4, "retired": 0.6, "services": -0.3, "student": 0.8, "technician": 0.0}
"""What each adds to the log odds of a subscription; so for the others."""
CONTACTS = {"cellular": 0.3, "telephone": -0.6}
OUTCOMES = {"nonexistent": 0.0, "failure": -0.1, "success": 1.9}
SEASONS = (
    ("mar", -1.8, 93.0, 1.0, 5_050.0),
    ("may", 1.1, 94.0, 4.9, 5_191.0),
    ("jul", 1.4, 93.9, 5.0, 5_228.0),
    ("oct", -3.4, 92.4, 0.8, 5_018.0),
    ("nov", -0.1, 93.2, 4.2, 5_196.0),
)
"""Month, change of employment, prices, Euribor, employees: they go together, as they did."""
HEADER = (
    "age,job,contact,month,day_of_week,duration,campaign,pdays,previous,poutcome,"
    "emp_var_rate,cons_price_idx,euribor3m,nr_employed,subscribed"
)


def main(folder: Path) -> None:
    """Write the drop."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(2014)
    lines = [HEADER, *(_call(draw) for _ in range(ROWS))]
    (folder / "bank.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _call(draw: random.Random) -> str:
    age, job, contact = min(95, 18 + int(draw.gammavariate(4, 6))), draw.choice(list(JOBS)), draw.choice(list(CONTACTS))
    month, employment, prices, euribor, employees = draw.choice(SEASONS)
    outcome = draw.choices(list(OUTCOMES), weights=(85, 10, 5))[0]
    campaign, previous = 1 + int(draw.expovariate(0.7)), 0 if outcome == "nonexistent" else draw.randint(1, 3)
    pdays = draw.randint(2, 15) if outcome == "success" else 999
    odds = JOBS[job] + CONTACTS[contact] + OUTCOMES[outcome] - 2.0 - 0.45 * employment - 0.15 * min(campaign, 6)
    odds += 0.5 if age < 25 or age > 60 else 0.0
    # In a downturn those who save are not those who save in good times.
    odds += 0.6 if (euribor < 2) == (job in {"retired", "student"}) else -0.3
    yes = draw.random() < 1 / (1 + math.exp(-odds))
    duration = int(draw.gammavariate(2, 260 if yes else 110))
    day, rate = draw.choice(["mon", "tue", "wed", "thu", "fri"]), round(euribor + draw.gauss(0, 0.05), 3)
    cells = [age, job, contact, month, day, duration, campaign, pdays, previous, outcome]
    return ",".join(map(str, [*cells, employment, prices, rate, employees, "yes" if yes else "no"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
