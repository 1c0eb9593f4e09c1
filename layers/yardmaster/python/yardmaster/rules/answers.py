"""What a model answered in live traffic, read from the lines that SageMaker's data capture writes.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics.scores import parse_scores

MOST = 2_000
"""How many answers of one variant are looked at."""
_MEMBERS = ("predictions", "score", "scores", "probabilities", "distance_to_cluster")
"""Where the answers are in JSON. A label that was chosen is no score: what was promised can't be told from it."""
_CSV, _JSON = ("text/csv",), ("application/json", "application/jsonlines", "application/x-jsonlines")


@dataclass(frozen=True)
class Answers:
    """Captured answers of one variant.

    Attributes:
        rows: One for each row that was asked about: a score or a value, or the probability of each class.
        requests: How many requests they came with.
        unreadable: Requests whose answer is text, but not the numbers that it should be.
        foreign: Requests whose answer has a format that is not read here.
    """

    rows: tuple[tuple[float, ...], ...] = ()
    requests: int = 0
    unreadable: int = 0
    foreign: int = 0


def read_answers(lines: Iterable[bytes], width: int, since: float) -> Answers:
    """Read captured lines, at most about 2,000 answers; a line that is cut off is passed over.

    Args:
        lines: JSON Lines as SageMaker writes them.
        width: How many numbers an answer has: one, or one for each class.
        since: Answers of before this time don't count.
    """
    rows: list[tuple[float, ...]] = []
    requests = unreadable = foreign = 0
    for body, content_type in _bodies(lines, since):
        found = _rows(body, content_type, width)
        if found is None:
            foreign += 1
        elif not found:
            unreadable += 1
        else:
            requests += 1
            rows += found
        if len(rows) >= MOST or requests + unreadable + foreign >= MOST:
            break
    return Answers(tuple(rows[:MOST]), requests, unreadable, foreign)


def _bodies(lines: Iterable[bytes], since: float) -> Iterator[tuple[bytes, str]]:
    """Yield the body and the content type of each answer; requests alone have none."""
    for line in lines:
        try:
            captured = json.loads(line)
            if datetime.fromisoformat(captured["eventMetadata"]["inferenceTime"]).timestamp() < since:
                continue
            output = captured["captureData"]["endpointOutput"]
            data: str = output["data"]
            body = base64.b64decode(data) if output["encoding"] == "BASE64" else data.encode()
            yield body, output.get("observedContentType", "")
        except (ValueError, LookupError, TypeError, AttributeError):
            continue


def _rows(body: bytes, content_type: str, width: int) -> list[tuple[float, ...]] | None:
    """Return the rows of one answer: none if it can't be read, None if its format is another."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in (*_CSV, *_JSON):
        return None
    try:
        numbers = _csv(body) if media_type in _CSV else _json(body)
    except (MeasurementError, ValueError, LookupError, TypeError):
        return []
    if not numbers or len(numbers) % width:
        return []
    return [tuple(numbers[at : at + width]) for at in range(0, len(numbers), width)]


def _csv(body: bytes) -> list[float]:
    """Return all numbers of a CSV answer; containers put the answers of several rows into one line, or into lines."""
    fields = body.strip().replace(b"\n", b",").split(b",")
    # As transform jobs write them, behind a label.
    return list(parse_scores([b"".join(b"0,%s\n" % field for field in fields)], 1).columns[0])


def _json(body: bytes) -> list[float]:
    """Return all numbers of a JSON answer: `{"predictions": [{"score": …}]}`, a list, or a line for each row."""
    try:
        answers = [json.loads(body)]
    except ValueError:
        answers = [json.loads(line) for line in body.splitlines() if line.strip()]
    numbers = [number for answer in answers for number in _numbers(answer)]
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError
    return numbers


def _numbers(answer: Any) -> Iterator[float]:
    if isinstance(answer, Mapping):
        member = next((name for name in _MEMBERS if name in answer), None)
        if member is None:
            raise ValueError
        yield from _numbers(answer[member])
    elif isinstance(answer, list):
        for one in answer:
            yield from _numbers(one)
    else:
        yield float(answer)
