"""IAM's wildcards: `*` for any characters, `?` for one, in actions, in ARNs and in the values of conditions."""

import re
from functools import lru_cache

_PARTS = re.compile(r"\$\{[*?$]\}|\$\{[^}]*\}|\*|\?|[^*?$]+|\$")
_ESCAPES = {"${*}": r"\*", "${?}": r"\?", "${$}": r"\$"}
_OF_AN_ARN = 6


class PolicyError(Exception):
    """A policy can't be evaluated: local AWS doesn't know an element of it, and never guesses what it means."""


@lru_cache(4096)
def glob(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return the expression for a pattern without segments: an action, or a value of a condition.

    Raises:
        PolicyError: There is a policy variable in it.
    """
    return re.compile(_expression(pattern, "."), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(4096)
def resource_glob(pattern: str) -> re.Pattern[str]:
    """Return the expression for the pattern of an ARN: a wildcard stays within its segment, unless it ends the segment.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html

    Raises:
        PolicyError: There is a policy variable in it.
    """
    *segments, last = _segments(pattern)
    parts = [*(_segment(segment) for segment in segments), _expression(last, ".")]
    return re.compile(":".join(parts), re.DOTALL)


@lru_cache(1024)
def arn_condition(pattern: str) -> tuple[re.Pattern[str], ...] | None:
    """Return the expressions for the six parts of an ARN as `ArnLike` compares them; None if it isn't an ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    parts = pattern.split(":", _OF_AN_ARN - 1)
    return tuple(glob(part) for part in parts) if len(parts) == _OF_AN_ARN else None


def arn_matches(pattern: str, arn: str) -> bool:
    """Say whether `ArnLike` (and `ArnEquals`, which is the same) holds."""
    expressions, parts = arn_condition(pattern), arn.split(":", _OF_AN_ARN - 1)
    if expressions is None or len(parts) != _OF_AN_ARN:
        return False
    return all(expression.fullmatch(part) for expression, part in zip(expressions, parts, strict=True))


def _segments(pattern: str) -> list[str]:
    """Split at the colons of an ARN, not at those of its last part or of a policy variable."""
    return re.sub(r"\$\{[^}]*\}", lambda found: found[0].replace(":", "\0"), pattern).split(":", _OF_AN_ARN - 1)


def _segment(segment: str) -> str:
    """Return the expression for a part before the last: a star at its end goes beyond the colon."""
    inner = segment.removesuffix("*")
    return _expression(inner, "[^:]") + (".*" if inner != segment else "")


def _expression(pattern: str, one: str) -> str:
    return "".join(_part(text, one) for text in _PARTS.findall(pattern))


def _part(text: str, one: str) -> str:
    if text in _ESCAPES:
        return _ESCAPES[text]
    if text.startswith("${"):
        raise PolicyError(f"the policy variable {text.replace(chr(0), ':')} is not known to local AWS")
    if text == "*":
        return one + "*"
    return one if text == "?" else re.escape(text)
