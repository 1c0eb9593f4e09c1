"""A container of one's own: what `standins` asks of it, done by the program that stands for the image."""

import os
import socket
from pathlib import Path

from local_aws.sagemaker.executors import program
from local_aws.sagemaker.executors.own_container import command
from local_aws.sagemaker.executors.own_container.proxy import ServedModel
from local_aws.sagemaker.executors.own_container.watchdog import Watchdog
from local_aws.sagemaker.executors.workspace import read_container


def train(base_dir: Path) -> int:
    """Run the program with `train`; whatever reason it has for a failure is in output/failure."""
    order = command.for_training(read_container(base_dir), base_dir, os.environ)
    with Watchdog(order.container):
        return program.run(order.arguments, order.folder, order.environment).code


def load(model_dir: Path, *, batch: bool) -> ServedModel:
    """Run the program with `serve`, and wait until it answers.

    Raises:
        OSError: It can't be started.
        RuntimeError: It ended, or never answered its ping.
    """
    del batch  # SAGEMAKER_BATCH, in the environment, tells the program itself.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    order = command.for_serving(read_container(model_dir.parent), model_dir.parent, os.environ, port)
    return ServedModel(order, port)
