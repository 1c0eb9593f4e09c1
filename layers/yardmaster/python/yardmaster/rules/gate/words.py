"""Numbers in reasons: four digits after the point, more where four would hide the difference."""

import math


def apart(value: float, other: float) -> tuple[str, str]:
    """Return both numbers with as many digits as it takes to tell them apart."""
    for digits in range(4, 17):
        shown = (number(value, digits), number(other, digits))
        if shown[0] != shown[1] or value == other:
            break
    return shown


def number(value: float, digits: int = 4) -> str:
    """Return a number for people: large ones need fewer decimals, small ones significant digits."""
    if value and abs(value) < 10.0 ** (1 - digits):
        return f"{value:.{digits - 1}g}"
    return f"{value:.{digits}f}" if abs(value) < 10_000 else f"{value:,.{max(digits - 3, 0)}f}"


def rows(count: float) -> str:
    """Return a number of rows, rounded up to two digits: `about 210,000`; nothing if there is no such number."""
    if math.isinf(count):
        return ""
    unit = 10 ** max(0, len(str(math.ceil(count))) - 2)
    return f"about {math.ceil(count / unit) * unit:,}"
