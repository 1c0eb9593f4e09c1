"""How scripted models answer in the forms of the built-in algorithms other than XGBoost, and their metrics."""

from collections.abc import Mapping
from typing import Any

_OBJECTIVES = {
    "binary_classifier": "binary:logistic",
    "multiclass_classifier": "multi:softprob",
    "classifier": "classifier",
}
_METRICS = {"linear-learner": ("validation:objective_loss",), "kmeans": ("test:msd",)}
_LOSSES = ("loss", "mse", "msd", "ssd", "loss:final")


def objective(settings: Mapping[str, Any]) -> tuple[str, int]:
    """Return what a model predicts, in XGBoost's words but for k-NN's `classifier`, and how many classes there are."""
    kind = settings.get("predictor_type")
    if kind is None:
        return settings.get("objective", "reg:squarederror"), settings.get("num_class", 2)
    return _OBJECTIVES.get(kind, "reg:squarederror"), settings.get("num_classes") or 2


def prediction(container: str, objective: str, score: float | list[float], noise: float) -> dict[str, Any]:
    """Put a score into the form of a container's JSON; k-means answers with noise for a distance."""
    match container:
        case "kmeans":
            return {"closest_cluster": 0.0, "distance_to_cluster": noise}
        case "pca":
            return {"projection": [score]}
        case "knn":
            whole = objective == "classifier" and isinstance(score, float)
            return {"predicted_label": float(max(0, round(score))) if whole else score}  # type: ignore[arg-type]  # a float
        case _ if isinstance(score, list):
            return {"score": score, "predicted_label": score.index(max(score))}
        case _:
            label = {"predicted_label": int(score >= 0.5)} if objective.startswith("binary:") else {}
            return {"score": score, **label}


def metrics(container: str, quality: float, watched: str | None) -> dict[str, float]:
    """Make up final metrics from the quality."""
    names = {*_METRICS.get(container, ()), *([watched] if watched else [])}
    return {name: 1 - quality if name.endswith(_LOSSES) else 0.5 + quality / 2 for name in names}
