"""What runs inside a container's process: one of train, serve and transform, in a directory laid out like /opt/ml."""

import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from local_aws.sagemaker.executors import pipes, serving, standins, transform_agent


def run(kind: str, container: str, base_dir: Path, listener_fd: int | None) -> int:
    """Run one container, by the name of its stand-in, to its end.

    Returns:
        The exit code.
    """
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
        force=True,
    )
    stand_in = standins.find(container)
    match kind:
        case "train":
            if container not in standins.OF_USERS:
                pipes.take(base_dir)
            return stand_in.train(base_dir)
        case "transform":
            return transform_agent.main(stand_in, base_dir)
        case "serve":
            if listener_fd is None:
                raise ValueError("serve needs a listening socket")
            return serving.main(stand_in, base_dir, socket.socket(fileno=listener_fd))
        case _:
            raise ValueError(f"unknown kind of container: {kind}")


def _end_with_parent() -> None:
    """End this process when its parent does: the parent holds the other end of our standard input."""

    def watch() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock, held at exit, would abort the process
            pass
        os.killpg(0, signal.SIGKILL)  # and with it what it started

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    _end_with_parent()
    descriptor = int(sys.argv[4]) if len(sys.argv) > 4 else None
    sys.exit(run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), descriptor))
