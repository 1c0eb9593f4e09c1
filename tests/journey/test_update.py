"""A stack is updated, and an update rolled back, while releases are on their way: nothing is lost or done twice."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from local_aws.engine import sagemaker_engine
from local_aws.server import LocalAws
from local_aws.template.errors import TemplateError
from tests.journey import files
from tests.journey.files import CHURN
from tests.journey.test_journey import LENIENT_GATE, QUICK_CANARY, machine_is_busy, traffic
from tests.journey.yard import MINUTE, ROOT, Yard

MARK = "\nfrom pathlib import Path as _Path\n\n_Path({path!r}).touch()\n"
"""What a function's new code does when it is loaded."""


@dataclass
class Site:
    """A copy of the project, whose template and code can be changed, and its stack."""

    root: Path
    local: LocalAws
    yard: Yard

    @property
    def template(self) -> Path:
        return self.root / "template.yaml"

    def change_code(self, function: str) -> Path:
        """Give a function new code; return the file that it makes when it is loaded."""
        mark = self.root / f"new-{function}"
        app = self.root / "functions" / function / "app.py"
        app.write_text(app.read_text() + MARK.format(path=str(mark)))
        return mark

    def change_template(self, old: str, new: str) -> None:
        text = self.template.read_text()
        assert old in text
        self.template.write_text(text.replace(old, new))

    def retention(self) -> set[int]:
        groups = self.local.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/yardmaster-")
        return {group["retentionInDays"] for group in groups["logGroups"]}

    def dead_letters(self) -> int:
        outputs, sqs = self.local.outputs or {}, self.local.client("sqs")
        queues = [outputs[name] for name in ("UndeliveredEventsUrl", "FailedInvocationsUrl")]
        name = "ApproximateNumberOfMessages"
        return sum(
            int(sqs.get_queue_attributes(QueueUrl=one, AttributeNames=[name])["Attributes"][name]) for one in queues
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    ignore = shutil.ignore_patterns("__pycache__", "*.so", "arm64", "x86_64")
    for folder in ("functions", "layers"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(ROOT / "template.yaml", tmp_path)
    with LocalAws(tmp_path / ".local", sagemaker_engine, minute=MINUTE) as local:
        local.deploy(tmp_path / "template.yaml", "yardmaster", {})
        (tmp_path / ".local" / "env").write_text(
            f"export AWS_ENDPOINT_URL={local.endpoint}\nexport AWS_DEFAULT_REGION=us-east-1\n"
            "export AWS_ACCESS_KEY_ID=local\nexport AWS_SECRET_ACCESS_KEY=local\n"
        )
        yield Site(tmp_path, local, Yard(local.endpoint, tmp_path))


def stages(yard: Yard, number: int) -> list[str]:
    """Return the stages of a release in order; notes within a stage are left out."""
    return [stage for stage, _ in groupby(step["stage"] for step in yard.live("churn", number)["history"])]


def test_releases_on_their_way_survive_an_update_and_one_that_fails(site: Site) -> None:
    yard, local = site.yard, site.local
    yard.put("churn/spec.yaml", CHURN + LENIENT_GATE + QUICK_CANARY)
    yard.put("churn/data/jan.csv", files.churn(1, 20_000))
    yard.wait(lambda: (found := yard.release("churn", 1)) and found["stage"] == "training")

    # New code, another limit, a new alarm, and log groups that keep longer, while the job runs.
    loaded = site.change_code("test_candidate")
    local.update(site.template, {"LogRetentionDays": "90", "MaxInstanceCount": "3", "Alarms": "yes"})

    assert site.retention() == {90}
    assert stages(yard, 1)[-1] == "live"
    assert loaded.exists()

    # The second release is a canary, under traffic, when an update fails half-way.
    machine_is_busy(yard, "churn")
    with traffic(yard, "churn", yard.encoded_row("churn", 1)) as (_, failed):
        yard.put("churn/data/feb.csv", files.churn(2, 20_000))
        yard.wait(lambda: (found := yard.release("churn", 2)) and found["stage"] == "canary")
        site.change_template(
            "KeyType: HASH}\n        - {AttributeName: sk", "KeyType: HASH}\n        - {AttributeName: due"
        )
        with pytest.raises(TemplateError, match=r"Table \(AWS::DynamoDB::Table\).*the stack is as it was"):
            local.update(site.template, {"LogRetentionDays": "7", "MaxInstanceCount": "1"})
        after = stages(yard, 2)

    assert site.retention() == {90}
    assert local.functions.spec("yardmaster-start-training").environment["MAX_INSTANCE_COUNT"] == "3"
    assert after[-3:] == ["canary", "promoting", "live"]
    assert after.count("live") == after.count("promoting") == 1
    assert failed == []
    assert site.dead_letters() == 0


def test_remove_leaves_nothing_that_costs_money(site: Site) -> None:
    yard, sagemaker = site.yard, site.local.client("sagemaker")
    yard.put("churn/spec.yaml", CHURN + LENIENT_GATE)
    yard.put("churn/data/jan.csv", files.churn(1))
    yard.live("churn", 1)

    listed = yard.command("remove", "--all")
    assert listed.returncode == 1, listed.stdout + listed.stderr
    assert "endpoint churn, InService: costs money" in listed.stdout
    done = yard.command("remove", "--all", "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_models()["Models"] == []
    states = {rule["State"] for rule in site.local.client("events").list_rules()["Rules"]}
    assert states == {"DISABLED"}
    assert f"aws s3 rb s3://{yard.bucket}" in done.stdout
