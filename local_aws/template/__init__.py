"""The template is the wiring: local AWS makes what `template.yaml` declares, and refuses what it does not know."""

from local_aws.template.deploy import deploy
from local_aws.template.errors import TemplateError
from local_aws.template.rules import event_patterns
from local_aws.template.sam import translate

__all__ = ["TemplateError", "deploy", "event_patterns", "translate"]
