"""`yardmaster check`: the spec, its metrics on a sample log, and what both would do with data."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.drops import SPEC, csv
from yardmaster.cli.check import Question, look
from yardmaster.cli.check_log import try_metric
from yardmaster.cli.check_report import as_text
from yardmaster.cli.main import main
from yardmaster.spec.train import MetricDefinition

EXAMPLES = Path(__file__).parents[3] / "examples"
OWN = """
algorithm: {script: {entry_point: train.py, framework: sklearn}}
data: {label: y}
train: {metric_definitions: [{name: auc, regex: "auc=([0-9.a-z]+)"}]}
"""


@pytest.mark.parametrize(
    ("lines", "said", "wrong"),
    [
        (["a auc=0.5", "b", "auc=0.75"], "auc: 2 values, first 0.5, last 0.75", False),
        (["loss=1"], "auc: found nowhere in 1 lines", True),
        ([], "auc: found nowhere in 0 lines", True),
        (["auc=0.5", "auc=nan"], "auc: 2 values, first 0.5, last nan; not a number in line 2", True),
        (
            ["x", "auc=0.5 auc=0.6"],
            "auc: 2 values, first 0.5, last 0.6; several in line 2, of which the first counts: make the expression say "
            "which",
            True,
        ),
    ],
)
def test_a_metric_is_tried_on_each_line(lines: list[str], said: str, wrong: bool) -> None:
    assert try_metric(MetricDefinition(name="auc", regex="auc=([0-9.a-z]+)"), lines) == (said, wrong)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["check", *map(str, arguments)])
    both = capsys.readouterr()
    return code, both.out + both.err


def test_a_good_spec_and_a_log_with_its_metric(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text(OWN)
    (tmp_path / "log.txt").write_text("epoch 1 auc=0.5\n")

    assert run(capsys, tmp_path / "spec.yaml")[0] == 0
    code, said = run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "log.txt")

    assert code == 0
    assert "is a good spec" in said
    assert "auc: 1 values, first 0.5, last 0.5" in said


def test_a_metric_that_the_log_lacks_is_a_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text(OWN)
    (tmp_path / "log.txt").write_text("nothing\n")

    assert run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "log.txt")[0] == 1


def test_a_bad_spec_is_a_no_with_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text("algorithm: xgboost\ntrain: {hyperparameters: {eta: 2}}\n")

    code, said = run(capsys, tmp_path / "spec.yaml")

    assert code == 1
    assert "data.label: missing" in said
    assert "train.hyperparameters.eta: 2 is not allowed" in said


def test_a_built_in_has_no_expressions_to_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text("algorithm: xgboost\ndata: {label: y}\n")

    code, said = run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "spec.yaml")

    assert code == 0
    assert "brings its metrics" in said


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, tmp_path / "none.yaml")

    assert code == 2
    assert "can't be read" in said


# --- what a spec and its data would do --------------------------------------------------------------------------------

TABLE = {
    "date": "2026-11-30",
    "region": "us-east-1",
    "currency": "USD",
    "source": "by hand",
    "hourly": {"training": {"ml.m5.xlarge": 0.25}, "hosting": {"ml.m5.large": 0.125}},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and a month of data, on a machine without AWS."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "jan.csv").write_text(csv(1))
    return tmp_path


def test_a_drop_is_told_with_its_jobs_and_what_is_not_known(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, here / "spec.yaml", here / "jan.csv")
    assert code == 0
    for part in (
        "jan.csv is a good drop",
        "binary, 5 features; train",
        "training job           1 x ml.m5.xlarge, 11 GiB  at most 1 instance-hour",
        "named ym-model-…-1, ym-model-…-1-candidate, ym-model-…-1-baseline",
        "1 x ml.m5.large all the time: 730 instance-hours a month",
        "Cost: not known without a price table",
        "say --requests-per-minute 600",
        "no stack was looked at",
        "no region is set: us-east-1 was taken",
    ):
        assert part in said


def test_a_bad_drop_is_told_in_the_functions_words(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (here / "jan.csv").open("a") as file:
        file.write("1,0.5\n")
    code, said = run(capsys, here / "spec.yaml", here / "jan.csv")
    assert code == 1
    assert "jan.csv, line 602: 2 cells instead of 4: was the line cut off?" in said
    assert "Jobs" not in said


def test_an_endpoint_that_sleeps_is_counted_by_its_hours(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prices.json").write_text(json.dumps(TABLE))
    idle = 'deploy: {idle: {hours: "Mon-Fri 08:00-19:00 Europe/Berlin", stop_after: 2h}}\n'
    (here / "spec.yaml").write_text(f"algorithm: xgboost\ndata: {{label: churned}}\n{idle}")
    said = run(capsys, here / "spec.yaml", "--offline")[1]
    assert "1 x ml.m5.large Mon-Fri 08:00-19:00 Europe/Berlin: 239 instance-hours a month" in said
    assert "it stops after 2h without a request" in said
    assert "endpoint: 0.125 USD an hour, 29.87 a month with its opening hours" in said
    endpoint = json.loads(run(capsys, here / "spec.yaml", "--offline", "--json")[1])["endpoint"]
    assert (endpoint["open"], endpoint["stop_after"]) == (pytest.approx(239, abs=0.1), 7200.0)


def test_a_folder_needs_its_marker(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "feb").mkdir()
    (here / "feb" / "part-0.csv").write_text(csv(1))
    assert "the folder has no _SUCCESS" in run(capsys, here / "spec.yaml", here / "feb")[1]
    (here / "feb" / "_SUCCESS").touch()
    assert "_SUCCESS" not in run(capsys, here / "spec.yaml", here / "feb")[1]


def test_what_starts_nothing_is_a_no(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "jan.xlsx").write_bytes(b"PK")
    code, said = run(capsys, here / "spec.yaml", here / "jan.xlsx")
    assert code == 1
    assert "save the sheet as CSV UTF-8" in said


@pytest.mark.parametrize("arguments", [("spec.yaml", "gone.csv"), ("gone.yaml",), ("spec.yaml", "--prices", "gone")])
def test_what_is_not_there_can_not_be_checked(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, said = run(capsys, *(one if one.startswith("--") else here / one for one in arguments))
    assert code == 2
    assert "gone" in said


def test_what_only_aws_knows_can_not_be_checked_without_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:algorithm/theirs"
    (here / "spec.yaml").write_text(f"algorithm: {{algorithm_arn: {arn}}}\ndata: {{label: churned}}\n")
    code, said = run(capsys, here / "spec.yaml", here / "jan.csv", "--offline", "--model", "churn")
    assert code == 2
    assert "not checked: this can only be looked up in AWS" in said


def test_a_spec_that_would_be_refused_needs_no_data_to_say_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "spec.yaml").write_text("algorithm: xgbost\n")
    code, said = run(capsys, here / "spec.yaml", here / "jan.csv", "--json")
    assert code == 1
    found = json.loads(said)
    assert (found["ok"], found["drops"]) == (False, [])
    assert "xgbost" in found["refusals"][0]


def test_prices_beside_the_spec_are_taken_and_told_by_their_date(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "prices.json").write_text(json.dumps(TABLE | {"date": "2020-01-02"}))
    said = run(capsys, here / "spec.yaml", here / "jan.csv")[1]
    assert "us-east-1, 2020-01-02, by hand" in said
    assert "training, a release: at most 0.25 USD" in said
    assert "endpoint: 0.125 USD an hour, 91.25 a month if it never stops" in said
    assert "the table has no price of ml.m5.xlarge (transform)" in said
    assert "days old: refresh it with `yardmaster prices`" in said
    assert "stops after" not in said
    # One that a person names goes first.
    (here / "other.json").write_text(json.dumps(TABLE | {"source": "another"}))
    assert "another" in run(capsys, here / "spec.yaml", "--prices", here / "other.json")[1]


def test_a_table_that_is_none_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prices.json").write_text("{}")
    code, said = run(capsys, here / "spec.yaml")
    assert code == 0
    assert "prices.json is not used: the price table has no object `hourly`" in said
    assert run(capsys, here / "spec.yaml", "--prices", here / "prices.json")[0] == 2


def test_a_rate_tells_minutes_and_the_chance_of_a_verdict(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, here / "spec.yaml", "--requests-per-minute", "6000", "--error-rate", "0.02")[1]
    assert "at 6,000 requests a minute, 2 % of them failing" in said
    assert "as good as the baseline: promoted after" in said
    assert "5 times the errors: rolled back after" in said
    assert "chance of a verdict within 6h at each step: 100 %" in said
    assert "no requests: no verdict, ever" in run(capsys, here / "spec.yaml", "--requests-per-minute", "0")[1]


@pytest.mark.parametrize(
    "arguments", [("--requests-per-minute", "-1"), ("--requests-per-minute", "many"), ("--error-rate", "2")]
)
def test_numbers_that_are_none_are_refused(here: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as found:
        main(["check", str(here / "spec.yaml"), *arguments])
    assert found.value.code == 2


def test_json_has_all_that_the_text_has(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prices.json").write_text(json.dumps(TABLE))
    rate = ("--requests-per-minute", "1")
    found = json.loads(run(capsys, here / "spec.yaml", here / "jan.csv", "--json", *rate)[1])
    (drop,) = found["drops"]
    assert sum(channel["rows"] for channel in drop["channels"].values()) == 600
    assert drop["request"]["instance_type"] == "ml.m5.xlarge"
    assert found["jobs"][0]["most"] == 1.0
    assert found["cost"]["most"] == 0.25
    assert found["prices"]["date"] == "2026-11-30"
    assert found["endpoint"]["peak"] == 3
    # What never comes is null, which JSON has, and not Infinity, which it has not.
    assert found["canary"][0]["good"]["median"] is None
    assert [one["suffices"] for one in found["gate"]] == [None, False]
    assert found["not_checked"]


def test_several_drops_and_a_log_in_one_go(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "feb.csv").write_text(csv(2))
    code, said = run(capsys, here / "spec.yaml", here / "jan.csv", here / "feb.csv", "--log", here / "feb.csv")
    assert code == 0
    assert "jan.csv is a good drop" in said
    assert "feb.csv is a good drop" in said
    assert "a built-in algorithm brings its metrics" in said


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(here: Path, width: int) -> None:
    (here / "prices.json").write_text(json.dumps(TABLE))
    question = Question(Path("spec.yaml"), rate=600.0)
    text = as_text(look(replace(question, spec=here / "spec.yaml", data=(here / "jan.csv",)), 1_796_000_000.0), width)
    assert max(len(line) for line in text if str(here) not in line) <= width
    assert not any(line.rstrip() != line for line in text)


def test_where_people_are_asked_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "spec.yaml").write_text(
        SPEC.replace("canary: {", "canary: {confirm: [promotion], ")
        + "register: {approval_status: PendingManualApproval}\n"
    )
    said = run(capsys, here / "spec.yaml")[1]
    assert "a person is asked before it is deployed (register.approval_status)" in said
    assert "a person is asked before it gets most of the requests (confirm)" in said


def test_what_nothing_bounds_is_priced_by_the_hour(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "prices.json").write_text(json.dumps(TABLE | {"hourly": {"transform": {"ml.m5.xlarge": 0.5}}}))
    said = run(capsys, here / "spec.yaml")[1]
    assert "test of the candidate: 0.5 USD for each hour that it runs" in said
    assert "the table has no price of ml.m5.xlarge (training), ml.m5.large (hosting)" in said


@pytest.mark.parametrize(
    "spec",
    sorted(EXAMPLES.glob("*/spec.yaml")) + sorted(EXAMPLES.glob("specs/*.yaml")),
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_every_example_can_be_checked(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, spec)[0] == 0
    assert json.loads(run(capsys, spec, "--json")[1])["refusals"] == []
