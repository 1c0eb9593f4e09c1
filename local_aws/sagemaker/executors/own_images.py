"""Containers of one's own on this machine: a program that is registered for an image, or Docker.

The file (`.local/images.yaml`, or `--images FILE`) has a program for each image, whose name may be a glob:

    "*.dkr.ecr.*.amazonaws.com/churn:*": python container.py       # is called with train, or with serve
    "*/other:*": {train: python train.py, serve: python serve.py}
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

PYTHONS = ("python", "python3")
"""Words that stand for the Python that runs local AWS: it has the libraries that people expect."""
PATIENCE = 10.0
"""Seconds that Docker may take to say whether it has an image."""
FORM = 'a program, like `"*/churn:*": python container.py`, or {train: …, serve: …}'


class ImagesError(ValueError):
    """The file can't be used; the message says why."""


@dataclass(frozen=True)
class Program:
    """What runs in place of an image: a command for each of its two tasks, and the folder where they start."""

    train: tuple[str, ...]
    serve: tuple[str, ...]
    folder: Path


def docker_has(image: str) -> bool:
    """Tell whether a Docker engine answers here, and has an image."""
    if shutil.which("docker") is None:
        return False
    try:
        found = subprocess.run(
            ["docker", "image", "inspect", image],  # noqa: S607  # whichever Docker the user has
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return found.returncode == 0


@dataclass(frozen=True)
class OwnImages:
    """The registered programs, by the images' globs; the first that matches counts."""

    programs: Mapping[str, Program]
    in_docker: Callable[[str], bool] = docker_has

    def is_registered(self, image: str) -> bool:
        """Tell whether a program stands for an image."""
        return any(fnmatchcase(image, glob) for glob in self.programs)

    def details(self, image: str) -> dict[str, Any] | None:
        """Return what `own_container` must know to run an image; None if nothing here can."""
        for glob, program in self.programs.items():
            if fnmatchcase(image, glob):
                return {"train": program.train, "serve": program.serve, "folder": str(program.folder)}
        return {"docker": image} if self.in_docker(image) else None


NO_IMAGES = OwnImages({})


def read(path: Path) -> OwnImages:
    """Read the file.

    Raises:
        ImagesError: It is not there, or not as it should be.
    """
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ImagesError(f"{path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ImagesError(f"{path} is not YAML: {error}") from error
    if not isinstance(said, dict):
        raise ImagesError(f"{path} is no mapping: write for each image {FORM}")
    return OwnImages({str(glob): _program(path, str(glob), one) for glob, one in said.items()})


def _program(path: Path, glob: str, said: object) -> Program:
    folder = path.resolve().parent
    if isinstance(said, dict) and said.keys() == {"train", "serve"}:
        return Program(_words(path, glob, said["train"]), _words(path, glob, said["serve"]), folder)
    words = _words(path, glob, said)
    return Program((*words, "train"), (*words, "serve"), folder)


def _words(path: Path, glob: str, said: object) -> tuple[str, ...]:
    words = shlex.split(said) if isinstance(said, str) else said
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ImagesError(f"{path}: {glob}: write {FORM}")
    first = sys.executable if words[0] in PYTHONS else words[0]
    return (first, *words[1:])
