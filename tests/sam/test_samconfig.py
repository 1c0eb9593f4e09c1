"""`samconfig.toml`, read by SAM's own loader: every option is one that its command knows, every value is allowed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_aws.template.parameters import bind
from tests.requirements import need

ROOT = Path(__file__).parents[2]
LOADER = """
import json, sys
from importlib import import_module
from pathlib import Path
from samcli.cli.types import CfnParameterOverridesType, CfnTags
from samcli.lib.config.samconfig import SamConfig

MODULES = {"validate": "validate.validate", "build": "build.command", "deploy": "deploy.command"}

def load(environment, command):
    found = SamConfig(Path(sys.argv[1])).get_all([command], "parameters", environment)
    known = {option.name for option in import_module(f"samcli.commands.{MODULES[command]}").cli.params}
    overrides = CfnParameterOverridesType().convert((found["parameter_overrides"],), None, None)
    tags = CfnTags().convert((found.get("tags", ""),), None, None)
    return {"options": found, "known": sorted(filter(None, known)), "parameters": overrides, "tags": tags}

print(json.dumps({e: {c: load(e, c) for c in MODULES} for e in ("default", "prod")}))
"""


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    python = Path(need("sam")).with_name("python")
    done = subprocess.run([python, "-c", LOADER, ROOT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


@pytest.mark.parametrize("command", ["validate", "build", "deploy"])
@pytest.mark.parametrize("environment", ["default", "prod"])
def test_every_option_is_one_that_the_command_knows(config: dict[str, Any], environment: str, command: str) -> None:
    loaded = config[environment][command]
    # What is global is for the commands that know it; SAM drops it for others.
    unknown = set(loaded["options"]) - set(loaded["known"]) - {"stack_name", "parameter_overrides"}
    assert unknown == set()


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_every_parameter_is_the_templates_and_its_value_allowed(
    config: dict[str, Any], written: dict[str, Any], environment: str
) -> None:
    given = config[environment]["deploy"]["parameters"]
    assert {"Prefix", "Architecture"} <= set(given)
    bind(written["Parameters"], given)


def test_the_environments_are_two_stacks_that_do_not_see_each_other(config: dict[str, Any]) -> None:
    default, prod = config["default"]["deploy"], config["prod"]["deploy"]
    assert default["options"]["stack_name"] != prod["options"]["stack_name"]
    assert default["parameters"]["Prefix"] != prod["parameters"]["Prefix"]


def test_prod_asks_before_it_changes_rolls_back_and_is_watched(config: dict[str, Any]) -> None:
    prod = config["prod"]["deploy"]
    assert prod["options"]["confirm_changeset"] is True
    assert prod["options"]["disable_rollback"] is False
    assert prod["parameters"]["Alarms"] == prod["parameters"]["Dashboard"] == "yes"
    assert int(prod["parameters"]["LogRetentionDays"]) > 30
    assert prod["tags"] == {"application": "yardmaster", "environment": "prod"}
