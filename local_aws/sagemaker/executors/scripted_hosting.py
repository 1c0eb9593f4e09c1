"""What scripted containers answer: a model by its pure function, any other container by a step of the script."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from local_aws.sagemaker.executors import artifacts, pipeline, registry, scripted_model, user_code
from local_aws.sagemaker.executors.base import Answer, Invocation, ServedContainer
from local_aws.sagemaker.executors.own_images import OwnImages, Program
from local_aws.sagemaker.executors.pipeline import Ask
from local_aws.sagemaker.executors.script import Script, Step, chosen
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from local_aws.sagemaker.store import ObjectStore

CSV = "text/csv; charset=utf-8"


def asks(store: ObjectStore, containers: tuple[ServedContainer, ...], script: Script) -> list[tuple[str, Ask]]:
    """Load what the containers of an endpoint hold; return how each is asked, by name.

    Raises:
        UnavailableImageError: An image is not there.
        ArtifactError: An artifact is missing, or holds no scripted model.
    """
    return [(each.name, partial(_serve, *_loaded(store, each, script))) for each in containers]


def batch_ask(
    store: ObjectStore, containers: tuple[ServedContainer, ...], script: Script
) -> Callable[[bytes], tuple[int, bytes]]:
    """Load what the containers of a transform job hold; return how a batch goes through them.

    Raises:
        UnavailableImageError, ArtifactError: As for `asks`.
    """
    batch = [(each.name, partial(_batch, *_loaded(store, each, script))) for each in containers]

    def ask(body: bytes) -> tuple[int, bytes]:
        answer = pipeline.through(batch, Invocation(body, "text/csv", "text/csv"))
        return answer.status, answer.problem.encode() or answer.body

    return ask


def find(image: str, environment: Mapping[str, str], script: Script) -> registry.Container:
    """Find what would run an image; of one's own those that the script names are there.

    Raises:
        UnavailableImageError: Nothing would.
    """
    nothing = Program((), (), Path())
    own = OwnImages(dict.fromkeys(script.images, nothing), in_docker=lambda _: False)
    return registry.find(image, environment, own, pretended=True)


def _loaded(store: ObjectStore, container: ServedContainer, script: Script) -> tuple[Step, ScriptedModel | None]:
    """Return what a container does with a body, and the model that it is; None for a step of the script."""
    step = chosen(script.steps, container.model_data_url or container.image, None)
    if step is not None:
        return step, None
    find(container.image, container.environment, script)
    user_code.require(store, user_code.of_serving(container.environment))
    if container.model_data_url is None:
        return lambda body: (200, body), None
    model = _model(store, container.model_data_url)
    return partial(_scores, model), model


def _serve(step: Step, model: ScriptedModel | None, invocation: Invocation) -> Answer:
    """Answer as a container behind an endpoint does: XGBoost's separates CSV's scores by commas."""
    status, body = step(invocation.body)
    if status != 200:
        return Answer(status, body, "text/html; charset=utf-8", 0.0)
    if model is None:
        return Answer(200, body, CSV, 0.0)
    if invocation.accept == "application/json":
        content = model.collected(body.decode().splitlines())
        return Answer(200, json.dumps(content).encode(), "application/json", 0.0)
    return Answer(200, b",".join(body.splitlines()), CSV, 0.0)


def _batch(step: Step, _model: ScriptedModel | None, invocation: Invocation) -> Answer:
    """Answer as a batch container does: one line for each row."""
    status, body = step(invocation.body)
    return Answer(status, body, CSV, 0.0)


def _model(store: ObjectStore, uri: str) -> ScriptedModel:
    try:
        return scripted_model.load(store.read(uri))
    except FileNotFoundError:
        raise artifacts.ArtifactError(f'Failed to download model data: no object at "{uri}"') from None


def _scores(model: ScriptedModel, body: bytes) -> tuple[int, bytes]:
    try:
        rows = body.decode().strip("\n").split("\n")
        return 200, "".join(f"{model.line(row)}\n" for row in rows).encode()
    except ValueError:
        return 415, b"Loading csv data failed with Exception, please ensure data is in csv format"
