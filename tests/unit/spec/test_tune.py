"""Each wrong `tune` section, and the whole message that its author reads."""

# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import re

import pytest

from yardmaster.errors import RefusedError
from yardmaster.records import Problem
from yardmaster.spec.fits import require_fit
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.problem import job_hyperparameters
from yardmaster.spec.profile import Rows

METRICS = (
    "validation:accuracy, validation:auc, validation:f1, validation:map, validation:ndcg, validation:error, "
    "validation:logloss, validation:mae, validation:merror, validation:mlogloss, validation:mse or validation:rmse"
)
TUNABLE = (
    "num_round, alpha, colsample_bylevel, colsample_bynode, colsample_bytree, eta, gamma, lambda, max_delta_step, "
    "max_depth, min_child_weight or subsample"
)
RIGHT = {
    "objective_metric_name": "validation:auc",
    "objective_type": "Maximize",
    "hyperparameter_ranges": "{eta: {type: continuous, min: 0, max: 1}}",
}


def spec(lines: str, rest: str = "") -> bytes:
    """Return a spec whose tune section is right but for these lines."""
    written = {line.partition(":")[0].strip() for line in lines.splitlines()}
    tune = [*(f"{key}: {value}" for key, value in RIGHT.items() if key not in written), *lines.splitlines()]
    return "\n".join(
        ["algorithm: xgboost", "data: {label: y}", rest, "tune:", *(f"  {line.strip()}" for line in tune)]
    ).encode()


