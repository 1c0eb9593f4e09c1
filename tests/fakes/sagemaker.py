"""SageMaker: the simulator's core behind boto3's methods, paginators, errors and types."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import Shape
from botocore.paginate import Paginator, PaginatorModel

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.validation import operation_model, service_model
from tests.fakes.errors import refusal


@cache
def operations() -> dict[str, str]:
    return {xform_name(name): name for name in service_model().operation_names}


@cache
def paginators() -> PaginatorModel:
    return PaginatorModel(Loader().load_service_model("sagemaker", "paginators-1"))


class FakeSageMaker:
    """A client of one core, in the same process and thread."""

    def __init__(self, core: SageMaker) -> None:
        self._core = core

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method not in operations():
            raise AttributeError(method)
        operation = operations()[method]

        def call(**params: Any) -> dict[str, Any]:
            try:
                answer = self._core.call(operation, params)
            except AwsError as error:
                raise refusal(error.code, error.message, operation, error.status) from None
            shape = operation_model(operation).output_shape
            return _typed(shape, answer) if shape else {}

        return call

    def get_paginator(self, method: str) -> "Paginator[Any]":
        operation = operations()[method]
        config = paginators().get_paginator(operation)
        return Paginator(getattr(self, method), config, operation_model(operation))


def _typed(shape: Shape, value: Any) -> Any:
    """Timestamps are numbers on the wire and in the core, and datetimes in boto3."""
    match shape.type_name:
        case "structure":
            return {name: _typed(shape.members[name], member) for name, member in value.items()}  # type: ignore[attr-defined]
        case "list":
            return [_typed(shape.member, item) for item in value]  # type: ignore[attr-defined]
        case "map":
            return {key: _typed(shape.value, item) for key, item in value.items()}  # type: ignore[attr-defined]
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case _:
            return value
