"""The label: which classes there are, which is positive, what kind of problem they make, and their codes."""

from typing import Final

from yardmaster.errors import RefusedError
from yardmaster.intake.cells import BadCellError, canonical_class, missing_places, numbers
from yardmaster.intake.columns import Problem
from yardmaster.intake.refusals import quoted

MAX_CLASSES: Final = 100
"""More values than this are taken for a number to predict, or for a mistake."""
GUESSED_CLASSES: Final = 20
"""Up to so many whole numbers 0, 1, 2, … are taken for classes when nothing says what is predicted."""

_ALIKE: Final = "write them alike, or evaluate.problem: multiclass into the spec"
_TEXT_PAIRS: Final = (("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"))


def refuse_missing(column: list[bytes]) -> None:
    """Refuse a label that is not there.

    Raises:
        BadCellError: For the first such row.
    """
    if gone := missing_places(column):
        raise BadCellError(gone[0], "the label is missing: leave such rows out")


def codes(column: list[bytes], classes: tuple[str, ...]) -> list[bytes]:
    """Return the label as it stands in the channels: the number of its class, or a regression's value.

    Raises:
        BadCellError: It is missing, none of the classes, or no number.
    """
    if not classes:
        clean = numbers(column)
        refuse_missing(clean)
        return clean
    numbered = {name: str(code).encode() for code, name in enumerate(classes)}
    table = {cell: numbered.get(canonical_class(cell), b"") for cell in set(column)}
    if b"" in table.values():
        refuse_missing(column)
        index = next(index for index, cell in enumerate(column) if not table[cell])
        raise BadCellError(index, f"the label is none of the {len(classes)} classes of the first release")
    return list(map(table.__getitem__, column))


def decide(
    problem: str | None, found: set[str] | None, all_numbers: bool, positive: str | None
) -> tuple[Problem, tuple[str, ...]]:
    """Return what is predicted, and the classes in the order of their codes (none for a regression).

    Args:
        problem: What the spec says; None to guess.
        found: The label's values in their one spelling; None for more than 100.
        all_numbers: Whether each is a number.
        positive: The spec's positive class.

    Raises:
        RefusedError: The label's values don't fit.
    """
    if found is not None and len(found) < 2:
        raise RefusedError("it has one value only in all rows: there is nothing to learn")
    match Problem(problem) if problem in set(Problem) else _guess(found, all_numbers):
        case Problem.REGRESSION:
            if not all_numbers:
                raise RefusedError("it holds text, and a regression predicts numbers (evaluate.problem)")
            return Problem.REGRESSION, ()
        case Problem.MULTICLASS:
            return Problem.MULTICLASS, _sorted(_few(found, all_numbers), all_numbers)
        case Problem.BINARY:
            return Problem.BINARY, _ordered(_few(found, all_numbers), all_numbers, positive)
        case Problem.CLUSTERING | Problem.NONE:
            raise RefusedError(f"evaluate.problem is {problem}, which has no label: leave data.label out, and drop it")


def _guess(found: set[str] | None, all_numbers: bool) -> Problem:
    """Take two values for classes, text for classes, whole numbers 0, 1, 2, … for classes if they are few."""
    if found is not None and len(found) == 2:
        return Problem.BINARY
    if not all_numbers:
        if found is not None and len({_plain(name) for name in found}) < len(found):
            raise RefusedError(f"some of its {len(found)} classes are the same but for upper and lower case: {_ALIKE}")
        return Problem.MULTICLASS
    few = found is not None and len(found) <= GUESSED_CLASSES and found == {str(n) for n in range(len(found))}
    return Problem.MULTICLASS if few else Problem.REGRESSION


def _plain(name: str) -> str:
    """Return a class without what people don't see at once: upper case, and spaces of any kind."""
    return "".join(name.split()).casefold()


def _few(found: set[str] | None, all_numbers: bool) -> set[str]:
    """Return the classes.

    Raises:
        RefusedError: There are more than 100.
    """
    if found is None:
        advice = "is it a regression (evaluate.problem)?" if all_numbers else "is it the right column (data.label)?"
        raise RefusedError(f"it has more than {MAX_CLASSES} classes: {advice}")
    return found


def _sorted(found: set[str], all_numbers: bool) -> tuple[str, ...]:
    """Return classes as numbers or as texts sort."""
    return tuple(sorted(found, key=float) if all_numbers else sorted(found))


def _ordered(found: set[str], all_numbers: bool, positive: str | None) -> tuple[str, ...]:
    """Return the negative and the positive class: as the spec says, the greater number, or the yes of yes and no.

    Raises:
        RefusedError: There are not two, or which is positive can't be told.
    """
    if len(found) != 2:
        alike = len({_plain(name) for name in found}) == 2
        advice = "some differ only in upper and lower case" if alike else "is it multiclass (evaluate.problem)?"
        raise RefusedError(f"it has {len(found)} classes, and binary needs two: {advice}")
    if positive is not None:
        wanted = canonical_class(positive.encode())
        if wanted not in found:
            near = _plain(wanted) in map(_plain, found)
            hint = "; one differs only in upper and lower case, or in spaces" if near else ""
            raise RefusedError(f"data.positive is {quoted(positive)}, which is none of its two classes{hint}")
        return (*(found - {wanted}), wanted)
    if all_numbers:
        return _sorted(found, all_numbers)
    for pair in _TEXT_PAIRS:
        ordered = tuple(sorted(found, key=lambda name: name.lower() in pair[1:]))
        if tuple(name.lower() for name in ordered) == pair:
            return ordered
    raise RefusedError("its two classes are texts: write into data.positive which one is positive")