def refusal(lines: str, rest: str = "") -> str:
    with pytest.raises(SpecError) as refused:
        parse_spec(spec(lines, rest))
    return re.sub(r" \(line \d+\)", "", str(refused.value)).removeprefix("tune.")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("objective_metric_name: train:auc", "objective_metric_name: train:auc is measured on the rows that the model learns by heart: the search would reward overfitting; allowed: validation:auc"),
        ("objective_metric_name: train:foo", f"objective_metric_name: train:foo is measured on the rows that the model learns by heart: the search would reward overfitting; allowed: {METRICS}"),
        ("objective_metric_name: auc", f"objective_metric_name: auc is no metric of xgboost; did you mean validation:auc? allowed: {METRICS}"),
        ("objective_metric_name: validation:aucc", f"objective_metric_name: validation:aucc is no metric of xgboost; did you mean validation:auc? allowed: {METRICS}"),
        ("objective_metric_name: x", f"objective_metric_name: x is no metric of xgboost; allowed: {METRICS}"),
        ("objective_type: Minimize", "objective_type: Minimize is the wrong way: the higher validation:auc, the better; allowed: Maximize"),
        ("objective_type: Up", "objective_type: Up is not allowed; allowed: Maximize or Minimize"),
        ("objective_metric_name: validation:rmse\n  objective_type: Maximize", "objective_type: Maximize is the wrong way: the lower validation:rmse, the better; allowed: Minimize"),
        ("strategy: Hyperband\n  early_stopping_type: Auto", "early_stopping_type: Auto is not for Hyperband, which stops hopeless jobs by its own rules; allowed: Off"),
        ("strategy: Bayes", "strategy: Bayes is not allowed; allowed: Bayesian, Random, Hyperband or Grid"),
        ("strategy_config: {max_resource: 5}", "strategy_config: a mapping is for Hyperband, and the strategy is Bayesian; allowed: leave it out, or write strategy: Hyperband"),
        ("strategy: Hyperband\n  strategy_config: {min_resource: 5, max_resource: 5}", "strategy_config.max_resource: 5 is not above min_resource, 5; allowed: at least 6"),
        ("strategy: Hyperband\n  strategy_config: {max_resource: 30000}", "strategy_config.max_resource: 30000 is not allowed; allowed: a whole number from 1 to 20000"),
        ("strategy: Hyperband\n  hyperparameter_ranges: {num_round: {type: integer, min: 1, max: 10}}", "hyperparameter_ranges.num_round: a range can't be searched by Hyperband, which itself decides how many rounds a job gets; allowed: a value in train.hyperparameters"),
        ("strategy: Grid", "hyperparameter_ranges.eta.type: continuous is no choice, and a grid tries every combination of choices; allowed: {type: categorical, values: [...]}, or another strategy"),
        ("max_jobs: 7\n  strategy: Grid\n  hyperparameter_ranges: {max_depth: {type: categorical, values: [3, 5]}}", "max_jobs: 7 is not the 2 combinations of the grid, of which each is tried; allowed: leave it out, or write 2"),
        ("strategy: Grid\n  hyperparameter_ranges: {max_depth: {type: categorical, values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]}, min_child_weight: {type: categorical, values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]}}", "hyperparameter_ranges: the values make 784 combinations, and a tuning job has at most 750 training jobs; allowed: fewer values, or strategy: Random"),
        ("max_jobs: 751", "max_jobs: 751 is too many for Bayesian search; allowed: at most 750, or strategy: Random"),
        ("max_jobs: 0", "max_jobs: 0 is not allowed; allowed: a whole number from 1 to 10000"),
        ("max_jobs: 2\n  max_parallel_jobs: 3", "max_parallel_jobs: 3 is more than all jobs, 2; allowed: at most 2"),
        ("max_parallel_jobs: 101", "max_parallel_jobs: 101 is not allowed; allowed: a whole number from 1 to 100"),
        ("max_run: 1m", "max_run: 1m is not allowed; allowed: a duration from 2m to 182d"),
        ("max_run: 200d", "max_run: 200d is not allowed; allowed: a duration from 2m to 182d"),
        ("max_run: 60", "max_run: 60 is not allowed; allowed: a duration like 90s, 10m, 6h or 2d"),
        ("completion_criteria_config: {max_number_of_training_jobs_not_improving: 2}", "completion_criteria_config.max_number_of_training_jobs_not_improving: 2 is not allowed; allowed: a whole number at least 3"),
        ("completion_criteria_config: {max_number_of_training_jobs_not_improving: 20}", "completion_criteria_config.max_number_of_training_jobs_not_improving: 20 can't happen: there are 20 jobs in all; allowed: from 3 to 19"),
        ("warm_start_config: {warm_start_type: IdenticalDataAndAlgorithm}", "warm_start_config.warm_start_type: IdenticalDataAndAlgorithm is for the very same rows, and each release has its own; allowed: TransferLearning"),
        ("warm_start_config: {parents: []}", "warm_start_config.parents: an empty list can't be started from; allowed: previous, or one to 5 names"),
        ("warm_start_config: {parents: [a, b, c, d, e, f]}", "warm_start_config.parents: 6 parents can't be started from; allowed: previous, or one to 5 names"),
        ("warm_start_config: {parents: [a, A]}", "warm_start_config.parents: a list names one twice; allowed: each parent once"),
        ("warm_start_config: {parents: [a_b]}", "warm_start_config.parents: a list is not allowed; allowed: previous, or a list of one to five names of tuning jobs"),
        ("warm_start_config: {parents: last}", "warm_start_config.parents: last is not allowed; allowed: previous, or a list of one to five names of tuning jobs"),
        ("warm_start_config: {}\n  strategy: Grid\n  hyperparameter_ranges: {max_depth: {type: categorical, values: [3, 5]}}", "warm_start_config: a mapping is for Bayesian and Random search, and the strategy is Grid; allowed: leave it out"),
        ("strategy: Hyperband\n  warm_start_config: {}", "warm_start_config: a mapping is for Bayesian and Random search, and the strategy is Hyperband; allowed: leave it out"),
        ("random_seed: -1", "random_seed: -1 is not allowed; allowed: a whole number from 0 to 2147483647"),
        ("random_seed: 2147483648", "random_seed: 2147483648 is not allowed; allowed: a whole number from 0 to 2147483647"),
        ("hyperparameter_ranges: {}", "hyperparameter_ranges: a mapping is not allowed; allowed: a range for each hyperparameter that is searched, like eta: {type: continuous, min: 0.1, max: 1}"),
        ("hyperparameter_ranges: {learning_rate: {type: continuous, min: 0, max: 1}}", "hyperparameter_ranges.learning_rate: write its own name, eta"),
        ("hyperparameter_ranges: {n_estimators: {type: integer, min: 1, max: 9}}", f"hyperparameter_ranges.n_estimators: unknown hyperparameter of xgboost; did you mean num_round? allowed: {TUNABLE}"),
        ("hyperparameter_ranges: {etaa: {type: continuous, min: 0, max: 1}}", f"hyperparameter_ranges.etaa: unknown hyperparameter of xgboost; did you mean eta? allowed: {TUNABLE}"),
        ("hyperparameter_ranges: {booster: {type: categorical, values: [gbtree]}}", f"hyperparameter_ranges.booster: can't be tuned; give it a value in train.hyperparameters; allowed: {TUNABLE}"),
        ("hyperparameter_ranges: {seed: {type: integer, min: 1, max: 2}}", f"hyperparameter_ranges.seed: can't be tuned; give it a value in train.hyperparameters; allowed: {TUNABLE}"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 2}}", "hyperparameter_ranges.eta.max: 2 is not allowed; allowed: a number at least 0 and at most 1"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: -1, max: 1}}", "hyperparameter_ranges.eta.min: -1 is not allowed; allowed: a number at least 0 and at most 1"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 1, max: 0}}", "hyperparameter_ranges.eta.min: 1 is not below max, 0; allowed: a smaller min; for one value, train.hyperparameters"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0.5, max: 0.5}}", "hyperparameter_ranges.eta.min: 0.5 is not below max, 0.5; allowed: a smaller min; for one value, train.hyperparameters"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 1, scaling_type: Logarithmic}}", "hyperparameter_ranges.eta.min: 0 has no logarithm; allowed: above 0 with Logarithmic scaling, such as 0.001, or Linear"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 1, scaling_type: ReverseLogarithmic}}", "hyperparameter_ranges.eta.max: 1 is outside of what ReverseLogarithmic scaling takes; allowed: from 0 to below 1, such as 0.999, or Linear"),
        ("hyperparameter_ranges: {alpha: {type: continuous, min: 0, max: 2, scaling_type: ReverseLogarithmic}}", "hyperparameter_ranges.alpha.max: 2 is outside of what ReverseLogarithmic scaling takes; allowed: from 0 to below 1, such as 0.999, or Linear"),
        ("hyperparameter_ranges: {max_depth: {type: integer, min: 1, max: 5, scaling_type: ReverseLogarithmic}}", "hyperparameter_ranges.max_depth.scaling_type: ReverseLogarithmic is for continuous ranges; allowed: Auto, Linear or Logarithmic"),
        ("hyperparameter_ranges: {max_depth: {type: continuous, min: 1, max: 5}}", "hyperparameter_ranges.max_depth.type: continuous is not for max_depth, a whole number; allowed: integer, or categorical"),
        ("hyperparameter_ranges: {max_depth: {type: integer, min: 1.5, max: 5}}", "hyperparameter_ranges.max_depth.min: 1.5 is not allowed; allowed: a whole number"),
        ("hyperparameter_ranges: {eta: {type: integer, min: 0, max: 1}}", "hyperparameter_ranges.eta.type: integer is not for eta, a number; allowed: continuous, or categorical"),
        ("hyperparameter_ranges: {subsample: {type: continuous, min: 0, max: 1}}", "hyperparameter_ranges.subsample.min: 0 is not allowed; allowed: a number above 0 and at most 1"),
        ("hyperparameter_ranges: {max_depth: {type: categorical, values: [3, -1]}}", "hyperparameter_ranges.max_depth.values[1]: -1 is not allowed; allowed: a whole number at least 0"),
        ("hyperparameter_ranges: {max_depth: {type: categorical, values: [3, '3']}}", "hyperparameter_ranges.max_depth.values[1]: 3 is given twice; allowed: each value once"),
        ("hyperparameter_ranges: {max_depth: {type: categorical, values: []}}", "hyperparameter_ranges.max_depth.values: an empty list has nothing to choose from; allowed: a list of one to 30 words or numbers"),
        ("hyperparameter_ranges: {max_depth: {type: categorical, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]}}", "hyperparameter_ranges.max_depth.values: a list is not allowed; allowed: a list of one to 30 words or numbers"),
        ("hyperparameter_ranges: {max_depth: {type: categorical, values: [deep]}}", "hyperparameter_ranges.max_depth.values[0]: deep is not allowed; allowed: a whole number at least 0"),
        ("hyperparameter_ranges: {eta: {type: categorical, values: [true]}}", 'hyperparameter_ranges.eta.values[0]: true is true in YAML; if the word is meant, write it in quotes: "true"; allowed: a word or a number'),
        ("hyperparameter_ranges: {eta: {min: 0, max: 1}}", "hyperparameter_ranges.eta.type: missing; allowed: continuous, integer or categorical"),
        ("hyperparameter_ranges: {eta: {type: float, min: 0, max: 1}}", "hyperparameter_ranges.eta.type: float is not allowed; allowed: continuous, integer or categorical"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0}}", "hyperparameter_ranges.eta.max: missing; allowed: a number"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 1, scaling: Linear}}", "hyperparameter_ranges.eta.scaling: unknown key; did you mean scaling_type? allowed: type, min, max or scaling_type"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: 0, max: 1, scaling_type: Log}}", "hyperparameter_ranges.eta.scaling_type: Log is not allowed; allowed: Auto, Linear, Logarithmic or ReverseLogarithmic"),
        ("hyperparameter_ranges: {eta: [0, 1]}", "hyperparameter_ranges.eta: a list is not allowed; allowed: a mapping with type, min, max and scaling_type"),
        ("hyperparameter_ranges: {eta: {type: continuous, min: '0', max: 1}}", "hyperparameter_ranges.eta.min: 0 is text, as it is in quotes; write the number without them; allowed: a number"),
        ("hyperparameter_ranges: {eta: {values: [1]}}", "hyperparameter_ranges.eta.type: missing; allowed: continuous, integer or categorical"),
        ("hyperparameter_ranges: {eta: {type: categorical, min: 0}}", "hyperparameter_ranges.eta.values: missing; allowed: a list of one to 30 words or numbers\ntune.hyperparameter_ranges.eta.min: unknown key; allowed: type or values"),
        ("maxjobs: 5", "maxjobs: unknown key; did you mean max_jobs? allowed: objective_metric_name, objective_type, strategy, strategy_config, max_jobs, max_parallel_jobs, max_run, early_stopping_type, hyperparameter_ranges, completion_criteria_config, warm_start_config or random_seed"),
        ("max_jobs: '20'", "max_jobs: 20 is text, as it is in quotes; write the number without them; allowed: a whole number from 1 to 10000"),
        ("max_jobs: 11\n  hyperparameter_ranges: {max_depth: {type: integer, min: 1, max: 10}}", "max_jobs: 11 is more than the 10 combinations that the ranges have; allowed: at most 10, or wider ranges"),
    ],
)  # fmt: skip
def test_a_tune_section_that_is_wrong_in_one_way_is_refused_in_words(lines: str, message: str) -> None:
    assert refusal(lines) == message


