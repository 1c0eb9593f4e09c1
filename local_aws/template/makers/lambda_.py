"""Functions, layers, and who may call which: the functions are gathered, and registered when the stack is complete."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from local_aws.function_spec import FunctionSpec
from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made, as_text
from local_aws.template.resource import Maker, Resource, Stack, only


def _function(resource: Resource) -> Made:
    stack = resource.stack
    if not str(resource.need("Runtime")).startswith("python3."):
        raise TemplateError(f"local AWS runs Python functions only, not {resource.get('Runtime')}")
    name = resource.physical_name("FunctionName", 64)
    logging = resource.get("LoggingConfig", {})
    arn = stack.arn("lambda", f"function:{name}")
    stack.functions[arn] = FunctionSpec(
        name=name,
        arn=arn,
        handler=resource.need("Handler"),
        code_dir=_existing(stack.translated.folder(resource.need("Code"))),
        layer_dirs=tuple(_layer(stack, layer) for layer in resource.get("Layers", [])),
        environment=_environment(resource.get("Environment", {})),
        timeout=int(resource.get("Timeout", 3)),
        memory=int(resource.get("MemorySize", 128)),
        role_arn=resource.need("Role"),
        log_format=logging.get("LogFormat", "Text"),
        log_level=logging.get("ApplicationLogLevel", ""),
        callers=(),
    )
    return Made(name, {"Arn": arn})


def _environment(value: dict[str, Any]) -> dict[str, str]:
    variables = only(value, "Environment", "Variables").get("Variables", {})
    return {key: as_text(item) for key, item in variables.items()}


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise TemplateError(f"its code folder {folder} does not exist")
    return folder


def _layer(stack: Stack, arn: str) -> Path:
    if arn not in stack.layers:
        raise TemplateError(f"local AWS has the layers of this template only, not {arn}")
    return stack.layers[arn]


def _layer_version(resource: Resource) -> Made:
    arn = resource.stack.arn("lambda", f"layer:{resource.physical_name('LayerName', 140)}:1")
    resource.stack.layers[arn] = _existing(resource.stack.translated.folder(resource.need("Content")))
    return Made(arn, {"LayerVersionArn": arn})


def _event_invoke_config(resource: Resource) -> Made:
    stack = resource.stack
    arn = _function_arn(stack, resource.need("FunctionName"))
    if (qualifier := resource.need("Qualifier")) != "$LATEST":
        raise TemplateError(f"local AWS has no function versions, and so no Qualifier {qualifier}")
    destinations = only(resource.get("DestinationConfig", {}), "DestinationConfig", "OnFailure")
    on_failure = only(destinations.get("OnFailure", {}), "DestinationConfig", "Destination").get("Destination")
    spec = stack.functions[arn]
    stack.functions[arn] = replace(
        spec,
        retries=int(resource.get("MaximumRetryAttempts", spec.retries)),
        max_age=int(resource.get("MaximumEventAgeInSeconds", spec.max_age)),
        on_failure_arn=on_failure,
    )
    return Made(resource.physical_name("", 64))


def _permission(resource: Resource) -> Made:
    if (action := resource.need("Action")) != "lambda:InvokeFunction":
        raise TemplateError(f"local AWS knows the Action lambda:InvokeFunction only, not {action}")
    resource.need("Principal")
    function = _function_arn(resource.stack, resource.need("FunctionName"))
    stack, source = resource.stack, resource.need("SourceArn")
    stack.permissions.add((function, source))
    spec = stack.functions[function]
    stack.functions[function] = replace(spec, callers=(*(spec.callers or ()), source))
    return Made(resource.physical_name("", 100))


def _function_arn(stack: Stack, name: str) -> str:
    arn = name if name.startswith("arn:") else stack.arn("lambda", f"function:{name}")
    if arn not in stack.functions:
        raise TemplateError(f"there is no function {name} in this template")
    return arn


def _nothing(_resource: Resource, _made: Made) -> None:
    """It was only part of the functions' settings, which are new already."""


MAKERS = {
    "AWS::Lambda::Function": Maker(
        _function,
        frozenset({"Code", "Environment", "FunctionName", "Handler", "Layers"})
        | frozenset({"LoggingConfig", "MemorySize", "Role", "Runtime", "Timeout"}),
        left_out={
            "Architectures": "functions run on this machine's processor",
            "Description": "nobody can ask for it",
            "KmsKeyArn": "the environment is in no storage",
            "Tags": "nobody can ask for them",
            "TracingConfig": "there is no X-Ray",
        },
        gathered=True,
    ),
    "AWS::Lambda::LayerVersion": Maker(
        _layer_version,
        frozenset({"Content", "LayerName"}),
        left_out={
            "CompatibleArchitectures": "functions run on this machine's processor",
            "CompatibleRuntimes": "functions run on this machine's Python",
            "Description": "nobody can ask for it",
        },
        gathered=True,
        unmake=_nothing,
    ),
    "AWS::Lambda::EventInvokeConfig": Maker(
        _event_invoke_config,
        frozenset(
            {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
        ),
        gathered=True,
        unmake=_nothing,
    ),
    "AWS::Lambda::Permission": Maker(
        _permission,
        frozenset({"Action", "FunctionName", "Principal", "SourceArn"}),
        gathered=True,
        unmake=_nothing,
    ),
}
