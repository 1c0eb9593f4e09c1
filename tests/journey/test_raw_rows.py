"""An endpoint that takes rows as the files have them, for real: two containers, a date, a colour, semicolons."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.journey.yard import Yard

SPEC = """
algorithm: xgboost
data: {label: left, positive: "yes", id: customer, dates: {seen: [day_of_week, hour]}}
train: {hyperparameters: {num_round: 20}}
deploy: {rows: raw}
"""
Ask = Callable[[str, str], list[float]]


def visits(rows: int = 800) -> str:
    """Return a drop: who was last seen on a weekend has left, mostly."""
    draw = random.Random(5)
    lines = ["customer;seen;colour;left"]
    for n in range(rows):
        day, hour = draw.randint(1, 28), draw.randint(0, 23)
        left = (day % 7 in (0, 1)) != (draw.random() < 0.05)  # 1 October 2023 was a Sunday.
        colour = draw.choice(["red", "blue", ""])
        lines.append(f"{n};2023-10-{day:02} {hour:02}:15;{colour};{'yes' if left else 'no'}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def ask(yard: Yard) -> Ask:
    """Return what asks the endpoint, once the model is live."""
    yard.put("visits/spec.yaml", SPEC)
    yard.put("visits/data/october.csv", visits())
    yard.live("visits", 1)
    runtime = yard.client("sagemaker-runtime")

    def ask(body: str, content_type: str) -> list[float]:
        answer = runtime.invoke_endpoint(
            EndpointName="visits", ContentType=content_type, Body=body.encode(), Accept="text/csv"
        )
        return [float(score) for score in answer["Body"].read().decode().split(",")]

    return ask


def test_rows_are_sent_as_the_files_have_them(ask: Ask) -> None:
    sunday, tuesday = ask("1;2024-06-02 10:15;red\n2;2024-06-04 10:15;red", "text/csv")
    assert sunday > 0.8
    assert tuesday < 0.2
    with_all = ask("customer;seen;colour;left\n1;2024-06-02 10:15;red;no\n", "text/csv")
    assert with_all == [sunday]
    by_name: list[dict[str, Any]] = [{"seen": "2024-06-04T10:15:00Z", "colour": "red"}]
    assert ask(json.dumps({"instances": by_name}), "application/json") == [tuesday]


def test_a_row_that_can_not_be_used_is_the_callers_error_in_words(ask: Ask) -> None:
    with pytest.raises(ClientError) as refused:
        ask("1;last week;red", "text/csv")
    error: dict[str, Any] = dict(refused.value.response)
    assert error["Error"]["Code"] == "ModelError"
    assert error["OriginalStatusCode"] == 400
    assert error["OriginalMessage"].startswith("row 1, column 'seen': not a date")
    assert "last week" not in error["OriginalMessage"]
