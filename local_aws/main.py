"""`python -m local_aws`: deploys the template to local AWS and keeps it running until Ctrl-C."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws import containers
from local_aws.engine import sagemaker_engine
from local_aws.envelopes import REGION
from local_aws.front import PortTakenError
from local_aws.sagemaker.executors import own_images
from local_aws.sagemaker.executors.own_images import NO_IMAGES, OwnImages
from local_aws.seams import SeamError
from local_aws.server import LocalAws
from local_aws.template.errors import TemplateError


def main(arguments: list[str] | None = None) -> int:
    """Run local AWS; returns the exit code."""
    options = _parser().parse_args(arguments)
    if not options.template.is_file():
        return _complain(f"there is no template {options.template}: go to the project's folder, or use --template")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    with _interrupts() as stopping:
        try:
            return _run(options, stopping)
        except PortTakenError:
            return _complain(f"port {options.port} is taken: stop what listens there, or choose another with --port")
        except TemplateError as error:
            return _complain(f"{options.template}: {error}")
        except containers.NoEngineError as error:
            return _complain(f"--sam is for a machine that runs containers, and none can be run here: {error}")
        except (SeamError, ValueError) as error:
            return _complain(str(error))


def _run(options: argparse.Namespace, stopping: threading.Event) -> int:
    gateway = containers.gateway() if options.sam else None
    folder = options.folder.resolve()
    images = _own_images(options)
    with LocalAws(
        folder, sagemaker_engine, port=options.port, minute=options.minute, also_on=gateway, images=images
    ) as local:
        outputs = local.deploy(options.template, options.stack, dict(options.parameter), asleep=options.sam)
        _write_environment(options.folder, local.endpoint, options.stack)
        if options.sam:
            containers.write_files(options.folder, local.endpoint_for_containers, local.functions.specs())
        tell = _sam_instructions if options.sam else _instructions
        sys.stdout.write(tell(local, outputs, options))
        sys.stdout.flush()
        stopping.wait()
    return 0


def _own_images(options: argparse.Namespace) -> OwnImages:
    """Read the programs that stand for images of one's own: the file that is named, or `images.yaml` in the folder."""
    usual: Path = options.folder / "images.yaml"
    if options.images is None and not usual.exists():
        return NO_IMAGES
    return own_images.read(options.images or usual)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set, instead of an exception wherever they come."""
    stopping = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stopping.set()) for number in numbers]
    try:
        yield stopping
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local_aws", description="AWS on this machine, for Yardmaster's template.")
    parser.add_argument("--port", type=int, default=4599, help="on the loopback interface (default 4599; 0: any free)")
    parser.add_argument(
        "--minute", type=float, default=60.0, help="real seconds that a minute of schedules and metrics takes"
    )
    parser.add_argument("--template", type=Path, default=Path("template.yaml"))
    parser.add_argument("--folder", type=Path, default=Path(".local"), help="for logs, the jobs' files and `env`")
    parser.add_argument("--stack", default="yardmaster", help="the stack's name")
    parser.add_argument(
        "--parameter", type=_parameter, action="append", default=[], metavar="NAME=VALUE", help="of the template"
    )
    parser.add_argument(
        "--images", type=Path, metavar="FILE", help="programs for images of your own (default: images.yaml in --folder)"
    )
    parser.add_argument(
        "--sam", action="store_true", help="for `sam local`: no rule wakes a function, and containers reach the port"
    )
    return parser


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE")
    return name, value


def _complain(message: str) -> int:
    sys.stderr.write(f"local AWS: {message}\n")
    return 1


def _write_environment(folder: Path, endpoint: str, stack: str) -> None:
    lines = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "YARDMASTER_STACK": stack,
        "SAM_CLI_TELEMETRY": "0",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "env").write_text("".join(f"export {name}={value}\n" for name, value in lines.items()))


def _instructions(local: LocalAws, outputs: dict[str, str], options: argparse.Namespace) -> str:
    minute, folder = options.minute, options.folder
    pace = "real time" if minute == 60 else f"a minute of schedules, metrics and baking takes {minute:g} s"
    bucket = next((value for name, value in outputs.items() if name.startswith("Bucket")), "<bucket>")
    program = Path(sys.executable).with_name("yardmaster")
    shown = (
        os.path.relpath(program) if program.exists() else f"{os.path.relpath(sys.executable)} -m yardmaster.cli.main"
    )
    return f"""
Local AWS answers at {local.endpoint} ({pace}).

In another terminal, in this folder:

    . {folder}/env
    {shown} drop jan.csv --model churn        # train, test, evaluate, deploy
    {shown} watch

The same with the AWS CLI:

    aws s3 cp spec.yaml s3://{bucket}/churn/spec.yaml
    aws s3 cp jan.csv s3://{bucket}/churn/data/jan.csv

Releases: {local.endpoint}/_local/releases    Logs of the functions: {folder}/logs/
Ctrl-C ends it; nothing is kept.
"""


def _sam_instructions(local: LocalAws, _outputs: dict[str, str], options: argparse.Namespace) -> str:
    folder = options.folder
    return f"""
Local AWS answers at {local.endpoint}, and containers at {local.endpoint_for_containers}. No rule wakes a function.

In another terminal, in this folder:

    . {folder}/env
    make build ARGS='--config-file {folder}/sam.toml'        # once, and after each change
    .venv-sam/bin/sam local invoke WakeReleasesFunction --config-file {folder}/sam.toml \\
      -e events/wake_releases/tick.json

Releases: {local.endpoint}/_local/releases
Ctrl-C ends it; nothing is kept.
"""
