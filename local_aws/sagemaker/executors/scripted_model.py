"""Models for tests with a virtual clock: a small JSON artifact, and scores by a pure function of row and model.

The first feature of a row is taken for the truth: 0 or 1, a class number, or the value to predict. A model of quality 1
gives the truth, one of quality 0 gives noise that depends only on the row and the model's seed; others mix the two.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from local_aws.sagemaker.executors import artifacts, registry, scripted_answers
from local_aws.sagemaker.executors.xgboost_container import metric_names

MODEL_NAME = "xgboost-model"
SPREAD = 10.0  # how far a regression's noise goes


@dataclass(frozen=True)
class ScriptedModel:
    """What the artifact holds; quality is between 0 and 1."""

    name: str
    objective: str
    classes: int
    quality: float
    seed: int
    container: str = "xgboost"

    def archive(self) -> bytes:
        """Give the model.tar.gz; the same model gives the same bytes."""
        return artifacts.pack({MODEL_NAME: json.dumps(asdict(self), sort_keys=True).encode()})

    def score(self, row: str) -> float | list[float]:
        """Score a CSV row of features: a probability, a list of them (multi:softprob), a class or a value."""
        truth = _first_cell(row)
        if self.objective.startswith("multi:"):
            shares = self._shares(row, truth)
            return shares if self.objective == "multi:softprob" else float(shares.index(max(shares)))
        noise = self._noise(row)
        if self.objective.startswith("binary:"):
            return self.quality * min(max(truth, 0.0), 1.0) + (1 - self.quality) * noise
        return truth + (1 - self.quality) * SPREAD * (noise - 0.5)

    def line(self, row: str) -> str:
        """Answer a CSV row of features as the container does in a batch: a line of JSON, or the score alone."""
        score = self.score(row)
        if self.container not in registry.FIRST_PARTY:
            return str(score)
        noise = (1 - self.quality) * self._noise(row)
        return json.dumps(scripted_answers.prediction(self.container, self.objective, score, noise))

    def collected(self, lines: list[str]) -> dict[str, list[Any]]:
        """Put such lines into one JSON answer."""
        found = [json.loads(line) for line in lines]
        if self.container not in registry.FIRST_PARTY:
            return {"predictions": [{"score": score} for score in found]}
        return {"projections" if self.container == "pca" else "predictions": found}

    def metrics(self, names: list[str], watched: str | None = None) -> Mapping[str, float]:
        """Make up final metrics from the quality: XGBoost's for train and validation, others' as they publish them."""
        if self.container in registry.FIRST_PARTY:
            return scripted_answers.metrics(self.container, self.quality, watched)
        values: dict[str, float] = {}
        for name in names:
            value = 0.5 + self.quality / 2 if name.partition("@")[0] in metric_names.MAXIMIZED else 1 - self.quality
            values |= {f"train:{name}": value, f"validation:{name}": value}
        return values

    def _shares(self, row: str, truth: float) -> list[float]:
        noise = [self._noise(f"{row}#{kind}") for kind in range(self.classes)]
        total = sum(noise) or 1.0
        return [
            self.quality * (kind == int(truth)) + (1 - self.quality) * share / total for kind, share in enumerate(noise)
        ]

    def _noise(self, text: str) -> float:
        """Give a number in [0, 1) that depends on nothing but the text and the seed."""
        return draw(f"{self.seed}|{text}")


def draw(text: str) -> float:
    """Give a number in [0, 1) that depends on nothing but the text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64


def load(archive: bytes) -> ScriptedModel:
    """Read a model.tar.gz that `ScriptedModel.archive` made.

    Raises:
        ArtifactError: it is something else.
    """
    content = artifacts.read_file(archive, MODEL_NAME)
    try:
        return ScriptedModel(**json.loads(content))
    except (ValueError, TypeError):
        raise artifacts.ArtifactError("model.tar.gz holds no scripted model") from None


def _first_cell(row: str) -> float:
    """Read the first feature; an empty one counts as 0.

    Raises:
        ValueError: it is not a number.
    """
    cell = row.partition(",")[0].strip()
    return float(cell) if cell else 0.0
