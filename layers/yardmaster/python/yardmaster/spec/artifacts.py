"""The `artifacts` section: models that were trained elsewhere."""

from pydantic import Field

from yardmaster.spec.base import SpecModel


class ArtifactsSpec(SpecModel):
    """What is special about models that are dropped as `<model>/artifacts/model.tar.gz`."""

    entry_point: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.py$", examples=["inference.py"])
    """Their own inference code, a file in the archive's folder `code/`; without, the container's own serves."""
