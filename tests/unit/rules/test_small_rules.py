"""Approval, preflight, retries, owners and what a verdict leads to: rules of a few lines each."""

from dataclasses import replace

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Stage
from yardmaster.rules import approval, canary, preflight, retry, stages
from yardmaster.rules.approval import PackageFacts
from yardmaster.rules.judge import Action, Verdict
from yardmaster.rules.owners import owner
from yardmaster.spec.schema import CanarySpec

FUNCTIONS = {
    "prepare_data",
    "start_training",
    "test_candidate",
    "evaluate_candidate",
    "deploy_canary",
    "judge_canary",
}
GIB = 1024**3


def package(status: str, at: float = NOW, by: str = "alice") -> PackageFacts:
    return PackageFacts(status, at, by)


def test_the_registry_says_yes_no_or_nothing() -> None:
    assert approval.opinion(package("Approved")) == approval.Approved(NOW, " by alice")
    said = PackageFacts("Approved", NOW, "arn:role", "approve by alice: it is fine")
    assert approval.opinion(said) == approval.Approved(NOW, ": approve by alice: it is fine")
    assert approval.opinion(package("PendingManualApproval")) == approval.Pending()
    assert approval.opinion(package("Rejected")) == approval.Rejected("the model package was rejected by alice")
    assert approval.opinion(None) == approval.Rejected("its model package was deleted")


@pytest.mark.parametrize("stage", sorted(approval.OVERRULABLE))
def test_an_approval_later_than_the_ending_opens_it_again(stage: Stage) -> None:
    over = release(stage, updated_at=NOW)

    assert approval.reopens(over, package("Approved", NOW + 1))
    assert not approval.reopens(over, package("Approved", NOW))
    assert not approval.reopens(over, package("Rejected", NOW + 1))
    assert not approval.reopens(over, None)


@pytest.mark.parametrize("stage", sorted(set(Stage) - approval.OVERRULABLE))
def test_other_stages_are_not_opened_by_an_approval(stage: Stage) -> None:
    assert not approval.reopens(release(stage, updated_at=NOW), package("Approved", NOW + 1))


def test_a_job_reads_only_its_own_region() -> None:
    assert preflight.region_refusal("b", "eu-west-1", "eu-west-1") is None
    assert "eu-west-1, but jobs run in us-east-1" in (preflight.region_refusal("b", "eu-west-1", "us-east-1") or "")


def test_the_pause_after_failures_doubles_up_to_an_hour() -> None:
    assert [retry.back_off(failures) / 60 for failures in (1, 2, 3, 6, 7, 20)] == [1, 2, 4, 32, 60, 60]


def test_what_never_gives_up_still_has_a_pause_after_thousands_of_failures() -> None:
    assert retry.back_off(5000, retry.HOLDER_PAUSE) == 120


def test_a_running_job_is_looked_at_less_and_less_often() -> None:
    assert retry.next_look(NOW, NOW) == NOW + 600
    assert retry.next_look(NOW, NOW + 1800) == NOW + 3600
    assert retry.next_look(NOW, NOW + 36000) == NOW + 36000 + 3600


def test_a_release_backs_off_only_after_a_failure_and_until_it_is_due() -> None:
    failed = release(failures=1, due=NOW + 60)

    assert retry.backs_off(failed, NOW)
    assert not retry.backs_off(failed, NOW + 60)
    assert not retry.backs_off(replace(failed, failures=0), NOW)


@pytest.mark.parametrize("stage", list(Stage))
def test_every_open_release_is_one_functions_work_and_an_ended_one_nobodys(stage: Stage) -> None:
    found = owner(release(stage))

    assert (found is None) == (stage in stages.ENDED)
    assert found is None or found in FUNCTIONS


def test_in_testing_the_owner_changes_once_the_transform_jobs_run() -> None:
    assert owner(release(Stage.TESTING)) == "test_candidate"
    assert owner(release(Stage.TESTING, transform_jobs={"candidate": "job"})) == "evaluate_candidate"


@pytest.mark.parametrize(
    ("action", "spec", "expected"),
    [
        (Action.KEEP_WATCHING, {}, canary.Watch("why")),
        (Action.PROMOTE, {}, canary.NextStep("why")),
        (Action.ROLL_BACK, {}, canary.GoBack(Stage.ROLLED_BACK, "why")),
        (Action.INCONCLUSIVE, {}, canary.Ask("promote or rollback", "why")),
        (Action.INCONCLUSIVE, {"on_inconclusive": "rollback"}, canary.GoBack(Stage.INCONCLUSIVE, "why")),
        (
            Action.INCONCLUSIVE,
            {"on_inconclusive": "promote"},
            canary.NextStep("why; promoted without a verdict, as the spec says"),
        ),
    ],
)
def test_a_verdict_leads_where_the_spec_says(action: Action, spec: dict[str, str], expected: object) -> None:
    assert canary.after_verdict(Verdict(action, "why"), CanarySpec.model_validate(spec)) == expected
