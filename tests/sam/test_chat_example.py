"""The rules of `examples/chat`: valid templates, picking what mails tell, in messages of the documented form."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_aws.pattern_checks import parse_pattern
from local_aws.patterns import matches
from local_aws.template.intrinsics import Scope, pseudo_parameters, resolve
from local_aws.template.sam import read
from local_aws.transform import target_input
from tests.requirements import ROOT, need

TEMPLATES = sorted((ROOT / "examples" / "chat").glob("*.yaml"))
SAMPLES = sorted((ROOT / "events").glob("*/*.json"))
TOLD = {"release_live", "release_failed", "release_asks", "release_waits_long"}
NASTY = 'gate: "auc" 0.81 < 0.84\n\\ and <more>'


def rule_of(template: Path) -> dict[str, Any]:
    values = {**pseudo_parameters("chat", "123456789012", "us-east-1"), "Stack": "yardmaster"}
    properties = read(template)["Resources"]["Told"]["Properties"]
    wanted = {key: properties[key] for key in ("Name", "EventPattern")}
    transformer = properties["Targets"][0]["InputTransformer"]
    return {**resolve(wanted, Scope(values)), "InputTransformer": transformer}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_it_is_a_template_that_cfn_lint_has_nothing_against(template: Path) -> None:
    found = subprocess.run([need("cfn-lint"), str(template)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_it_tells_what_mails_tell_of_releases(template: Path) -> None:
    pattern = rule_of(template)["EventPattern"]
    assert parse_pattern(json.dumps(pattern)) == pattern
    told = {path.stem for path in SAMPLES if matches(pattern, json.loads(path.read_text()))}
    assert told == TOLD


def message(template: Path) -> Any:
    event = json.loads((ROOT / "events" / "send_notification" / "release_failed.json").read_text())
    event["detail"]["reason"] = NASTY
    return target_input({"InputTransformer": rule_of(template)["InputTransformer"]}, event, "rule", "arn")


def test_a_message_for_slack_has_the_form_of_custom_notifications_whatever_the_reason() -> None:
    assert message(ROOT / "examples" / "chat" / "slack.yaml") == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "churn #7: failed",
            "description": NASTY,
            "nextSteps": ["`yardmaster why churn#7`"],
        },
        "metadata": {"threadId": "mfzwizdt", "summary": "churn #7: failed", "eventType": "failed"},
    }


def test_a_message_for_a_webhook_is_text_and_an_attachment() -> None:
    assert message(ROOT / "examples" / "chat" / "webhook.yaml") == {
        "text": "*churn #7: failed* (`yardmaster why churn#7`)",
        "attachments": [{"text": NASTY}],
    }
