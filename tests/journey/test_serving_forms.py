"""Other forms of serving for real: an endpoint without instances, and one that several models share."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.journey.files import CHURN, FEW_ROUNDS, churn
from tests.journey.yard import Json, Yard

GATE = "evaluate: {gate: [{metric: auc, min: 0.7}]}\n"
"""A few hundred test rows can tell no more."""
SERVERLESS = "deploy: {canary: none, serverless: {memory_size: 1024, max_concurrency: 4}}\n"
SHARED = "deploy: {canary: none, multi_model: true, endpoint: everybody}\n"
MODELS = ("shared-one", "shared-two")


@pytest.fixture(scope="module", autouse=True)
def _dropped(yard: Yard) -> None:
    """Upload all at once: they don't wait for each other."""
    for model, deploy, seed in (("serverless", SERVERLESS, 20), *((name, SHARED, 21) for name in MODELS)):
        yard.put(f"{model}/spec.yaml", CHURN + FEW_ROUNDS + GATE + deploy)
        yard.put(f"{model}/data/jan.csv", churn(seed))


def ask(yard: Yard, endpoint: str, row: str, target: str | None = None) -> float:
    client = yard.client("sagemaker-runtime")
    more = {"TargetModel": target} if target else {}
    answer = client.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=row, **more)
    return float(answer["Body"].read())


def test_a_serverless_endpoint_answers_and_is_replaced_at_once(yard: Yard) -> None:
    yard.live("serverless", 1)
    row = yard.encoded_row("serverless", 1)
    assert 0 <= ask(yard, "serverless", row) <= 1
    yard.put("serverless/data/feb.csv", churn(22))
    second = yard.live("serverless", 2)
    [variant] = yard.client("sagemaker").describe_endpoint(EndpointName="serverless")["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 1024, "MaxConcurrency": 4}
    assert "unjudged: the spec asks for no canary" in second["reason"]
    assert 0 <= ask(yard, "serverless", row) <= 1


def pointer(yard: Yard, model: str) -> Json:
    def look() -> Json | None:
        key = f"{model}/live.json"
        return json.loads(yard.read(key)) if key in yard.keys(key) else None

    found: Json = yard.wait(look)
    return found


def test_two_models_answer_on_one_endpoint_by_the_names_that_their_pointers_say(yard: Yard) -> None:
    for model in MODELS:
        yard.live(model, 1)
    said = [pointer(yard, model) for model in MODELS]
    row = yard.encoded_row(MODELS[0], 1)

    assert {one["endpoint"] for one in said} == {"everybody"}
    answers = [ask(yard, "everybody", row, one["target_model"]) for one in said]
    assert all(0 <= answer <= 1 for answer in answers)
    assert answers[0] != answers[1], "each split the rows in its own way"
    with pytest.raises(ClientError, match="is missing a target model header"):
        ask(yard, "everybody", row)
    with pytest.raises(ClientError, match="Failed to download model data"):
        ask(yard, "everybody", row, "none.tar.gz")
