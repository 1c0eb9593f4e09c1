"""Runs a batch transform inside its process: each input file through the container's own model code."""

import logging
from pathlib import Path

from local_aws.sagemaker.executors import batches
from local_aws.sagemaker.executors.answering import Responder
from local_aws.sagemaker.executors.batches import BatchError, Plan
from local_aws.sagemaker.executors.standins import StandIn
from local_aws.sagemaker.executors.workspace import TRANSFORM_INPUT, read_transform_config

logger = logging.getLogger(__name__)
EXIT_CODES = {"ClientError": 2, "AlgorithmError": 1}


def main(stand_in: StandIn, base_dir: Path) -> int:
    """Transform all files of input/data/input into output/data/<path>.out.

    A file with a bad record gets no output, the others do.

    Returns:
        The exit code: 0, 2 if the fault is the customer's, 1 if the algorithm's; details are in the log.
    """
    request = read_transform_config(base_dir)
    try:
        model = stand_in.load(base_dir / "model", batch=True)
    except Exception:  # whatever an artifact holds: the container logs it and ends
        logger.exception("Unable to load model")
        return EXIT_CODES["AlgorithmError"]
    try:
        plan = batches.plan(request)
    except BatchError as error:
        _log(request.s3_uri, error)
        return EXIT_CODES[error.kind]
    logger.info(
        "[sagemaker logs]: MaxConcurrentTransforms=%d, MaxPayloadInMB=%d, BatchStrategy=%s",
        request.max_concurrent,
        request.max_payload_mb,
        "SINGLE_RECORD" if request.batch_strategy == "SingleRecord" else "MULTI_RECORD",
    )
    source = base_dir / "input" / "data" / TRANSFORM_INPUT
    files = sorted(path for path in source.rglob("*") if path.is_file())
    codes = [
        _transform(path, base_dir / "output" / "data" / f"{path.relative_to(source)}.out", plan, model)
        for path in files
    ]
    return max(codes, default=0)


def _transform(path: Path, output: Path, plan: Plan, model: Responder) -> int:
    """Transform one file; its output appears whole or not at all."""
    request = plan.request

    def ask(body: bytes) -> tuple[int, bytes]:
        response = model.respond(body, request.content_type, request.accept)
        return response.status, response.body

    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f"{output.name}.part")
    try:
        with temporary.open("wb") as file:
            file.writelines(batches.transform(path.read_bytes(), plan, ask))
    except BatchError as error:
        temporary.unlink()
        _log(path.name, error)
        return EXIT_CODES[error.kind]
    temporary.replace(output)
    return 0


def _log(name: str, error: BatchError) -> None:
    for line in error.lines:
        logger.error("[sagemaker logs]: %s: %s", name, line)
