"""The ranges of a tuning job's request: read into a space, or refused."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from local_aws.sagemaker.errors import AwsError, validation_error
from local_aws.sagemaker.executors.built_in import BuiltIn
from local_aws.sagemaker.tuner.space import Categorical, Continuous, Integer, Range, Scaling, Space

MAX_RANGES = 30
Number = TypeVar("Number", int, float)
Ranges = Mapping[str, Any]


def read_space(ranges: Ranges) -> Space:
    """Return the space of a request's ParameterRanges.

    Raises:
        AwsError: A range is no range, or two have one name.
    """
    found: list[Range] = [
        *(_integer(each) for each in ranges.get("IntegerParameterRanges", [])),
        *(_continuous(each) for each in ranges.get("ContinuousParameterRanges", [])),
        *(Categorical(each["Name"], tuple(each["Values"])) for each in ranges.get("CategoricalParameterRanges", [])),
    ]
    names = [each.name for each in found]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise validation_error(f"Duplicate hyperparameter names in the parameter ranges: [{', '.join(repeated)}].")
    if not 1 <= len(found) <= MAX_RANGES:
        raise validation_error(
            f"A hyperparameter tuning job searches over 1 to {MAX_RANGES} hyperparameters; this one has {len(found)}."
        )
    for each in found:
        if isinstance(each, Categorical) and len(set(each.values)) < len(each.values):
            raise validation_error(f"The values of the categorical hyperparameter [{each.name}] are not unique.")
    return Space(tuple(found))


def check_for(built_in: BuiltIn, space: Space) -> None:
    """Refuse ranges that a built-in algorithm can't be tuned over, or would not accept at their ends.

    Raises:
        AwsError: Names the hyperparameter and its limits.
    """
    for each in space.ranges:
        if each.name not in built_in.known:
            raise validation_error(f"The hyperparameter [{each.name}] isn't known to the {built_in.title} algorithm.")
        if each.name not in built_in.tunable:
            raise validation_error(
                f"The hyperparameter [{each.name}] of the {built_in.title} algorithm can't be tuned. Choose from "
                f"[{', '.join(sorted(built_in.tunable))}]."
            )
        for text in _ends(each):
            if expected := built_in.complaint(each.name, text):
                raise validation_error(
                    f"The value [{text}] in the range of the hyperparameter [{each.name}] isn't valid for the "
                    f"{built_in.title} algorithm: it must be {expected}."
                )


def _ends(part: Range) -> tuple[str, ...]:
    return part.values if isinstance(part, Categorical) else (str(part.low), str(part.high))


def _integer(given: Ranges) -> Integer:
    low, high = _bound(given, "MinValue", int), _bound(given, "MaxValue", int)
    scaling = Scaling(given.get("ScalingType", "Auto"))
    if scaling is Scaling.REVERSE_LOGARITHMIC:
        raise validation_error(
            f"ReverseLogarithmic scaling isn't available for the integer hyperparameter [{given['Name']}]."
        )
    _check_range(given["Name"], low, high, scaling)
    return Integer(given["Name"], low, high, scaling)


def _continuous(given: Ranges) -> Continuous:
    low, high = _bound(given, "MinValue", float), _bound(given, "MaxValue", float)
    scaling = Scaling(given.get("ScalingType", "Auto"))
    _check_range(given["Name"], low, high, scaling)
    return Continuous(given["Name"], low, high, scaling)


def _bound(given: Ranges, member: str, read: Callable[[str], Number]) -> Number:
    try:
        value = read(given[member])
    except ValueError:
        raise _no_number(given, member) from None
    if not abs(value) < float("inf"):
        raise _no_number(given, member)
    return value


def _no_number(given: Ranges, member: str) -> AwsError:
    return validation_error(f"{member} [{given[member]}] of the hyperparameter [{given['Name']}] isn't a valid number.")


def _check_range(name: str, low: float, high: float, scaling: Scaling) -> None:
    if low >= high:
        raise validation_error(
            f"Invalid range for the hyperparameter [{name}]: MinValue [{low}] must be less than MaxValue [{high}]."
        )
    if scaling is Scaling.LOGARITHMIC and low <= 0:
        raise validation_error(
            f"Logarithmic scaling of the hyperparameter [{name}] needs a range of values greater than 0; "
            f"its MinValue is [{low}]."
        )
    if scaling is Scaling.REVERSE_LOGARITHMIC and not 0 <= low < high < 1:
        raise validation_error(
            f"ReverseLogarithmic scaling of the hyperparameter [{name}] needs a range within 0<=x<1.0; "
            f"it is [{low}] to [{high}]."
        )
