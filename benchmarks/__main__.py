"""`make bench`: run every benchmark beside this file, print the JSON object of each, then one table.

Each benchmark is a script that prints one JSON object; `python -m benchmarks split metrics` runs only these.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return the exit code: 1 if one of them failed."""
    scripts = [HERE / f"{name}.py" for name in names] or sorted(HERE.glob("[!_]*.py"))
    table = Table("benchmark", "figure", "value", title="benchmarks")
    failed = []
    for script in scripts:
        try:
            found = run(script)
        except (subprocess.CalledProcessError, json.JSONDecodeError) as error:
            failed.append(f"{script.stem}: {error}")
            continue
        print(json.dumps(found), flush=True)
        for row, (figure, value) in enumerate(figures(found)):
            table.add_row("" if row else script.stem, figure, value)
        table.add_section()
    Console().print(table)
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


def run(script: Path) -> dict[str, Any]:
    """Run one benchmark; return the JSON object that it prints.

    Raises:
        subprocess.CalledProcessError: It failed; what it said is on standard error.
        json.JSONDecodeError: It printed something else.
    """
    print(f"running {script.stem}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{script.stem}"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value of nested JSON with its path: `("handlers.seconds", "0.38")`."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from figures(value, f"{path}.{name}" if path else name)
    elif isinstance(found, list) and any(isinstance(value, dict | list) for value in found):
        for position, value in enumerate(found):
            yield from figures(value, f"{path}[{position}]")
    elif isinstance(found, float):
        yield path, f"{found:.4g}"
    else:
        yield path, str(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
