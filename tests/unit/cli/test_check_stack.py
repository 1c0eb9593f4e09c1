"""`yardmaster check --model`: what a stack's own parameter, bucket and table say of it."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from local_aws.template.intrinsics import resolve
from local_aws.template.planned import planned
from local_aws.template.sam import translate
from tests import rights
from tests.drops import SPEC, csv
from tests.rights import TEMPLATE
from tests.unit.cli.builders import release
from tests.unit.cli.conftest import Scene
from yardmaster.aws.clients import client
from yardmaster.aws.stack import Whereabouts, find_stack
from yardmaster.cli.check import Question, check
from yardmaster.cli.check_place import in_stack
from yardmaster.cli.follow import Terminal
from yardmaster.cli.main import main
from yardmaster.errors import YardmasterError
from yardmaster.rules import spend
from yardmaster.rules.spend import Ask
from yardmaster.settings import Limits
from yardmaster.spec.durations import parse_duration

ALLOWED = {
    "ALLOWED_INSTANCE_TYPES": "ml.m5.*,ml.c5.*",
    "MAX_INSTANCE_COUNT": "4",
    "MAX_RUN_SECONDS": "3600",
    "VPC_SUBNET_IDS": "",
}


def parameter(**more: Any) -> None:
    where = {"bucket": "the-bucket", "table": "the-table", "prefix": "ym", "region": "us-east-1", **more}
    client("ssm").put_parameter(Name="/yardmaster/yardmaster", Type="String", Value=json.dumps(where), Overwrite=True)


class _Said:
    """An SSM client with one parameter."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert Name == "/yardmaster/yardmaster"
        return {"Parameter": {"Value": self._value}}


@pytest.mark.parametrize("subnets", ["", "subnet-0123456789abcdef0,subnet-0123456789abcdef1"])
def test_the_template_says_what_it_allows(subnets: str) -> None:
    given = {"MaxInstanceCount": "7", "AllowedInstanceTypes": "ml.m5.*,ml.c5.large", "VpcSubnetIds": subnets}
    translated = translate(TEMPLATE)
    scope = planned(translated, "yardmaster", given)
    value = resolve(translated.document["Resources"]["StackParameter"]["Properties"]["Value"], scope)
    found = find_stack(cast("Any", _Said(value)), "yardmaster")
    assert found is not None
    assert (found.prefix, found.region) == ("ym", "us-east-1")
    assert found.allowed == {
        "ALLOWED_INSTANCE_TYPES": "ml.m5.*,ml.c5.large",
        "MAX_INSTANCE_COUNT": "7",
        "MAX_ENDPOINT_INSTANCES": "0",
        "MAX_RUN_SECONDS": "86400",
        "MAX_SERVERLESS_CONCURRENCY": "20",
        "MAX_SERVERLESS_MEMORY": "6144",
        "VPC_SUBNET_IDS": subnets,
        "MAX_JOBS_AT_ONCE": "20",
        "MAX_JOBS_AT_ONCE_PER_MODEL": "0",
        "MAX_JOBS_PER_DAY": "0",
        "MAX_JOBS_PER_DAY_PER_MODEL": "0",
        "MAX_HOURS_PER_DAY": "240",
        "MAX_HOURS_PER_DAY_PER_MODEL": "0",
    }
    # Under the names, and with the values, that the functions have.
    environment = dict(rights.stack(tuple(given.items())).environment)
    assert found.allowed.items() <= environment.items()
    assert {name for name in environment if name.startswith("MAX_")} <= found.allowed.keys()
    # A parameter of the standard tier holds 4 KB: the longest lists that the template takes fit.
    assert len(value) < 1000


def test_a_stack_of_an_older_template_has_limits_that_nobody_knows() -> None:
    old = {"bucket": "b", "table": "t", "prefix": "ym", "region": "us-east-1"}
    assert find_stack(cast("Any", _Said(json.dumps(old))), "yardmaster") == Whereabouts("t", "b", "ym", "us-east-1")


def test_a_stacks_limits_are_read_and_their_absence_is_said(scene: Scene) -> None:
    assert in_stack("yardmaster").unknown == (
        "the stack's template is older than this command: its limits are not known",
    )
    parameter(allowed=ALLOWED | {"VPC_SUBNET_IDS": "subnet-1,subnet-2"})
    found = in_stack("yardmaster")
    assert found.settings.limits == Limits(("ml.m5.*", "ml.c5.*"), 4, int(parse_duration("1h")))
    assert found.settings.subnets == ("subnet-1", "subnet-2")
    assert found.unknown == ()


