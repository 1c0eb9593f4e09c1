"""P1, P2 and P3 of the performance goals: what a function costs before it looks at its first event, and its size.

    python -m benchmarks.cold_start [--full] [--built FOLDER] [--peers FOLDER]

Measured is the processor time of whole processes of Python 3.13, in interleaved rounds, as multiples of
`import boto3; boto3.client("sagemaker")`: of each built function with its layers, importing its handler and making its
clients; of the slowest one with botocore's whole models, and as plain SAM would ship it; and of an import of the
`sagemaker` SDK. boto3 is the runtime's: outside the artifact, compiled.
`first_event` is the start with all that the first event brings besides: its validators, and a spec that is read.
Nothing of this ran on Lambda. Peers come from FOLDER (`pip install --target FOLDER/v2 'sagemaker<3'`, `…/v3`).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.goals import measured
from tools.artifacts import ROOT, Artifact, artifacts, build

PYTHON = ROOT / ".venv-lambda/bin/python"
SAM = ROOT / ".venv-sam/bin/sam"
PEERS = ROOT / ".local/peers"
MODELS = "python/yardmaster/aws/models"
ROUNDS, ROUNDS_FULL = 4, 25
SLOW = 3
"""How many of the functions are measured well: one of them is the slowest."""
FLOOR = "import boto3; boto3.client('sagemaker')"
HANDLER = "import app; from yardmaster.flows.yard import Yard; yard = Yard.from_env()"
CLIENTS = {
    "ApplySpecFunction": ("topic",),
    "PrepareDataFunction": (),
    "DeployCanaryFunction": ("sagemaker", "autoscaling"),
    "JudgeCanaryFunction": ("sagemaker", "cloudwatch", "autoscaling"),
    "SendNotificationFunction": ("topic",),
}
"""What a function may use of a Yard besides `EVERY`; of the others it is SageMaker alone. A wake-up may use less."""
EVERY = ("table", "bucket", "bus")
VALIDATORS = {
    "ApplySpecFunction": "SPEC",
    "PrepareDataFunction": "DROP",
    "StartTrainingFunction": "RELEASE",
    "TestCandidateFunction": "TRAINING",
    "EvaluateCandidateFunction": "TRANSFORM",
    "DeployCanaryFunction": "PACKAGE",
    "JudgeCanaryFunction": "ENDPOINT",
    "SendNotificationFunction": "NEWS",
}
"""What a function checks its events with; the tick's are not looked at."""
FIRST_EVENT = """
import json, yardmaster.events, yardmaster.spec.parse
yardmaster.events.{validator}.validate_python(json.load(open({sample!r})))
yardmaster.spec.parse.parse_spec(open({spec!r}, "rb").read())
"""
COUNT = """
import sys
compiled = []
def note(event, arguments):
    if event == "compile" and str(arguments[1]).endswith(".py"):
        compiled.append(str(arguments[1]))
sys.addaudithook(note)
{code}
print(sum(name.startswith({places!r}) for name in compiled))
"""


@dataclass(frozen=True)
class Start:
    """One kind of process: what it runs, from which folders, and with which variables."""

    code: str
    paths: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return what Lambda and the template would set."""
        return {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(self.paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            **dict.fromkeys(("STACK_NAME", "PREFIX", "BUCKET", "TABLE", "EXECUTION_ROLE_ARN", "TOPIC_ARN"), "x"),
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x"),
            **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), "us-east-1"),
            **self.variables,
        }

    def seconds(self) -> float:
        """Run it once; return its processor time, and the system's for it.

        Raises:
            RuntimeError: It failed; the message is what it said.
        """
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [PYTHON, "-c", self.code], env=self.environment(), stdout=said, stderr=said, cwd="/"
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                raise RuntimeError(said.read().decode(errors="replace")[-2000:])
        return used.ru_utime + used.ru_stime


def main(arguments: list[str]) -> int:
    """Measure and print one JSON object; return the exit code."""
    options = parsed(arguments)
    if missing := [str(path.relative_to(ROOT)) for path in (PYTHON, SAM) if not path.exists()]:
        print(
            json.dumps(
                {"goals": [], "notes": [f"cold_start SKIPPED: no {' and no '.join(missing)} (make build, make test)"]}
            )
        )
        return 0
    # As the runtime has it: boto3 compiled. What is compiled already is left alone.
    subprocess.run([PYTHON, "-m", "compileall", "-q", *(PYTHON.parents[1] / "lib").glob("python3*")], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        built = artifacts(options.built or build(str(SAM), Path(scratch) / "built"))
        found = measure(built, Path(scratch), options.peers, ROUNDS_FULL if options.full else ROUNDS)
    print(json.dumps(found))
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start", description="cold starts and sizes")
    parser.add_argument("--full", action="store_true", help=f"{ROUNDS_FULL} rounds instead of {ROUNDS}")
    parser.add_argument("--built", type=Path, help="what `sam build` made already")
    parser.add_argument("--peers", type=Path, default=PEERS, help=f"folder with v2 and v3 of the SDK ({PEERS})")
    return parser.parse_args(arguments)


def measure(built: list[Artifact], scratch: Path, peers: Path, rounds: int) -> dict[str, Any]:
    """Return the JSON object."""
    starts = {artifact.function: ours(artifact) for artifact in built}
    floor, ratios = slow_ones_first(starts, rounds)
    slowest = next(artifact for artifact in built if artifact.function == max(starts, key=ratios.__getitem__))
    others = dict(alternatives(slowest, scratch)) | dict(sdk(peers))
    fill_caches(others)
    ratios |= compared(others, max(rounds // 3, 2))[1]
    sizes = [artifact.sizes() for artifact in built]
    with ThreadPoolExecutor(2) as pool:
        compiled = sum(pool.map(compilations, built))
    zipped, unzipped = (max(sizes)[0] / 1e6, max(size for _, size in sizes) / 1e6)
    return {
        "goals": [
            measured("cold_start.time", round(ratios[slowest.function], 2), peer(ratios)),
            measured("cold_start.compiled", compiled),
            measured("cold_start.zipped", round(zipped, 2)),
            measured("cold_start.unzipped", round(unzipped, 2)),
        ],
        "floor_seconds": round(floor, 3),
        "slowest": slowest.function,
        "times_the_floor": {name: round(value, 2) for name, value in ratios.items()},
        "notes": [
            f"sagemaker SDK {name} SKIPPED: it is not in {peers}" for name in SDKS if not (peers / name).is_dir()
        ],
    }


def ours(artifact: Artifact, code: str = "") -> Start:
    """Return a function's start as it is deployed."""
    clients = "; ".join(f"yard.{name}" for name in EVERY + CLIENTS.get(artifact.function, ("sagemaker",)))
    models = str(artifact.layers["YardmasterLayer"] / MODELS)
    return Start(f"{HANDLER}; {clients}\n{code}", artifact.paths, {"AWS_DATA_PATH": models})


