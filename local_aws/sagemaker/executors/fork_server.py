"""A process that has imported the algorithms' libraries, and forks a child for each container: 20 ms, not two seconds.

It is a program of its own, `python -m local_aws.sagemaker.executors.fork_server <fd>`, and talks over a socket of whole
messages. It never has more than one thread, so that forking is safe; children may have as many as they like.
When the socket closes, its owner is gone: it kills what runs, and ends.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from local_aws.sagemaker.executors import container_main, standins

MESSAGE_LIMIT = 1 << 20
PRELOADED = ("xgboost", "linear-learner", "kmeans", "pca", "knn")
"""The stand-ins whose libraries are imported once, before any fork; others import what they need."""


def serve(owner: socket.socket) -> None:
    """Fork, signal and reap until the owner is gone."""
    wake_up, wake_end = socket.socketpair()
    for end in (wake_up, wake_end):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    signal.set_wakeup_fd(wake_end.fileno())
    selector = selectors.DefaultSelector()
    selector.register(owner, selectors.EVENT_READ)
    selector.register(wake_up, selectors.EVENT_READ)
    gc.freeze()  # else the children's garbage collection copies the pages that they share
    running: dict[int, int] = {}  # process id to the owner's number
    while True:
        for key, _ in selector.select():
            if key.fileobj is owner:
                _obey(owner, running, (wake_up, wake_end))
            else:
                wake_up.recv(4096)
        _reap(owner, running)


def _obey(owner: socket.socket, running: dict[int, int], inherited: tuple[socket.socket, ...]) -> None:
    message, descriptors = _receive(owner)
    if not message:
        for process in running:
            os.killpg(process, signal.SIGKILL)
        sys.exit()
    order: dict[str, Any] = json.loads(message)
    if "signal" in order:
        for process, number in running.items():
            if number == order["number"]:
                os.killpg(process, order["signal"])
        return
    process = os.fork()
    if process == 0:
        for end in (owner, *inherited):
            end.close()
        _become(order, descriptors)
    os.setpgid(process, process)  # so that a signal reaches whatever the container starts
    running[process] = order["number"]
    for descriptor in descriptors:
        os.close(descriptor)


def _receive(owner: socket.socket) -> tuple[bytes, list[int]]:
    try:
        message, descriptors, _, _ = socket.recv_fds(owner, MESSAGE_LIMIT, 2)
    except ConnectionResetError:  # it went with our reports unread
        return b"", []
    return message, descriptors


def _become(order: dict[str, Any], descriptors: list[int]) -> None:
    """Turn a fresh child into the container; never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(descriptors[0], 1)
        os.dup2(descriptors[0], 2)
        os.close(descriptors[0])
        os.environ.update(order["environment"])
        base_dir = Path(order["base_dir"])
        os.chdir(base_dir)
        listener = descriptors[1] if len(descriptors) > 1 else None
        code = container_main.run(order["kind"], order["container"], base_dir, listener)
        sys.stdout.flush()
    except Exception:  # what an ordinary process would do on its way out
        traceback.print_exc()
    finally:
        os._exit(code)  # not sys.exit: a child must not unwind into the server's own loop


def _reap(owner: socket.socket, running: dict[int, int]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        number = running.pop(process)
        with contextlib.suppress(ProcessLookupError):  # a container ends with its first process
            os.killpg(process, signal.SIGKILL)
        with contextlib.suppress(OSError):  # the owner is gone, as the next message, which is none, will tell
            owner.send(json.dumps({"number": number, "exit": os.waitstatus_to_exitcode(status)}).encode())


if __name__ == "__main__":
    for name in PRELOADED:
        standins.find(name)
    serve(socket.socket(fileno=int(sys.argv[1])))
