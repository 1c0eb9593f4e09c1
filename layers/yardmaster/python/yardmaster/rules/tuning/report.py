"""`tuning.json` and `tuning.csv`: all trials of a tuning job, what mattered, and what to search next."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from yardmaster.records import Trial
from yardmaster.rules.tuning.advice import best_of, finished, goodness, warnings_of
from yardmaster.rules.tuning.importance import METHOD, importance, numbers, spearman
from yardmaster.spec.hyperparameters import Hyperparameter
from yardmaster.spec.tune import TuneSpec

COLUMNS = ("number", "name", "status", "objective", "best_so_far", "created", "started", "ended", "seconds")


def report(
    tune: TuneSpec,
    name: str,
    status: str,
    trials: Sequence[Trial],
    best: str | None,
    known: Mapping[str, Hyperparameter],
) -> dict[str, Any]:
    """Return what tuning.json holds.

    Args:
        tune: The spec's section.
        name: The tuning job's.
        status: The tuning job's.
        trials: All trials, in the order in which they were begun.
        best: The name of the trial that SageMaker calls the best.
        known: The algorithm's hyperparameters by name, as far as they are known.
    """
    found, warned = finished(trials), warnings_of(tune, trials, known)
    return {
        "tuning_job": name,
        "status": status,
        "strategy": tune.strategy,
        "objective": {"metric": tune.objective_metric_name, "type": tune.objective_type},
        "training_jobs": {"asked": tune.jobs, "begun": len(trials), "finished": len(found)},
        "best": best or (best_of(tune, found).name if found else None),
        "hyperparameters": {one: _measured(one, found) for one in tune.hyperparameter_ranges},
        "importance_method": METHOD,
        "ranges": {one: asked.model_dump(mode="json") for one, asked in tune.hyperparameter_ranges.items()},
        "warnings": [one.text for one in warned],
        "proposed_ranges": {key: value for one in warned for key, value in one.proposed.items()},
        "trials": _rows(tune, trials),
    }


def csv_text(tune: TuneSpec, trials: Sequence[Trial]) -> str:
    """Return tuning.csv: a row per trial, times in UTC, a column for each hyperparameter that was searched."""
    searched = list(tune.hyperparameter_ranges)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *searched])
    for row in _rows(tune, trials):
        values = row["hyperparameters"]
        writer.writerow([*(row[column] for column in COLUMNS), *(values.get(one) for one in searched)])
    return text.getvalue()


def _measured(name: str, found: Sequence[Trial]) -> dict[str, float | None]:
    """Return how the objective goes with one hyperparameter; its sign is the objective's own."""
    have = [trial for trial in found if name in trial.hyperparameters]
    values = [trial.hyperparameters[name] for trial in have]
    objective = [trial.objective or 0.0 for trial in have]
    as_numbers = numbers(values)
    return {
        "rank_correlation": _short(spearman(as_numbers, objective)) if as_numbers is not None else None,
        "importance": _short(importance(values, objective)),
    }


def _rows(tune: TuneSpec, trials: Sequence[Trial]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    best: Trial | None = None
    for number, trial in enumerate(trials, 1):
        if finished([trial]) and (best is None or goodness(tune, trial) > goodness(tune, best)):
            best = trial
        rows.append(
            {
                "number": number,
                "name": trial.name,
                "status": trial.status,
                "hyperparameters": trial.hyperparameters,
                "objective": trial.objective,
                "best_so_far": best.objective if best else None,
                "created": _time(trial.created),
                "started": _time(trial.started),
                "ended": _time(trial.ended),
                "seconds": trial.seconds,
                "failure_reason": trial.failure_reason or None,
            }
        )
    return rows


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
