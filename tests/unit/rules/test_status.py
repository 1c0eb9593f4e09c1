from dataclasses import replace

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Model, SpecPin, Stage, Waiting, WaitKind
from yardmaster.rules.status import status_text

MODEL = Model("churn", "salt", spec=SpecPin("churn/spec.yaml", "v9", "0" * 64))
EVALUATION = {
    "uri": "s3://bucket/churn/releases/0007-jan/evaluation-1.json",
    "rows": 2383,
    "candidate": {"auc": 0.81234, "recall": None},
    "baseline": {"auc": 0.7, "recall": 0.5},
    "overfit": ["auc is 0.99 in training and 0.81 on the test rows"],
}


def test_a_new_model_says_what_to_do_next() -> None:
    text = status_text(Model("churn", "salt"), [])
    assert text.startswith("# churn\n\nThere is no `spec.yaml` yet")
    assert "spec.proposed.yaml" in text
    assert "No release is in service yet." in text


def test_a_refused_spec_is_quoted_with_all_its_problems() -> None:
    text = status_text(replace(MODEL, spec=None, spec_error="a: unknown key (line 1)\nb: missing"), [])
    assert "**refused**" in text
    assert "a: unknown key (line 1)\nb: missing" in text


def test_after_a_deletion_drops_are_refused() -> None:
    assert "`spec.yaml` was deleted" in status_text(replace(MODEL, spec=None, spec_deleted=True), [])


def test_each_release_tells_its_history_and_what_it_waits_for() -> None:
    waiting = Waiting(WaitKind.APPROVAL, "the package in group ym-churn", since=NOW)
    text = status_text(MODEL, [release(Stage.REGISTERED, "the gate passed", waiting_for=waiting)])
    assert "## churn #7: registered" in text
    assert "`churn/data/jan.csv`, received 2026-11-18" in text
    assert "Waits for approval since 2026-11-18" in text
    assert "**registered**: the gate passed" in text


def test_the_release_in_service_is_named() -> None:
    assert "In service: churn #7." in status_text(replace(MODEL, in_service="abcdefgh"), [release(Stage.LIVE)])


def test_the_test_figures_stand_beside_the_baselines() -> None:
    text = status_text(MODEL, [release(Stage.REJECTED, evaluation=EVALUATION)])
    assert "On 2,383 test rows (`s3://bucket/churn/releases/0007-jan/evaluation-1.json`):" in text
    assert (
        "| metric | candidate | baseline |\n| --- | --- | --- |\n| auc | 0.8123 | 0.7 |\n| recall | - | 0.5 |" in text
    )
    assert "- auc is 0.99 in training" in text


def test_without_a_baseline_the_figures_have_no_column_for_it() -> None:
    text = status_text(MODEL, [release(Stage.LIVE, evaluation=EVALUATION | {"baseline": None, "overfit": []})])
    assert "| metric | candidate |\n| --- | --- |\n| auc | 0.8123 |" in text
    assert "baseline" not in text
