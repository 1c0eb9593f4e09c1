"""What a journey needs of a running local AWS: uploads, releases, and waiting with a deadline."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from yardmaster.records import Stage
from yardmaster.rules.stages import ENDED

ROOT = Path(__file__).parents[2]
MINUTE = 1.0
"""Real seconds that a minute of schedules, metrics and baking takes."""
PATIENCE = 180.0
"""Seconds for anything to happen, on a machine that has other things to do."""
LOOK_EVERY = 0.1

Json = dict[str, Any]


@dataclass(frozen=True)
class Yard:
    """A local AWS with the template deployed."""

    endpoint: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What `.local/env` sets, for commands."""
        text = (self.folder / ".local" / "env").read_text()
        return {**os.environ, **dict(re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE))}

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def bucket(self) -> str:
        return str(self.get("health")["BucketName"])

    def client(self, service: str) -> Any:
        session: Any = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1")
        return session.client(service, endpoint_url=self.endpoint)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.endpoint}/_local/{path}", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode() if isinstance(body, str) else body)

    def read(self, key: str) -> str:
        return str(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())

    def keys(self, prefix: str) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]

    def command(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run `yardmaster …` as a person does."""
        return subprocess.run(
            [sys.executable, "-m", "yardmaster.cli.main", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def release(self, model: str, number: int) -> Json | None:
        found = (one for one in self.get("releases") if (one["model"], one["number"]) == (model, number))
        return next(found, None)

    def wait(self, what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Return what a question answers, once it is true; the failure tells all releases."""
        deadline = time.monotonic() + seconds
        while not (answer := what()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s:\n{json.dumps(self.get('releases'), indent=1)}")
            time.sleep(LOOK_EVERY)
        return answer

    def ended(self, model: str, number: int, seconds: float = PATIENCE) -> Json:
        def look() -> Json | None:
            found = self.release(model, number)
            return found if found and Stage(found["stage"]) in ENDED else None

        found: Json = self.wait(look, seconds)
        return found

    def live(self, model: str, number: int, seconds: float = PATIENCE) -> Json:
        release = self.ended(model, number, seconds)
        assert release["stage"] == "live", json.dumps(release, indent=1)
        return release

    def waiting(self, model: str, number: int, kind: str) -> Json:
        def look() -> Json | None:
            found = self.release(model, number)
            return found if found and found["waiting_for"] and found["waiting_for"]["kind"] == kind else None

        found: Json = self.wait(look)
        return found

    def evaluation(self, model: str, number: int) -> Json:
        prefix = f"{model}/releases/{number:04d}-"
        key = next(key for key in self.keys(prefix) if key.endswith("/evaluation.json"))
        found: Json = json.loads(self.read(key))
        return found

    def encoded_row(self, model: str, number: int) -> str:
        """Return a row of a release's test channel as a client sends it: without its label."""
        key = self.keys(next(key for key in self.keys(f"{model}/releases/{number:04d}-") if "/channels/test/" in key))[
            0
        ]
        return self.read(key).splitlines()[0].partition(",")[2]


def start(folder: Path, *options: str | Path) -> tuple["subprocess.Popen[str]", Yard]:
    """Start `python -m local_aws` in a folder, with options, and wait until it answers."""
    log = (folder / "local-aws.log").open("w")
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--minute", str(MINUTE)]
    process = subprocess.Popen(
        [*command, "--template", str(ROOT / "template.yaml"), *map(str, options)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"answers at (\S+) ", said := Path(log.name).read_text())):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"local AWS did not start:\n{said}")
        time.sleep(LOOK_EVERY)
    log.close()
    return process, Yard(found.group(1), folder)