@pytest.mark.parametrize("given", ["eta", "learning_rate"])
def test_a_hyperparameter_has_a_value_or_a_range(given: str) -> None:
    said = refusal("max_jobs: 5", f"train: {{hyperparameters: {{{given}: 0.1}}}}")
    assert (
        said
        == f"hyperparameter_ranges.eta: has a value in train.hyperparameters ({given}) and a range here; allowed: one of the two"
    )


def test_more_than_thirty_ranges_are_too_many() -> None:
    ranges = ", ".join(f"x{number}: {{type: continuous, min: 0, max: 1}}" for number in range(31))
    said = refusal(f"hyperparameter_ranges: {{{ranges}}}")
    assert said.startswith("hyperparameter_ranges: 31 ranges are too many to search at once; allowed: at most 30")


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(SpecError, match=r"line 8\)"):
        parse_spec(spec("random_seed: -1"))


def test_the_objective_must_fit_the_problem_that_the_spec_states() -> None:
    said = refusal("max_jobs: 5", "evaluate: {problem: regression}")
    assert (
        said
        == "objective_metric_name: validation:auc does not fit a regression problem; allowed: validation:mae, validation:mse or validation:rmse"
    )


def test_the_objective_must_fit_the_problem_that_the_label_shows() -> None:
    with pytest.raises(
        RefusedError, match=r"tune\.objective_metric_name: validation:auc does not fit a multiclass problem"
    ):
        require_fit(parse_spec(spec("max_jobs: 5")), Problem.MULTICLASS, ("a", "b", "c"))


