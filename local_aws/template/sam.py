"""From the SAM template to plain CloudFormation, without a network: as `sam deploy` does it, on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local_aws.template.errors import TemplateError

_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_UPLOADED = "uploaded-by-sam-package"
"""The bucket in which the translator believes the code to be: it takes S3 URIs only."""

_MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
}
"""The managed policies that SAM itself attaches to the roles that it makes."""


@dataclass(frozen=True)
class Translated:
    """A template in plain CloudFormation.

    Attributes:
        document: The template, with its intrinsic functions.
        code: The local folder of each resource that has code, by the S3 key that stands for it in `document`.
    """

    document: dict[str, Any]
    code: dict[str, Path]

    def folder(self, where: dict[str, Any]) -> Path:
        """Return the local folder for a resource's `Code` or `Content`.

        Raises:
            TemplateError: The code is elsewhere.
        """
        if where.get("S3Bucket") != _UPLOADED:
            raise TemplateError(f"its code is at {where}: local AWS runs code from a local folder only")
        return self.code[where["S3Key"]]


def read(path: Path) -> dict[str, Any]:
    """Return the template as written, short forms of intrinsic functions (`!Ref`) as long ones.

    Raises:
        TemplateError: The file is no template.
    """
    try:
        document = yaml_parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise TemplateError(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources: not a template")
    return document


def translate(path: Path, region: str = "us-east-1") -> Translated:
    """Translate a SAM template; local code folders are kept aside.

    Args:
        path: The template; code folders are relative to its folder.
        region: Decides the partition in ARNs that the translator writes.

    Raises:
        TemplateError: SAM refuses the template, or a code folder does not exist.
    """
    document = read(path)
    code = _set_code_aside(document, path.resolve().parent)
    translator = Translator(_MANAGED_POLICIES, Parser(), boto_session=boto3.Session(region_name=region))
    try:
        translated = translator.translate(document, _parameter_defaults(document))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        raise TemplateError(f"{path}: SAM refuses it: {causes}") from error
    finally:
        # Sent nowhere; but those that nobody publishes are warned of when the process ends.
        MetricsMethodWrapperSingleton.get_instance().publish()
    return Translated(translated, code)


def _set_code_aside(document: dict[str, Any], root: Path) -> dict[str, Path]:
    code: dict[str, Path] = {}
    for name, resource in document["Resources"].items():
        if key := _CODE.get(resource.get("Type", "")):
            properties = resource.setdefault("Properties", {})
            folder = properties.get(key)
            if not isinstance(folder, str) or folder.startswith("s3://"):
                raise TemplateError(f"{name}: {key} must be a local folder, not {folder!r}")
            code[name] = (root / folder).resolve()
            properties[key] = f"s3://{_UPLOADED}/{name}"
    return code


def _parameter_defaults(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: parameter["Default"]
        for name, parameter in document.get("Parameters", {}).items()
        if "Default" in parameter
    }
