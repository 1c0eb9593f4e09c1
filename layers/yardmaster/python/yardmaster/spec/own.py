"""An algorithm of one's own, in place of a built-in one's name: a script, an image, or something of the Marketplace."""

from typing import Literal

from pydantic import Field

from yardmaster.spec.base import SpecModel

Framework = Literal["sklearn", "xgboost", "pytorch", "tensorflow"]
"""The managed containers that run a script."""
ARN = r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:"


class ScriptSpec(SpecModel):
    """One's own training script in a managed container (script mode)."""

    entry_point: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*\.py$", examples=["train.py"])
    """The file that starts, below `source_dir`."""
    source_dir: str = Field(default="source/", min_length=1, max_length=512, examples=["source/"])
    """The folder with the code: below the model's folder in the bucket (`churn/source/`), or beside the spec file that
    `yardmaster drop --spec` uploads."""
    framework: Framework
    """The managed container."""
    framework_version: str | None = Field(default=None, examples=["1.2-1"])
    """Its version; the newest that is known by default."""
    requirements: str | None = Field(default=None, examples=["requirements.txt"])
    """What pip installs before the script starts: a file below `source_dir`. A `requirements.txt` beside the entry
    point is taken by itself, as the container does."""


class OwnAlgorithm(SpecModel):
    """An algorithm that is not built in: exactly one of `script`, `image`, `algorithm_arn` and `model_package`."""

    script: ScriptSpec | None = None
    """One's own training script in a managed container."""
    image: str | None = Field(default=None, min_length=1, max_length=255)
    """One's own container image in ECR, for training and for serving."""
    algorithm_arn: str | None = Field(default=None, pattern=ARN + "algorithm/")
    """An algorithm of the Marketplace that the account is subscribed to, or the account's own."""
    model_package: str | None = Field(default=None, pattern=ARN + "model-package/")
    """A model package of the Marketplace that the account is subscribed to: it is not trained, only deployed."""
    answers: Literal["csv", "jsonlines"] = "csv"
    """How its model answers rows of CSV: a line of numbers for each row, or a line of JSON with `score` (`scores`,
    `predicted_label`)."""
    environment: dict[str, str] = Field(default_factory=dict, max_length=16)
    """Environment variables of its training job and of its model's container."""
