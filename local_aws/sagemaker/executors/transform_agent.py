"""Runs a batch transform: each input file through the model, with a log line for what is wrong with it.

One container does it inside its own process; a pipeline's containers are asked over HTTP by `transforming`.
"""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from local_aws.sagemaker.executors import batches
from local_aws.sagemaker.executors.base import TransformRequest
from local_aws.sagemaker.executors.batches import Ask, BatchError, Plan
from local_aws.sagemaker.executors.standins import StandIn
from local_aws.sagemaker.executors.workspace import TRANSFORM_INPUT, read_transform_config

logger = logging.getLogger(__name__)
EXIT_CODES = {"ClientError": 2, "AlgorithmError": 1}
Say = Callable[[str], None]
"""Takes a line for the job's log."""


def main(stand_in: StandIn, base_dir: Path) -> int:
    """Transform all files of input/data/input into output/data/<path>.out with one container's own model code.

    Returns:
        The exit code: 0, 2 if the fault is the customer's, 1 if the algorithm's; details are in the log.
    """
    request = read_transform_config(base_dir)
    try:
        model = stand_in.load(base_dir / "model", batch=True)
    except Exception:  # whatever an artifact holds: the container logs it and ends
        logger.exception("Unable to load model")
        return EXIT_CODES["AlgorithmError"]

    def ask(body: bytes) -> tuple[int, bytes]:
        response = model.respond(body, request.content_type, request.accept)
        return response.status, response.body

    return transform_files(base_dir, request, ask, logger.info)


def transform_files(base_dir: Path, request: TransformRequest, ask: Ask, say: Say) -> int:
    """Transform all files; one with a bad record gets no output, the others do.

    Returns:
        The exit code: 0, 2 if the fault is the customer's, 1 if the algorithm's.

    Raises:
        ConnectionError: A container is gone.
    """
    try:
        plan = batches.plan(request)
    except BatchError as error:
        _tell(say, request.s3_uri, error)
        return EXIT_CODES[error.kind]
    strategy = "SINGLE_RECORD" if request.batch_strategy == "SingleRecord" else "MULTI_RECORD"
    say(
        f"[sagemaker logs]: MaxConcurrentTransforms={request.max_concurrent}, "
        f"MaxPayloadInMB={request.max_payload_mb}, BatchStrategy={strategy}"
    )
    source = base_dir / "input" / "data" / TRANSFORM_INPUT
    files = sorted(path for path in source.rglob("*") if path.is_file())
    outputs = [base_dir / "output" / "data" / f"{path.relative_to(source)}.out" for path in files]
    names = [str(path.relative_to(source)) for path in files]
    codes = [
        _transform(path, output, plan, ask, partial(_tell, say, name))
        for path, output, name in zip(files, outputs, names, strict=True)
    ]
    return max(codes, default=0)


def _transform(path: Path, output: Path, plan: Plan, ask: Ask, tell: Callable[[BatchError], None]) -> int:
    """Transform one file; its output appears whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f"{output.name}.part")
    try:
        with temporary.open("wb") as file:
            file.writelines(batches.transform(path.read_bytes(), plan, ask))
    except BatchError as error:
        temporary.unlink()
        tell(error)
        return EXIT_CODES[error.kind]
    temporary.replace(output)
    return 0


def _tell(say: Say, name: str, error: BatchError) -> None:
    for line in error.lines:
        say(f"[sagemaker logs]: {name}: {line}")
