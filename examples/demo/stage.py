"""Local AWS for the demo, in a process of its own, and what the demo asks of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

MINUTE = 1.5
"""Real seconds that a minute of schedules, metrics and baking takes; training and HTTP stay real."""
START_SECONDS = 60.0
REGION = "us-east-1"


class StageError(Exception):
    """Local AWS did not start, or something that the demo is about did not come about; the message says what."""


class Stage:
    """A running local AWS with the template deployed."""

    def __init__(self, folder: Path, minute: float = MINUTE) -> None:
        """Start it; logs go below the folder."""
        self.minute = minute
        self._log = folder / "local_aws.log"
        port = _free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "local_aws", "--port", str(port), "--minute", str(minute)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # a process group of its own: Ctrl-C comes to the demo, which stops it
                [*command, "--folder", str(folder)], stdout=log, stderr=log, start_new_session=True
            )
        self.outputs: dict[str, str] = {}

    def wait_until_ready(self) -> None:
        """Wait for the deployment.

        Raises:
            StageError: It ended, or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                self.outputs = self.get("/_local/health")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise StageError(f"local AWS did not start:\n{self._log.read_text()[-2000:]}")

    def releases(self) -> list[dict[str, Any]]:
        """Return the releases as local AWS tells them, the oldest first."""
        found: list[dict[str, Any]] = self.get("/_local/releases")
        return sorted(found, key=lambda release: release["number"])

    def approve(self, release: dict[str, Any], reason: str) -> None:
        """Approve a release, as `yardmaster approve` does."""
        detail = {
            "command": "approve",
            "model": release["model"],
            "release": release["release"],
            "reason": reason,
            "by": "the demo",
        }
        entry = {"Source": "yardmaster.yardmaster", "DetailType": "Release Command", "Detail": json.dumps(detail)}
        self.client("events").put_events(Entries=[entry])

    def yardmaster(self, *arguments: str) -> list[str]:
        """Run the command line, as a person does; return the lines that it prints.

        Raises:
            StageError: It says that it can't be done.
        """
        done = subprocess.run(
            [sys.executable, "-m", "yardmaster.cli.main", *arguments],
            env={**os.environ, **self._surroundings()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise StageError(f"yardmaster {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.rstrip().splitlines()

    def now(self) -> float:
        """Return the time there, in epoch seconds: it passes faster."""
        with urllib.request.urlopen(f"{self.endpoint}/_local/health", timeout=10) as answer:  # noqa: S310 - our own address
            return parsedate_to_datetime(answer.headers["Date"]).timestamp()

    def schedules(self) -> list[str]:
        """Return the names of EventBridge Scheduler's schedules."""
        return [one["Name"] for one in self.client("scheduler").list_schedules()["Schedules"]]

    def endpoint_status(self, name: str) -> str | None:
        """Return an endpoint's status; None if there is none of the name."""
        found = self.client("sagemaker").list_endpoints(NameContains=name)["Endpoints"]
        return next((one["EndpointStatus"] for one in found if one["EndpointName"] == name), None)

    def endpoint_shape(self, name: str) -> dict[str, Any]:
        """Return what an endpoint is: its configuration, and the weight and instances of each variant."""
        found = self.client("sagemaker").describe_endpoint(EndpointName=name)
        kept = ("CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")
        variants = {one["VariantName"]: {key: one[key] for key in kept} for one in found["ProductionVariants"]}
        return {"configuration": found["EndpointConfigName"], "variants": variants}

    def uri(self, key: str) -> str:
        """Return where an object is."""
        return f"s3://{self.outputs['BucketName']}/{key}"

    def keys(self, prefix: str) -> list[str]:
        """Return the bucket's keys below a prefix."""
        found = self.client("s3").list_objects_v2(Bucket=self.outputs["BucketName"], Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def read(self, key: str) -> bytes:
        """Return an object."""
        body: bytes = self.client("s3").get_object(Bucket=self.outputs["BucketName"], Key=key)["Body"].read()
        return body

    def put(self, key: str, body: bytes) -> None:
        """Upload an object."""
        self.client("s3").put_object(Bucket=self.outputs["BucketName"], Key=key, Body=body)

    def kill_after(self, function: str, operation: str) -> None:
        """Let local AWS `kill -9` a function right after its next such call, before it hears the answer."""
        query = urllib.parse.urlencode({"function": function, "operation": operation})
        self.get(f"/_local/kill?{query}")

    def kills(self) -> list[dict[str, Any]]:
        """Return whom that met, and when."""
        found: list[dict[str, Any]] = self.get("/_local/kills")
        return found

    def client(self, service: str) -> Any:
        """Return an ordinary boto3 client."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - local AWS knows no secrets
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=10),
        )

    def _surroundings(self) -> dict[str, str]:
        """Return the environment in which the command line finds this local AWS, whatever a person has set."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "YARDMASTER_STACK": "yardmaster",
        }

    def get(self, path: str) -> Any:
        """Return what local AWS tells at a path as JSON."""
        with urllib.request.urlopen(f"{self.endpoint}{path}", timeout=10) as answer:  # noqa: S310 - our own address
            return json.load(answer)

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
