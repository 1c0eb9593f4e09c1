"""Writes `yardmaster/aws/models/`: botocore's models of the services that functions call, cut down to what they call.

    python tools/service_models.py      # part of `make lock`: the models come from the locked botocore

A function that starts parses the whole model of each service for which it makes a client: SageMaker's has 400
operations, of which we call 20. `AWS_DATA_PATH` in the template names this folder, and botocore looks there before it
looks into its own; a file that isn't there is taken from its own (docs/decisions.md has the figures). The list of
endpoints, which botocore parses for any client, is cut down likewise, to these services in all regions.
"""

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

PACKAGE = Path(__file__).parent.parent / "layers/yardmaster/python/yardmaster"
TARGET = PACKAGE / "aws/models"
SERVICES = (
    "application-autoscaling",
    "cloudwatch",
    "dynamodb",
    "events",
    "logs",
    "resourcegroupstaggingapi",
    "s3",
    "sagemaker",
    "scheduler",
    "service-quotas",
    "sns",
)
"""The services of `flows/yard.py`."""
BOTOCORES_OWN = {"s3": {"HeadBucket"}}
"""What botocore itself calls: S3's, to find out in which region a bucket is."""

Model = dict[str, Any]


def main() -> None:
    """Write the models again."""
    names = names_in(PACKAGE)
    loader = Loader()
    (TARGET / "endpoints.json").write_text(one_per_line(endpoints(loader)), encoding="utf-8")
    for service in SERVICES:
        version, whole = whole_model(loader, service)
        path = TARGET / service / version / "service-2.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(trimmed(whole, called(service, whole, names))), encoding="utf-8")


def whole_model(loader: Loader, service: str) -> tuple[str, Model]:
    """Return a service's newest version and its model, without the extras that botocore adds each time it loads it."""
    version = loader.determine_latest_version(service, "service-2")
    return version, loader.load_data(f"{service}/{version}/service-2")


def endpoints(loader: Loader) -> Model:
    """Return botocore's list of endpoints with these services alone, under both of the names that they go by."""
    whole = loader.load_data("endpoints")
    ours = set(SERVICES) | {whole_model(loader, service)[1]["metadata"]["endpointPrefix"] for service in SERVICES}
    partitions = [
        {**partition, "services": {name: one for name, one in partition["services"].items() if name in ours}}
        for partition in whole["partitions"]
    ]
    return {**whole, "partitions": partitions}


def one_per_line(listed: Model) -> str:
    """Return a list of endpoints as JSON with one partition per line."""
    lines = ",\n".join(f"  {json.dumps(partition)}" for partition in listed["partitions"])
    return f'{{\n "partitions": [\n{lines}\n ],\n "version": {json.dumps(listed["version"])}\n}}\n'


def names_in(package: Path) -> set[str]:
    """Return every attribute and every string in a package's modules: whatever it calls is among these."""
    found: set[str] = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def called(service: str, model: Model, names: set[str]) -> set[str]:
    """Return the operations of a service that a package may call, by the names in it (`describe_endpoint`)."""
    ours = {operation for operation in model["operations"] if xform_name(operation) in names}
    return ours | BOTOCORES_OWN.get(service, set())


def trimmed(model: Model, operations: set[str]) -> Model:
    """Return a model with these operations, the shapes that they need, and no documentation."""
    kept = {name: operation for name, operation in model["operations"].items() if name in operations}
    shapes = reached(kept, model["shapes"])
    # botocore insists on the documentation of clientContextParams, which is in the rest.
    rest = {key: value for key, value in model.items() if key not in {"operations", "shapes", "documentation"}}
    needed = {name: model["shapes"][name] for name in shapes}
    return {**rest, "operations": undocumented(kept), "shapes": undocumented(needed)}


def reached(operations: Model, shapes: Model) -> list[str]:
    """Return the names of the shapes that operations refer to, through others as well, in alphabetical order."""
    found: set[str] = set()
    waiting = set(references(operations.values()))
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(references([shapes[name]])) - found
    return sorted(found)


def references(values: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the shapes that are referred to in parts of a model."""
    for value in values:
        if isinstance(value, dict):
            if isinstance(value.get("shape"), str):
                yield value["shape"]
            yield from references(value.values())
        elif isinstance(value, list):
            yield from references(value)


def undocumented(value: Any) -> Any:
    """Return a part of a model without its documentation; a member may be called so, but isn't text."""
    if isinstance(value, dict):
        return {
            key: undocumented(item)
            for key, item in value.items()
            if not (key in {"documentation", "documentationUrl"} and isinstance(item, str))
        }
    return [undocumented(item) for item in value] if isinstance(value, list) else value


def written(model: Model) -> str:
    """Return a model as JSON with one operation or shape per line, so that a change can be read."""
    parts = []
    for key, value in model.items():
        if key in {"operations", "shapes"}:
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items())
            parts.append(f" {json.dumps(key)}: {{\n{lines}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