def test_what_is_left_out_has_safe_defaults() -> None:
    tune = parse_spec(spec("")).tune
    assert tune is not None
    assert (tune.strategy, tune.jobs, tune.max_parallel_jobs, tune.early_stopping) == ("Bayesian", 20, 3, "Auto")
    assert (tune.max_run, tune.random_seed, tune.warm_start_config) == (86400, None, None)


def test_hyperband_runs_without_sagemakers_early_stopping() -> None:
    tune = parse_spec(spec("strategy: Hyperband")).tune
    assert tune is not None
    assert tune.early_stopping == "Off"


def test_a_grid_has_as_many_jobs_as_combinations() -> None:
    ranges = "hyperparameter_ranges: {max_depth: {type: categorical, values: [3, 5]}, eta: {type: categorical, values: [0.1, 0.2, 0.3]}}"
    tune = parse_spec(spec(f"strategy: Grid\n{ranges}")).tune
    assert tune is not None
    assert tune.jobs == 6


def test_there_are_no_more_jobs_than_combinations() -> None:
    tune = parse_spec(spec("hyperparameter_ranges: {max_depth: {type: integer, min: 1, max: 2}}")).tune
    assert tune is not None
    assert (tune.jobs, tune.parallel_jobs) == (2, 2)


def test_what_is_searched_has_no_value_of_its_own() -> None:
    found = parse_spec(
        spec(
            "hyperparameter_ranges: {num_round: {type: integer, min: 10, max: 50}, eta: {type: continuous, min: 0, max: 1}}"
        )
    )
    assert job_hyperparameters(found, Rows(Problem.BINARY, 2)) == {"objective": "binary:logistic", "eval_metric": "auc"}
