"""The scores, the gate and the model package, and what a person makes of it."""

import json
from collections.abc import Generator
from unittest.mock import patch

import pytest

from tests.drops import PENDING
from tests.sam.place import JOB, MODEL, PACKAGE, Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.aws import model_package
from yardmaster.records import DropKind, Stage

Playing = Generator[None, Answer, None]


class Crash(BaseException):
    """The platform ends an invocation: nothing in it can catch this."""


def assert_registered(place: Place) -> None:
    release = place.release()
    assert (release.stage, release.package_arn) == (Stage.REGISTERED, PACKAGE), release.reason
    package = place.sagemaker.describe_model_package(ModelPackageName=PACKAGE)
    assert package["ModelApprovalStatus"] == "Approved"
    assert release.evaluation["verdict"] == "pass"
    text, _ = place.yard.bucket.read(f"{release.folder}evaluation.json")
    assert json.loads(text)["binary_classification_metrics"]


def scored(place: Place) -> None:
    """A candidate whose transform jobs are done, beside a baseline."""
    place.baseline()
    place.candidate(Stage.TESTING)
    for role in ("candidate", "baseline"):
        place.until("transform_job", f"{JOB}-{role}", "Completed")


@scene("evaluate_candidate/transform_job_completed")
def scores_are_judged_and_the_model_registered(place: Place) -> Playing:
    scored(place)
    yield
    assert_registered(place)


@scene("evaluate_candidate/release_due")
def scores_are_judged_though_no_job_told(place: Place) -> Playing:
    scored(place)
    yield
    assert_registered(place)


@scene("evaluate_candidate/release_due_evaluated")
def a_judged_release_is_registered_after_a_crash(place: Place) -> Playing:
    scored(place)

    with patch.object(model_package, "ensure_group", side_effect=Crash), pytest.raises(Crash):
        place.walk(place.release().id, Stage.REGISTERED)
    assert place.release().stage is Stage.EVALUATED
    yield
    assert_registered(place)


@scene("evaluate_candidate/transform_job_failed")
def a_failed_transform_job_fails_the_release(place: Place) -> Playing:
    place.jobs.script.fails = {f"{JOB}-candidate": "ClientError: See job logs for more information"}
    place.candidate(Stage.TESTING)
    place.until("transform_job", f"{JOB}-candidate", "Failed")
    yield
    assert place.release().stage is Stage.FAILED
    assert "See job logs" in place.release().reason


def undecided(place: Place) -> None:
    """A candidate that waits for a person, beside a baseline."""
    place.baseline()
    assert place.candidate(Stage.REGISTERED, PENDING).package_arn == PACKAGE


def decide(place: Place, status: str) -> None:
    place.sagemaker.update_model_package(ModelPackageArn=PACKAGE, ModelApprovalStatus=status)


def assert_deploying(place: Place) -> None:
    """The endpoint is on its way to the configuration with both variants, and is the release's alone."""
    assert place.release().stage in {Stage.DEPLOYING, Stage.CANARY}, place.release().reason
    found = place.until("endpoint", MODEL, "InService")
    assert found["EndpointConfigName"] == f"{JOB}-shared"
    row = place.yard.table.get_endpoint(MODEL)
    assert row is not None
    assert row.holder == place.release().id


@scene("deploy_canary/package_approved")
def a_package_approved_by_anybody_is_deployed(place: Place) -> Playing:
    undecided(place)
    decide(place, "Approved")
    yield
    assert_deploying(place)


@scene("deploy_canary/package_of_somebody_approved")
def a_package_of_somebody_else_becomes_a_release(place: Place) -> Playing:
    live = place.baseline()
    container = {
        "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "ModelDataUrl": place.yard.bucket.uri(f"{MODEL}/artifacts/notebook/model.tar.gz"),
    }
    arn = ""
    while not arn.endswith("/3"):
        answer = place.sagemaker.create_model_package(
            ModelPackageGroupName=f"ym-{MODEL}",
            InferenceSpecification={"Containers": [container]},
            ModelApprovalStatus="Approved",
        )
        arn = answer["ModelPackageArn"]
    yield
    found = place.yard.table.find_number(MODEL, live.number + 1)
    assert found is not None
    assert (found.stage, found.source.kind, found.source.key) == (Stage.RECEIVED, DropKind.PACKAGE, arn)
    (due,) = [event for event in place.said() if event["detail-type"] == "Release Due"]
    assert due["detail"]["function"] == "prepare_data"


@scene("deploy_canary/package_rejected")
def a_package_rejected_by_anybody_ends_the_release(place: Place) -> Playing:
    undecided(place)
    decide(place, "Rejected")
    yield
    assert place.release().stage is Stage.REJECTED


@scene("deploy_canary/command_approve")
def a_persons_yes_is_in_the_registry_and_deploys(place: Place) -> Playing:
    undecided(place)
    yield
    package = place.sagemaker.describe_model_package(ModelPackageName=PACKAGE)
    assert package["ModelApprovalStatus"] == "Approved"
    assert "user/alice" in package["ApprovalDescription"]
    assert_deploying(place)


@scene("deploy_canary/command_reject")
def a_persons_no_is_in_the_registry_and_ends_the_release(place: Place) -> Playing:
    undecided(place)
    yield
    package = place.sagemaker.describe_model_package(ModelPackageName=PACKAGE)
    assert package["ModelApprovalStatus"] == "Rejected"
    assert place.release().stage is Stage.REJECTED
    assert "does not matter here" in place.release().reason


@scene("deploy_canary/release_registered")
def the_first_release_gets_an_endpoint_of_its_own(place: Place) -> Playing:
    place.candidate(Stage.REGISTERED)
    yield
    found = place.until("endpoint", MODEL, "InService")
    assert found["EndpointConfigName"] == f"{JOB}-alone"
    assert place.tags(found["EndpointArn"])["yardmaster"] == "yardmaster"


@scene("deploy_canary/release_due")
def a_registered_release_of_which_nobody_was_told_is_deployed(place: Place) -> Playing:
    place.baseline()
    place.candidate(Stage.REGISTERED)
    yield
    assert_deploying(place)