def run(scene: Scene, question: Question) -> tuple[int, str]:
    out = io.StringIO()
    code = check(Terminal(Console(file=out, width=200), lambda: scene.now), question)
    return code, out.getvalue()


def asked(tmp_path: Path, spec: str = SPEC) -> Question:
    (tmp_path / "spec.yaml").write_text(spec)
    (tmp_path / "jan.csv").write_text(csv(1))
    return Question(tmp_path / "spec.yaml", (tmp_path / "jan.csv",), model="churn")


@pytest.fixture
def no_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """No endpoint is there: moto's own SageMaker is not used."""
    monkeypatch.setattr("yardmaster.cli.check_model.aws_endpoint.describe", lambda client, name: None)


def test_a_limit_of_the_stack_is_a_finding(scene: Scene, tmp_path: Path, no_endpoints: None) -> None:
    parameter(allowed=ALLOWED)
    assert run(scene, asked(tmp_path))[0] == 0
    code, said = run(scene, asked(tmp_path, SPEC + "train: {instance_type: ml.p3.2xlarge}\n"))
    assert code == 1
    assert "train.instance_type: ml.p3.2xlarge is none of this stack's AllowedInstanceTypes" in said
    assert run(scene, replace(asked(tmp_path), offline=True))[0] == 0


def test_a_full_cap_is_told_with_the_place_in_the_queue(scene: Scene, tmp_path: Path, no_endpoints: None) -> None:
    parameter(allowed=ALLOWED | {"MAX_JOBS_AT_ONCE": "1"})
    scene.add(release())
    own = Ask("abcdefgh-1-training", "abcdefgh", "churn", 1, 1, 1.0)
    ledger, _ = spend.ask(spend.Ledger(), own, spend.Caps(), scene.now)
    other = Ask("r0-1-training", "r0", "other", 1, 1, 1.0)
    ledger, _ = spend.ask(ledger, other, spend.Caps(jobs_at_once=1), scene.now)
    scene.stack.table.save_ledger(0, spend.to_dict(ledger))
    code, said = run(scene, asked(tmp_path))
    assert code == 0
    assert "its job would wait now, at place 2 in the queue: MaxJobsAtOnce: 1 jobs at once, and that is full" in said
    assert scene.stack.table.get_ledger() == (1, spend.to_dict(ledger))
    parameter(allowed=ALLOWED | {"MAX_JOBS_AT_ONCE": "3"})
    assert "would wait" not in run(scene, asked(tmp_path))[1]


def test_the_first_release_is_not_judged_and_compared_with_nothing(
    scene: Scene, tmp_path: Path, no_endpoints: None
) -> None:
    parameter(allowed=ALLOWED)
    _, said = run(scene, asked(tmp_path))
    assert "this release is the first" in said
    assert "test of the baseline" not in said


def test_the_stacks_own_prices_are_taken(scene: Scene, tmp_path: Path, no_endpoints: None) -> None:
    table = {"date": "2026-11-01", "region": "us-east-1", "currency": "USD", "source": "by hand"}
    table |= {"hourly": {"training": {"ml.m5.xlarge": 0.25}}}  # type: ignore[dict-item]
    scene.stack.bucket.write("_prices.json", json.dumps(table).encode(), "application/json")
    said = run(scene, asked(tmp_path))[1]
    assert "Cost, by s3://the-bucket/_prices.json: us-east-1, 2026-11-01, by hand" in said
    elsewhere = json.dumps(table | {"region": "eu-west-1"}).encode()
    scene.stack.bucket.write("_prices.json", elsewhere, "application/json")
    assert "is not used: the price table is for eu-west-1" in run(scene, asked(tmp_path))[1]


def test_nothing_is_written(scene: Scene, tmp_path: Path, no_endpoints: None) -> None:
    run(scene, asked(tmp_path))
    assert scene.stack.bucket.list("") == []
    assert scene.stack.table.get_model("churn") is None


def test_no_such_stack_says_what_to_do(scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = asked(tmp_path)
    code = main(["--stack", "gone", "check", str(question.spec), "--model", "churn"])
    assert code == 2
    assert "no stack gone" in capsys.readouterr().err
    assert main(["--stack", "gone", "check", str(question.spec), "--model", "churn", "--offline"]) == 0


def test_a_client_of_a_check_can_only_read(scene: Scene) -> None:
    sagemaker = (in_stack("yardmaster").aws or {})["sagemaker"]
    assert callable(sagemaker.describe_endpoint)
    for name in ("create_training_job", "update_endpoint", "delete_endpoint", "stop_training_job", "add_tags"):
        with pytest.raises(YardmasterError, match=f"a check starts and changes nothing, and was about to call {name}"):
            getattr(sagemaker, name)
