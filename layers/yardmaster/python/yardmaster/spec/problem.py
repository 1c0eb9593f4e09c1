"""What is predicted (binary, multiclass, regression), and what follows: hyperparameters, metrics, the default gate."""

from collections.abc import Mapping

from yardmaster.records import Problem
from yardmaster.spec.evaluate import GateCondition
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.xgboost import ALIASES, EVAL_METRICS, OBJECTIVES, TUNABLE_METRICS

DEFAULTS: Mapping[Problem, Mapping[str, str]] = {
    Problem.BINARY: {"objective": "binary:logistic", "eval_metric": "auc"},
    Problem.MULTICLASS: {"objective": "multi:softprob", "eval_metric": "mlogloss"},
    Problem.REGRESSION: {"objective": "reg:squarederror", "eval_metric": "rmse"},
    Problem.CLUSTERING: {},
    Problem.NONE: {},
}
"""The hyperparameters that a spec may leave out, by problem."""
DEFAULT_ROUNDS = "100"

METRICS: Mapping[Problem, frozenset[str]] = {
    Problem.BINARY: frozenset({"auc", "pr_auc", "log_loss", "accuracy", "precision", "recall", "f1"}),
    Problem.MULTICLASS: frozenset({"accuracy", "log_loss", "macro_precision", "macro_recall", "macro_f1", "macro_auc"}),
    Problem.REGRESSION: frozenset({"rmse", "mse", "mae", "r2"}),
    Problem.CLUSTERING: frozenset({"explained", "msd", "mean_distance"}),
    Problem.NONE: frozenset(),
}
"""The metrics that a gate may name, by problem; for classes also those of one class: `recall:gold`."""
METRICS_TUNED: Mapping[Problem, tuple[str, ...]] = {
    problem: tuple(
        metric for metric in TUNABLE_METRICS if metric.partition(":")[2] in EVAL_METRICS.get(problem.value, ())
    )
    for problem in Problem
}
"""The metrics that a tuning job can improve, by problem."""
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
    """Return the problem that a spec states; None if the label's values must decide (`intake.label`)."""
    if spec.evaluate.problem in tuple(Problem):
        return Problem(spec.evaluate.problem)
    own = isinstance(spec.algorithm, OwnAlgorithm)
    objective = None if own else spec.train.hyperparameters.get("objective")
    if isinstance(objective, str) and objective in OBJECTIVES:
        return Problem(OBJECTIVES[objective])
    return Problem.BINARY if spec.data.positive is not None else None


def with_problem(spec: Spec, problem: Problem, classes: int) -> dict[str, str]:
    """Return the hyperparameters that a job is given: the spec's, and the defaults of the problem.

    Those that are searched are left out: each training job of a tuning job gets its own value.

    Args:
        spec: The spec.
        problem: What is predicted.
        classes: How many classes the label has; not used for regression.
    """
    searched = spec.tune.hyperparameter_ranges if spec.tune else {}
    if isinstance(spec.algorithm, OwnAlgorithm):
        return {name: as_text(value) for name, value in spec.train.hyperparameters.items() if name not in searched}
    given = {ALIASES.get(name, name): as_text(value) for name, value in spec.train.hyperparameters.items()}
    final = {"num_round": DEFAULT_ROUNDS, **DEFAULTS[problem], **given}
    if problem is Problem.MULTICLASS:
        final["num_class"] = str(classes)
    return {name: value for name, value in final.items() if name not in searched}


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
