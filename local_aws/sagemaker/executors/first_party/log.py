"""Writes a training job's log as AWS's containers do: `[11/24/2020 18:53:57 INFO 140513285547840] …`."""

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

logger = logging.getLogger(__name__)
HOST = "algo-1"


def set_up() -> None:
    """Give all log lines the containers' form."""
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format="[%(asctime)s %(levelname)s %(thread)d] %(message)s",
        datefmt="%m/%d/%Y %H:%M:%S",
        force=True,
    )


def scores(channel: str, losses: Mapping[str, float], scores: Mapping[str, float]) -> None:
    """Write the final model's metrics on a channel: `#validation_score (algo-1) : …`, then `#quality_metric: …`."""
    for name, value in {**losses, **scores}.items():
        logger.info("#%s_score (%s) : ('%s', %r)", channel, HOST, name, float(value))
    for name, value in losses.items():
        logger.info("#quality_metric: host=%s, %s %s <loss>=%r", HOST, channel, name, float(value))
    for name, value in scores.items():
        logger.info("#quality_metric: host=%s, %s %s <score>=%r", HOST, channel, name, float(value))


def epoch_loss(epoch: int, channel: str, name: str, value: float) -> None:
    """Write a channel's loss after an epoch, from which the tuner's early stopping learns."""
    logger.info("#quality_metric: host=%s, epoch=%d, %s %s <loss>=%r", HOST, epoch, channel, name, float(value))


@contextmanager
def epoch(number: int, epochs: int, rows: int) -> Iterator[None]:
    """Write how far the job is, and how fast, when the pass over the training data that happens inside has ended."""
    begun = time.perf_counter()
    yield
    seconds = max(time.perf_counter() - begun, 1e-6)
    logger.info("#progress_metric: host=%s, completed %.1f %% of epochs", HOST, 100 * (number + 1) / epochs)
    logger.info("#throughput_metric: host=%s, train throughput=%r records/second", HOST, rows / seconds)
