"""How a hyperparameter is read from its string, and the words with which the containers refuse others.

The sentences are those of the containers' shared configuration check, as public logs show them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.executors.container_errors import UserError

Value = Any  # int, float, bool, str, tuple[str, ...], or None for `auto` and for what has no default
AUTO = "auto"
CAUSE = " (caused by ValidationError)"
_OF_THE_CONTAINER = (
    "_disable_wait_to_read",
    "_enable_profiler",
    "_kvstore",
    "_log_level",
    "_num_gpus",
    "_num_kv_servers",
    "_num_slices",
    "_tuning_objective_metric",
)


@dataclass(frozen=True)
class Rule:
    """One hyperparameter.

    Attributes:
        read: Reads its string; a ValueError refuses it.
        expects: What the string may be, as the end of a sentence.
        default: The string that stands for one that isn't given; None if there is none.
        required: Whether it must be given.
    """

    read: Callable[[str], Value]
    expects: str
    default: str | None = None
    required: bool = False


Rules = Mapping[str, Rule]


def whole(low: int = 1, high: int | None = None, *, default: str | None = None, required: bool = False) -> Rule:
    """Make the rule of an integer from `low` to `high`; a default `auto` may also be given, and is read as None."""
    return Rule(_number(int, low, high, default), _expects("an integer", low, high, default), default, required)


def real(
    low: float | None = 0.0, high: float | None = None, *, above: bool = False, default: str | None = None
) -> Rule:
    """Make the rule of a number from `low` to `high`, or `above` low; a default `auto` is read as None."""
    read = _number(float, low, high, default, above=above)
    return Rule(read, _expects("a number", low, high, default, above=above), default)


def choice(*values: str, default: str | None = None, required: bool = False) -> Rule:
    """Make the rule of a word out of several."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Rule(read, f"one of the following: {', '.join(repr(value) for value in values)}", default, required)


def flag(*, default: str, auto: bool = False) -> Rule:
    """Make the rule of `true` or `false`, whatever their case; `auto` is read as None."""
    known: dict[str, bool | None] = {"true": True, "false": False, **({AUTO: None} if auto else {})}

    def read(text: str) -> bool | None:
        if text.lower() not in known:
            raise ValueError(text)
        return known[text.lower()]

    return Rule(read, f"one of the following: {', '.join(repr(name) for name in known)}", default)


COMMON: Rules = {name: Rule(str, "a string") for name in _OF_THE_CONTAINER}
"""What the containers and the tuner tell each other; of these only the tuner's objective has an effect here."""


def check(rules: Rules, given: Mapping[str, str]) -> dict[str, Value]:
    """Check and read all hyperparameters of a job.

    Args:
        rules: The algorithm's; those of `COMMON` are added.
        given: Name to string, as in hyperparameters.json.

    Returns:
        A value for each rule: what was given, else its default, else None.

    Raises:
        UserError: The first fault found, in the containers' words.
    """
    known = {**COMMON, **rules}
    if unknown := [name for name in given if name not in known]:
        verb = "was" if len(unknown) == 1 else "were"
        names = ", ".join(repr(name) for name in unknown)
        raise UserError(f"Additional hyperparameters are not allowed ({names} {verb} unexpected){CAUSE}")
    if missing := [repr(name) for name, rule in known.items() if rule.required and name not in given]:
        raise UserError(
            f"No value(s) were specified for {', '.join(missing)} which are required hyperparameter(s){CAUSE}"
        )
    texts = {name: given.get(name, rule.default) for name, rule in known.items()}
    return {name: None if text is None else _read(name, known[name], text) for name, text in texts.items()}


def complaint(rules: Rules) -> Callable[[str, str], str | None]:
    """Make a function that says, of a hyperparameter's name and string, what would be valid; None if it is."""

    def complain(name: str, text: str) -> str | None:
        try:
            rules[name].read(text)
        except ValueError:
            return rules[name].expects
        return None

    return complain


def _read(name: str, rule: Rule, text: str) -> Value:
    try:
        return rule.read(text)
    except ValueError:
        verb = "accepts" if rule.expects.startswith("one of") else "expects"
        raise UserError(
            f"The value '{text}' is not valid for the '{name}' hyperparameter which {verb} {rule.expects}{CAUSE}"
        ) from None


def _number(
    parse: Callable[[str], float], low: float | None, high: float | None, default: str | None, *, above: bool = False
) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        if text == AUTO and default == AUTO:
            return None
        value = parse(text)
        inside = (low is None or (value > low if above else value >= low)) and (high is None or value <= high)
        if not inside or value != value or abs(value) == float("inf"):
            raise ValueError(text)
        return value

    return read


def _expects(what: str, low: float | None, high: float | None, default: str | None, *, above: bool = False) -> str:
    if low is not None and high is not None:
        limits = f" between {low} and {high}"
    elif low is not None:
        limits = f" greater than {low}" if above else f" greater than or equal to {low}"
    else:
        limits = ""
    return f"one of the following: '{AUTO}'; or {what}{limits}" if default == AUTO else f"{what}{limits}"
