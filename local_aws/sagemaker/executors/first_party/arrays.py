"""A model as plain arrays of numbers, in one file that holds nothing that could run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

NAME = "model_algo-1.npz"
"""AWS's file is named `model_algo-1`, and holds MXNet's arrays."""

Arrays = Mapping[str, npt.NDArray[Any]]


def save(model: Arrays, directory: Path) -> None:
    """Write a model's file at once or not at all: a SIGTERM may come at any moment."""
    temporary = directory.parent / f"{NAME}.part"
    with temporary.open("wb") as file:
        np.savez(file, **dict(model))  # type: ignore[arg-type]  # numpy takes any names, and knows one of its own
    temporary.replace(directory / NAME)


def load(directory: Path) -> dict[str, npt.NDArray[Any]]:
    """Read a model's file.

    Raises:
        FileNotFoundError: The directory has none.
        ValueError: It holds something else.
    """
    with np.load(directory / NAME, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
