"""The `notify` section: who is told how releases end, and what waits for a person."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from yardmaster.spec.base import SpecModel

_ADDRESS = r"^[^@\s,\"\\]+@[^@\s,\"\\]+\.[^@\s,\"\\]+$"
_MOST = 20
"""Addresses of one model. SNS takes 200 subscriptions with a filter per topic; a list of people is a mailing list."""
_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": _ADDRESS, "maxLength": 254},
        {
            "type": "array",
            "items": {"type": "string", "pattern": _ADDRESS, "maxLength": 254},
            "minItems": 1,
            "maxItems": _MOST,
        },
    ],
    "x-allowed": "an address like team@example.com, or a list of up to 20",
}


def _several(value: object) -> object:
    """Let one address stand for a list of one, and lists be tuples."""
    return tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value


def _once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return each address once, in small letters: SNS compares what it filters by letter for letter."""
    return tuple(dict.fromkeys(address.lower() for address in addresses))


class NotifySpec(SpecModel):
    """Who is told."""

    email: Annotated[
        tuple[Annotated[str, Field(pattern=_ADDRESS, max_length=254)], ...],
        Field(min_length=1, max_length=_MOST),
        BeforeValidator(_several),
        AfterValidator(_once),
        WithJsonSchema(_SCHEMA),
    ] = Field(examples=["team@example.com"])
    """The address that gets a mail at each ending, and when a release waits for a person or for more than an hour; or
    a list of addresses. AWS asks each of them to confirm first."""