def alternatives(artifact: Artifact, scratch: Path) -> Iterator[tuple[str, Start]]:
    """Yield the slowest function's start with its first event, with whole models, and as plain SAM ships it."""
    first = FIRST_EVENT.format(
        validator=VALIDATORS[artifact.function],
        sample=str(next((ROOT / "events" / folder_of(artifact.function)).glob("*.json"))),
        spec=str(ROOT / "examples/specs/flights.yaml"),
    )
    whole = Start(ours(artifact).code, artifact.paths)
    yield "first_event", ours(artifact, first)
    yield "whole_models", whole
    yield "plain_sam", Start(whole.code, [str(path) for path in uncompiled(artifact, scratch)])


def folder_of(logical_id: str) -> str:
    """Return the folder of a function: `judge_canary` for `JudgeCanaryFunction`."""
    name = logical_id.removesuffix("Function")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def uncompiled(artifact: Artifact, scratch: Path) -> Iterator[Path]:
    """Yield the folders as plain SAM makes them: what is compiled carries dates, and its zip archive says 1980."""
    for number, path in enumerate(artifact.paths):
        target = scratch / "plain" / str(number)
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
        yield target


SDKS = {"v2": "import sagemaker", "v3": "from sagemaker.core.resources import TrainingJob"}
"""What a handler that works with the SDK imports at the least."""


def sdk(peers: Path) -> Iterator[tuple[str, Start]]:
    """Yield an import of each version of the `sagemaker` SDK that is there."""
    for name, code in SDKS.items():
        if (peers / name).is_dir():
            yield f"sagemaker_sdk_{name}", Start(code, [str(peers / name)], {"HOME": "/tmp"})  # noqa: S108


def slow_ones_first(starts: dict[str, Start], rounds: int) -> tuple[float, dict[str, float]]:
    """Return the floor's seconds, and each start as a multiple of it: the slowest ones are measured most often."""
    fill_caches(starts)
    _, ratios = compared(starts, 1)
    slow = sorted(starts, key=ratios.__getitem__)[-SLOW:]
    floor, measured_well = compared({name: starts[name] for name in slow}, rounds)
    return floor, ratios | measured_well


def fill_caches(starts: dict[str, Start]) -> None:
    """Run each once: its files are read from the disk."""
    for start in starts.values():
        start.seconds()


def compared(starts: dict[str, Start], rounds: int) -> tuple[float, dict[str, float]]:
    """Return the floor's seconds, and each start as a multiple of it: medians of the rounds' ratios.

    Within a round the machine is as fast for all; between them it drifts.
    """
    both = {"floor": Start(FLOOR), **starts}
    runs = [{name: start.seconds() for name, start in both.items()} for _ in range(rounds)]
    ratios = {name: statistics.median(run[name] / run["floor"] for run in runs) for name in starts}
    return statistics.median(run["floor"] for run in runs), ratios


def compilations(artifact: Artifact) -> int:
    """Return how many modules of the function and its layers Python compiled while it started."""
    start = ours(artifact)
    places = (*artifact.paths, "/var/task", "/opt")
    done = subprocess.run(
        [PYTHON, "-c", COUNT.format(code=start.code, places=places)],
        env=start.environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def peer(ratios: dict[str, float]) -> str:
    """Return what others take, as it was measured in the same run."""
    names = {"plain_sam": "plain SAM", "sagemaker_sdk_v2": "sagemaker SDK v2", "sagemaker_sdk_v3": "v3"}
    return ", ".join(f"{words} {ratios[name]:.1f}" for name, words in names.items() if name in ratios)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
