"""The template's Rules: what must hold among the parameters before anything is made."""

from collections.abc import Mapping
from typing import Any

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Scope, truth


def check_rules(rules: Mapping[str, Any], scope: Scope) -> None:
    """Refuse parameters that break a rule, in the rule's own words.

    Raises:
        TemplateError: An assertion does not hold.
    """
    for name, rule in rules.items():
        if "RuleCondition" in rule and not truth(rule["RuleCondition"], scope):
            continue
        for assertion in rule["Assertions"]:
            if not truth(assertion["Assert"], scope):
                raise TemplateError(f"rule {name}: {assertion.get('AssertDescription', 'its assertion does not hold')}")
