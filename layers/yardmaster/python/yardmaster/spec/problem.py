"""What is predicted (binary, multiclass, …), and what follows: hyperparameters, metrics, the default gate."""

from collections.abc import Mapping

from yardmaster.errors import RefusedError
from yardmaster.records import Problem
from yardmaster.spec.evaluate import GateCondition
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.of_algorithm import is_measured, known_profile, profile_of
from yardmaster.spec.own_hyperparameters import own_hyperparameters
from yardmaster.spec.profile import Profile, Rows
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.train import HyperparameterValue

METRICS: Mapping[Problem, frozenset[str]] = {
    Problem.BINARY: frozenset({"auc", "pr_auc", "log_loss", "accuracy", "precision", "recall", "f1"}),
    Problem.MULTICLASS: frozenset({"accuracy", "log_loss", "macro_precision", "macro_recall", "macro_f1", "macro_auc"}),
    Problem.REGRESSION: frozenset({"rmse", "mse", "mae", "r2"}),
    Problem.CLUSTERING: frozenset({"explained", "msd", "mean_distance"}),
    Problem.NONE: frozenset(),
}
"""The metrics that a gate may name, by problem; for classes also those of one class: `recall:gold`."""
MAIN_METRIC: Mapping[Problem, str] = {
    Problem.BINARY: "auc",
    Problem.MULTICLASS: "accuracy",
    Problem.REGRESSION: "r2",
    Problem.CLUSTERING: "explained",
}
"""The metric of the default gate: one without a unit, so that its margin means the same for every label."""
DEFAULT_MARGIN = 0.005
FLOOR: Mapping[Problem, float] = {Problem.BINARY: 0.5, Problem.REGRESSION: 0.0, Problem.CLUSTERING: 0.0}
"""What guessing reaches in the main metric: the default gate asks for as much, of a first release too. The accuracy of
guessing depends on the classes' shares, so there is no floor for several classes."""


def problem_of(spec: Spec) -> Problem | None:
    """Return the problem that a spec states; None if the label's values must decide (`intake.label`).

    Of data that goes to the algorithm as it is nobody reads a label: nothing is measured.
    """
    if spec.evaluate.problem in tuple(Problem):
        return Problem(spec.evaluate.problem)
    profile = known_profile(spec.algorithm)
    if not is_measured(spec):
        return Problem.NONE
    if len(profile.problems) == 1:
        return profile.problems[0]
    stated = _stated(profile, spec.train.hyperparameters.get(profile.decides))
    return stated or (Problem.BINARY if spec.data.positive is not None else None)


def _stated(profile: Profile, value: HyperparameterValue | None) -> Problem | None:
    """Return the problem that the deciding hyperparameter says; None if it leaves a choice."""
    options = profile.fitting.get(profile.decides, {})
    fitting = [problem for problem, values in options.items() if value in values]
    return fitting[0] if len(fitting) == 1 else None


def job_hyperparameters(spec: Spec, rows: Rows) -> dict[str, str]:
    """Return the hyperparameters that a job is given: the spec's, and what follows from the rows.

    Those that are searched are left out: each training job of a tuning job gets its own value.

    Args:
        spec: The spec.
        rows: What is predicted, and how many rows, columns and classes there are.

    Raises:
        RefusedError: A hyperparameter asks for more rows or columns than there are.
    """
    if isinstance(spec.algorithm, OwnAlgorithm):
        return own_hyperparameters(spec, spec.algorithm)
    profile = profile_of(spec.algorithm)
    final = {**profile.defaults(rows), **_given(profile, spec)}
    _refuse_excess(profile, final, rows)
    searched = spec.tune.hyperparameter_ranges if spec.tune else {}
    return {name: value for name, value in final.items() if name not in searched}


def _given(profile: Profile, spec: Spec) -> dict[str, str]:
    """Return what the spec says, by the algorithm's own names and in its spelling."""
    given = {profile.aliases.get(name, name): value for name, value in spec.train.hyperparameters.items()}
    rows = profile.rows_of
    return {name: rows[name].text(value) if name in rows else as_text(value) for name, value in given.items()}


def _refuse_excess(profile: Profile, final: Mapping[str, str], rows: Rows) -> None:
    for name, limit in profile.at_most.items():
        most = rows.train if limit == "train" else rows.features
        if most and name in final and int(final[name]) > most:
            there = "rows to train on" if limit == "train" else "columns that are learned from"
            raise RefusedError(
                f"train.hyperparameters.{name}: {final[name]} is more than {profile.name} can have of the {most:,} "
                f"{there}; allowed: at most {most}"
            )


def gate_of(spec: Spec, problem: Problem) -> tuple[GateCondition, ...]:
    """Return the spec's gate, or the default: as good as guessing, and not worse than the baseline.

    Where nothing is measured there is none.
    """
    if spec.evaluate.gate is not None:
        return spec.evaluate.gate
    if problem not in MAIN_METRIC:
        return ()
    metric = MAIN_METRIC[problem]
    versus = {"metric": metric, "versus": "baseline", "margin": DEFAULT_MARGIN}
    floor = [{"metric": metric, "min": FLOOR[problem]}] if problem in FLOOR else []
    return tuple(GateCondition.model_validate(one) for one in (*floor, versus))
