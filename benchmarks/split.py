"""P4 and P5 of the performance goals: how fast a drop is split, as multiples of a plain copy, and in how much memory.

    python -m benchmarks.split [--full]

Prints one JSON object. The quick form takes about half a minute; `--full` measures memory at 0.5 and 5 GB, which
takes minutes, and 5 GB of disk. Times are CPU seconds of this process, the best of interleaved runs: the machine
drifts, so only ratios count. Peak memory is read from /proc: Linux only.
"""

import argparse
import csv
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.goals import measured
from yardmaster.intake.columns import Columns
from yardmaster.intake.learn import learn
from yardmaster.intake.source import SourceFile
from yardmaster.intake.split import SplitPlan, split
from yardmaster.spec.data import DataSpec

BLOCK = 256 * 1024
NUMERIC_MB, ENCODED_MB = 60, 15
"""Sizes of the files for speed; the first is larger than the processor's caches, or the copy would look too good."""
MEMORY_MB = {False: (10, 100), True: (500, 5000)}
"""Sizes of the files for memory, in the quick and in the full form."""
RUNS = {False: 3, True: 7}
PLAN = SplitPlan("benchmark", {"train": 0.7, "validation": 0.15, "test": 0.15})
DATA = DataSpec(label="y")


@dataclass(frozen=True)
class Speeds:
    """MB per CPU second of each contender."""

    rates: dict[str, float]

    def ratio(self, name: str, to: str) -> float:
        """Return how many times as long one takes as another."""
        return round(self.rates[to] / self.rates[name], 2)


def main() -> None:
    """Measure, and print the figures beside the goals."""
    parser = argparse.ArgumentParser(description="The split of a drop against a copy, the csv module and pandas")
    parser.add_argument("--full", action="store_true", help="memory at 500 and 5,000 MB instead of 10 and 100")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(peak_memory(options.memory_of))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), full=options.full), indent=1))


def measure(folder: Path, *, full: bool) -> dict[str, object]:
    """Return all figures."""
    speeds = speed(folder, RUNS[full])
    memory = {size: memory_at(folder, size) for size in MEMORY_MB[full]}
    return {
        "goals": goals(speeds, memory),
        "notes": notes(speeds, memory),
        "mb_per_cpu_second": {name: round(rate, 1) for name, rate in speeds.rates.items()},
        "times_copy": {name: speeds.ratio(name, "copy") for name in speeds.rates},
        "memory_mib": {f"{size} MB": peak for size, peak in memory.items()},
    }


def goals(speeds: Speeds, memory: dict[int, float]) -> list[dict[str, Any]]:
    """Return the measurements beside their goals, with what others took in the same run."""
    peers = [("csv module alone", "csv_numeric"), ("pandas", "pandas_numeric")]
    took = [f"{who} {speeds.ratio(name, 'copy'):.0f}" for who, name in peers if name in speeds.rates]
    smallest, largest = memory[min(memory)], memory[max(memory)]
    return [
        measured("split.numeric", speeds.ratio("split_numeric", "copy"), ", ".join(took)),
        measured("split.encoded", speeds.ratio("split_encoded", "csv_encoded")),
        measured("split.memory", max(memory.values())),
        measured("split.memory_growth", round(largest / smallest, 2)),
    ]


def notes(speeds: Speeds, memory: dict[int, float]) -> list[str]:
    """Return what the table can't say."""
    rates = {name: round(rate) for name, rate in speeds.rates.items()}
    sizes = " and ".join(f"{size:,}" for size in memory)
    found = [
        f"P4: a second of CPU splits {rates['split_numeric']} MB of numbers, or {rates['split_encoded']} MB of numbers "
        f"and texts, and copies {rates['copy']:,} MB; a function moves 62 MB/s from S3 to S3.",
        f"P5: measured at {sizes} MB.",
    ]
    if "pandas_numeric" not in rates:
        found.append("P4: SKIPPED the comparison with pandas, which is not installed.")
    return found


def speed(folder: Path, runs: int) -> Speeds:
    """Compare the split of a numeric and of an encoded file with a copy, the csv module and pandas."""
    numeric = write_csv(folder / "numeric.csv", NUMERIC_MB, numeric_row)
    mixed = write_csv(folder / "mixed.csv", ENCODED_MB, mixed_row)
    contenders: dict[str, Callable[[], object]] = {
        "copy": lambda: copy(numeric, folder / "out"),
        "split_numeric": lambda: split_file(numeric, columns_of(numeric), folder),
        "csv_numeric": lambda: read_with_csv(numeric),
        "split_encoded": lambda: split_file(mixed, columns_of(mixed), folder),
        "csv_encoded": lambda: read_with_csv(mixed),
        "learn_encoded": lambda: learn([source(mixed)], DATA),
    }
    if importlib.util.find_spec("pandas"):
        contenders["pandas_numeric"] = lambda: split_with_pandas(numeric, folder)
    columns_of(numeric), columns_of(mixed)
    taken = {name: min(times) for name, times in interleaved(contenders, runs).items()}
    sizes = {name: ENCODED_MB if name.endswith("_encoded") else NUMERIC_MB for name in contenders}
    return Speeds({name: sizes[name] / seconds for name, seconds in taken.items()})


