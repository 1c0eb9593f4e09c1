"""An algorithm of AWS Marketplace and what it trained, for real: refused without a subscription, then in service."""

import json
import urllib.request
from typing import Any

import pytest

from tests.journey import files
from tests.journey.yard import Yard
from tests.local_aws.sagemaker import puppets

REST = '\ndata: {label: churned, positive: "yes", id: customer_id}\ndeploy: {canary: none}\n'
GATE = "evaluate: {gate: [{metric: auc, min: 0.7}, {metric: auc, versus: baseline, margin: 0.2}]}\n"
METRICS = [{"Name": "validation:auc", "Regex": r".*\[[0-9]+\].*validation-auc:(\S+)"}]


def deal(yard: Yard, name: str, arn: str) -> str:
    """Do a deal in the marketplace of local AWS; return the product's ARN."""
    request = urllib.request.Request(f"{yard.endpoint}/_local/marketplace/{name}?arn={arn}", method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["arn"])


@pytest.fixture(scope="module")
def product(yard: Yard) -> str:
    """The ARN of an algorithm that a seller offers."""
    sagemaker: Any = yard.client("sagemaker")
    eval_metric = {"Name": "eval_metric", "Type": "FreeText", "DefaultValue": "auc"}
    objective = {"Name": "objective", "Type": "FreeText", "DefaultValue": "binary:logistic"}
    known = puppets.algorithm()["TrainingSpecification"]["SupportedHyperParameters"]
    request = puppets.algorithm(
        "sold", SupportedHyperParameters=[*known[:2], objective, eval_metric], MetricDefinitions=METRICS
    )
    arn = sagemaker.create_algorithm(**request)["AlgorithmArn"]
    yard.wait(lambda: sagemaker.describe_algorithm(AlgorithmName=arn)["AlgorithmStatus"] == "Completed")
    return deal(yard, "offer", arn)


def test_an_algorithm_is_refused_until_the_account_has_subscribed_and_then_serves(yard: Yard, product: str) -> None:
    spec = f"algorithm: {{algorithm_arn: '{product}'}}{REST}{GATE}train: {{hyperparameters: {{num_round: 20}}}}\n"
    yard.put("bought/spec.yaml", spec)
    yard.put("bought/data/jan.csv", files.churn(21))
    refused = yard.ended("bought", 1)
    assert refused["stage"] == "refused"
    assert "https://aws.amazon.com/marketplace" in refused["reason"]

    deal(yard, "subscribe", product)
    yard.put("bought/data/feb.csv", files.churn(22))
    release = yard.live("bought", 2)

    sagemaker = yard.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="bought")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    assert model["EnableNetworkIsolation"] is True
    assert "ModelPackageName" in model["PrimaryContainer"]
    job = sagemaker.describe_training_job(TrainingJobName=model["PrimaryContainer"]["ModelPackageName"])
    assert "validation:auc" in [one["MetricName"] for one in job["FinalMetricDataList"]]
    assert any("auc" in step["reason"] for step in release["history"])


def test_a_model_package_is_tested_on_a_drop_and_serves_though_nothing_is_trained(yard: Yard, product: str) -> None:
    yard.live("bought", 2)
    sagemaker = yard.client("sagemaker")
    mine = sagemaker.list_model_packages()["ModelPackageSummaryList"]
    (arn,) = [one["ModelPackageArn"] for one in mine if "/ym-bought-" in one["ModelPackageArn"]]
    yard.put("packaged/spec.yaml", f"algorithm: {{model_package: '{arn}'}}{REST}{GATE}")
    yard.put("packaged/data/mar.csv", files.churn(23))

    release = yard.live("packaged", 1)

    stages = [step["stage"] for step in release["history"]]
    assert stages[:4] == ["received", "prepared", "testing", "evaluated"]
    runtime = yard.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName="packaged", ContentType="text/csv", Body=yard.encoded_row("packaged", 1)
    )
    assert 0 <= float(answer["Body"].read()) <= 1
