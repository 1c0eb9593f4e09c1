"""How trials and their hyperparameters are written for people."""

from collections.abc import Mapping


def spell_values(values: Mapping[str, str]) -> str:
    """Return hyperparameters in one line, in four digits: `alpha 0.5312, eta 0.1`."""
    return ", ".join(f"{name} {short(value)}" for name, value in sorted(values.items()))


def short(value: str) -> str:
    """Return a number in four digits; a word as it is."""
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value


def trials_word(count: int) -> str:
    """Return `1 training job`, `20 training jobs`."""
    return "1 training job" if count == 1 else f"{count} training jobs"