def interleaved(contenders: dict[str, Callable[[], object]], runs: int) -> dict[str, list[float]]:
    """Run A B C A B C …, and return each one's CPU seconds."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, contender in contenders.items():
            begin = time.process_time()
            contender()
            times[name].append(time.process_time() - begin)
    return times


def memory_at(folder: Path, megabytes: int) -> float:
    """Return what a split adds to the peak memory of a fresh process, in MiB."""
    path = write_csv(folder / f"{megabytes}.csv", megabytes, numeric_row)
    command = [sys.executable, "-m", "benchmarks.split", "--memory-of", str(path)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
    path.unlink()
    return float(answer.stdout)


def peak_memory(path: Path) -> float:
    """Learn and split a file into nothing (uploads have buffers of their own); return the peak's growth, in MiB."""
    before = peak_kib()
    split([source(path)], columns_of(path), PLAN, dict.fromkeys(PLAN.fractions, Nowhere()))
    return round((peak_kib() - before) / 1024, 1)


def peak_kib() -> int:
    """Return this process's peak memory; getrusage would tell the parent's, if that was higher before the exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


class Nowhere:
    """A sink that keeps nothing."""

    def write(self, data: bytes) -> None:
        """Forget it."""


@lru_cache
def columns_of(path: Path) -> Columns:
    """Return a file's encoding, learned once."""
    return learn([source(path)], DATA)


def source(path: Path) -> SourceFile:
    """Return a file as the intake wants it."""
    return SourceFile(path.name, lambda: read_blocks(path), path.stat().st_size)


def read_blocks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            yield block


def copy(path: Path, target: Path) -> None:
    """Copy a file block by block."""
    with target.open("wb", buffering=0) as file:
        for block in read_blocks(path):
            file.write(block)


def split_file(path: Path, columns: Columns, folder: Path) -> None:
    """Split a file into three others."""
    with ExitStack() as stack:
        sinks = {name: stack.enter_context((folder / name).open("wb", buffering=0)) for name in PLAN.fractions}
        split([source(path)], columns, PLAN, sinks)


def read_with_csv(path: Path) -> None:
    """Read a file with the csv module, and do nothing with it."""
    with path.open(newline="") as file:
        for _ in csv.reader(file):
            continue


def split_with_pandas(path: Path, folder: Path) -> None:
    """Do what most people do: read it all, draw, write three files."""
    import pandas  # type: ignore[import-untyped]  # not a dependency of ours

    frame = pandas.read_csv(path)
    draw = frame.sample(frac=1, random_state=1)
    ends = (0, int(len(draw) * 0.7), int(len(draw) * 0.85), len(draw))
    for name, begin, end in zip(PLAN.fractions, ends, ends[1:], strict=False):
        draw.iloc[begin:end].to_csv(folder / name, index=False, header=False)


def write_csv(path: Path, megabytes: int, row: Callable[[random.Random], list[str]]) -> Path:
    """Write a CSV of about this size: 5,000 different rows, again and again."""
    draw = random.Random(1)
    pool = [",".join(row(draw)) for _ in range(5000)]
    header = ",".join((*(f"x{at}" for at in range(pool[0].count(","))), "y"))
    text = ("\n".join(pool) + "\n").encode()
    with path.open("wb") as file:
        file.write(header.encode() + b"\n")
        for _ in range(max(1, megabytes * 1_000_000 // len(text))):
            file.write(text)
    return path


def numeric_row(draw: random.Random) -> list[str]:
    """Return 20 measures, 5 counts, 4 flags, a number that may be missing, a label: 172 bytes, like the goal's."""
    measures = [f"{draw.gauss(0, 10):.3f}" for _ in range(20)]
    counts = [str(draw.randint(0, 5000)) for _ in range(5)]
    flags = [str(draw.randint(0, 1)) for _ in range(4)]
    return [*measures, *counts, *flags, draw.choice(("", "999")), str(draw.randint(0, 1))]


def mixed_row(draw: random.Random) -> list[str]:
    """Return 8 numbers, 4 texts, and a label in words."""
    levels = [f"level {draw.randint(1, 12)}" for _ in range(4)]
    return [*numeric_row(draw)[16:24], *levels, draw.choice(("yes", "no"))]


if __name__ == "__main__":
    main()
