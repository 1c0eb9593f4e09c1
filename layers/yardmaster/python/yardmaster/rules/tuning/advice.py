"""What a person should know of a tuning job's trials, and the ranges that the next one should search."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from yardmaster.records import Trial
from yardmaster.rules.tuning.scale import Scale, scale_of, tidy, within
from yardmaster.rules.tuning.words import short
from yardmaster.spec.hyperparameters import Hyperparameter, Kind
from yardmaster.spec.tune import CategoricalRange, HyperparameterRange, TuneSpec

FEWEST = 10
"""Finished trials below which nothing is concluded."""
EDGE = 0.05
"""An optimum in the outer twentieth of its range, on the scale that is searched, lies at its edge."""
WIDER = 0.5
"""By how much of its width a range is widened there."""
GAIN = 0.01
"""Of the way from the middling trial to the best: a last third that gained less brought nothing."""
PADDING = 0.1
"""How far a narrower range reaches beyond its best trials, in widths of the old range."""

Proposed = dict[str, object]
"""A range as a spec writes it."""


@dataclass(frozen=True)
class Warned:
    """One thing that a person should know; `proposed` has the ranges that the next tuning job should search."""

    text: str
    proposed: dict[str, Proposed] = field(default_factory=dict)


def warnings_of(tune: TuneSpec, trials: Sequence[Trial], known: Mapping[str, Hyperparameter]) -> list[Warned]:
    """Return what is to be known of the trials of a tuning job.

    Args:
        tune: The spec's section.
        trials: All trials, in the order in which they were begun.
        known: The algorithm's hyperparameters by name, as far as they are known: where they end.
    """
    found = finished(trials)
    if len(found) < FEWEST:
        few = f"only {len(found)} of {len(trials)} training jobs finished" if trials else "no training job was begun"
        return [Warned(f"{few}: less than {FEWEST} say little about ranges, so none are proposed")]
    if len({trial.objective for trial in found}) == 1:
        same = f"all {len(found)} finished training jobs have the same {tune.objective_metric_name}"
        return [Warned(f"{same}: what is searched makes no difference to it")]
    best = best_of(tune, found)
    edges = [
        edge for name, one in tune.hyperparameter_ranges.items() if (edge := _edge(name, one, best, known.get(name)))
    ]
    wider = {name for edge in edges for name in edge.proposed}
    return [*edges, *_last_third(tune, found, wider)]


def finished(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that have a value of the objective."""
    return [trial for trial in trials if trial.objective is not None and math.isfinite(trial.objective)]


def best_of(tune: TuneSpec, found: Sequence[Trial]) -> Trial:
    """Return the best of the finished trials, the first of equals; there must be one."""
    return max(found, key=lambda trial: goodness(tune, trial))


def best_first(tune: TuneSpec, trials: Sequence[Trial]) -> list[Trial]:
    """Return the finished trials, the best first; of equals the earlier one."""
    return sorted(finished(trials), key=lambda trial: goodness(tune, trial), reverse=True)


def goodness(tune: TuneSpec, trial: Trial) -> float:
    """Return a finished trial's objective so that higher is better."""
    value = trial.objective or 0.0
    return value if tune.objective_type == "Maximize" else -value


def _edge(name: str, asked: HyperparameterRange, best: Trial, row: Hyperparameter | None) -> Warned | None:
    """Warn of an optimum at the edge of its range, unless the hyperparameter itself ends there."""
    if isinstance(asked, CategoricalRange) or name not in best.hyperparameters:
        return None
    scale, value = scale_of(asked), float(best.hyperparameters[name])
    place = scale.place(value)
    if EDGE <= place <= 1 - EDGE:
        return None
    low = place < EDGE
    end = "min" if low else "max"
    # Whose end nobody knows is not searched below zero, if its author didn't.
    row = row or Hyperparameter(name, Kind.NUMBER, low=0 if asked.min >= 0 else None)
    limit = scale.low if low else scale.high
    said = f"the best {name}, {short(str(value))}, is at the edge of its range ({end}: {limit:g})"
    beyond = within(row, scale.value(-WIDER if low else 1 + WIDER))
    if beyond != limit and not (row.open_low and beyond == row.low):
        new = tidy(beyond, whole=scale.whole)
        ranges = _written(asked, scale, new if low else asked.min, asked.max if low else new)
        return Warned(f"{said}: the next tuning should search further, {end}: {new:g}", {name: ranges})
    if low and scale.kind == "Linear" and not scale.whole and value > 0:
        # It can't be less than it is now, but between zero and here are several powers of ten.
        new = tidy(value / 10, whole=False)
        ranges = {"type": "continuous", "min": new, "max": asked.max, "scaling_type": "Logarithmic"}
        text = f"{said}, where {name} itself ends: the next tuning should look closer, with logarithmic scaling"
        return Warned(text, {name: ranges})
    return None


def _last_third(tune: TuneSpec, found: Sequence[Trial], wider: set[str]) -> list[Warned]:
    """Warn if the last third of the trials brought nothing, and propose to look around the best; not for a grid."""
    third = len(found) // 3
    if tune.strategy == "Grid":
        return []
    before = max(goodness(tune, trial) for trial in found[:-third])
    after = max(goodness(tune, trial) for trial in found)
    usual = median(goodness(tune, trial) for trial in found)
    if after - before > GAIN * (after - usual):
        return []
    good = sorted(found, key=lambda trial: goodness(tune, trial), reverse=True)[: max(3, third)]
    narrower = {
        name: ranges
        for name, one in tune.hyperparameter_ranges.items()
        if name not in wider and (ranges := _narrower(name, one, good)) is not None
    }
    text = f"the last {third} of {len(found)} finished training jobs brought next to nothing"
    if narrower:
        text += f": the next tuning should search {', '.join(_said(name, one) for name, one in narrower.items())}"
    return [Warned(text, narrower)]


def _narrower(name: str, asked: HyperparameterRange, good: Sequence[Trial]) -> Proposed | None:
    """Return the range that holds the best third of the trials; None if that is no narrower."""
    values = [trial.hyperparameters[name] for trial in good if name in trial.hyperparameters]
    if not values:
        return None
    if isinstance(asked, CategoricalRange):
        kept = [value for value in asked.values if str(value) in values]
        return {"type": asked.type, "values": kept} if 1 < len(kept) < len(asked.values) else None
    scale = scale_of(asked)
    places = [scale.place(float(value)) for value in values]
    low, high = max(min(places) - PADDING, 0.0), min(max(places) + PADDING, 1.0)
    new_low = asked.min if low == 0 else tidy(scale.value(low), whole=scale.whole)
    new_high = asked.max if high == 1 else tidy(scale.value(high), whole=scale.whole)
    if (new_low, new_high) == (asked.min, asked.max) or new_low >= new_high:
        return None
    return _written(asked, scale, new_low, new_high)


def _written(asked: HyperparameterRange, scale: Scale, low: float, high: float) -> Proposed:
    """Return a range as a spec writes it; on the scale that was searched, if that was said."""
    said = getattr(asked, "scaling_type", "Auto")
    scaling = {} if said == "Auto" else {"scaling_type": said}
    return {"type": asked.type, "min": low, "max": high, **scaling}


def _said(name: str, ranges: Mapping[str, object]) -> str:
    if "values" in ranges:
        return f"{name} in {ranges['values']}"
    return f"{name} from {ranges['min']:g} to {ranges['max']:g}"
