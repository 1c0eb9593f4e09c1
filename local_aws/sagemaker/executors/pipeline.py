"""How a request goes through the containers of an inference pipeline: the answer of one is the request of the next.

Sources: docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html and …/inference-pipeline-troubleshoot.html.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from local_aws.sagemaker.executors.base import Answer, Invocation

Ask = Callable[[Invocation], Answer]
"""Sends a request to one container."""
ANY = "*/*"
"""What containers before the last are told to answer with: their own default, which
SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT sets. Only the last knows what the caller accepts."""
LIMIT = 5 * 1024 * 1024
"""The largest body that goes from one container to the next, in bytes."""


def through(containers: Sequence[tuple[str, Ask]], invocation: Invocation) -> Answer:
    """Send a request through all containers; the first that doesn't answer with 2xx ends it.

    Args:
        containers: Each with its name, in their order; one alone is not named in its answer.
        invocation: The caller's request.

    Raises:
        ConnectionError: A container is gone.
    """
    *before, (last, ask_last) = containers
    request, seconds = invocation, 0.0
    names = [name for name, _ in containers]
    for at, (name, ask) in enumerate(before):
        answer = ask(replace(request, accept=ANY))
        seconds += answer.seconds
        if answer.status // 100 != 2:
            return replace(answer, seconds=seconds, container=name)
        if len(answer.body) > LIMIT:
            return replace(answer, status=413, seconds=seconds, problem=_too_large(name, names[at + 1], answer))
        request = replace(request, body=answer.body, content_type=answer.content_type)
    answer = ask_last(replace(request, accept=invocation.accept))
    return replace(answer, seconds=seconds + answer.seconds, container=last if before else "")


def _too_large(name: str, following: str, answer: Answer) -> str:
    return (
        f"Received response from {name} with status code {answer.status}. However, the request payload from {name} to "
        f"{following} is {len(answer.body)} bytes, which has exceeded the maximum limit of 5 MB."
    )
