import pytest

from yardmaster.records import Problem
from yardmaster.spec.builtin import profile
from yardmaster.spec.fits import require_fit
from yardmaster.spec.hyperparameters import as_text
from yardmaster.spec.instances import has_local_storage
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.problem import MAIN_METRIC, METRICS, gate_of, job_hyperparameters, problem_of
from yardmaster.spec.profile import Rows
from yardmaster.spec.schema import Spec
from yardmaster.spec.train import HyperparameterValue

XGBOOST = profile("xgboost").rows_of


def spec(data: str = "", rest: str = "") -> Spec:
    return parse_spec(f"algorithm: xgboost\ndata: {{label: y{data}}}\n{rest}".encode())


@pytest.mark.parametrize(
    ("data", "rest", "problem"),
    [
        ("", "", None),
        (", positive: a", "", Problem.BINARY),
        ("", "evaluate: {problem: regression}", Problem.REGRESSION),
        ("", "train: {hyperparameters: {objective: multi:softprob}}", Problem.MULTICLASS),
        ("", "train: {hyperparameters: {objective: count:poisson}}", Problem.REGRESSION),
    ],
)
def test_the_problem_is_what_the_spec_states_or_is_left_to_the_data(
    data: str, rest: str, problem: Problem | None
) -> None:
    assert problem_of(spec(data, rest)) is problem


@pytest.mark.parametrize(
    ("problem", "classes", "expected"),
    [
        (Problem.BINARY, 2, {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "100"}),
        (
            Problem.MULTICLASS,
            3,
            {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_round": "100", "num_class": "3"},
        ),
        (Problem.REGRESSION, 0, {"objective": "reg:squarederror", "eval_metric": "rmse", "num_round": "100"}),
    ],
)
def test_hyperparameters_have_the_defaults_of_the_problem(
    problem: Problem, classes: int, expected: dict[str, str]
) -> None:
    assert job_hyperparameters(spec(), Rows(problem, classes)) == expected


def test_what_the_spec_says_wins_and_is_text() -> None:
    rest = "train: {hyperparameters: {num_round: 7, learning_rate: 0.1, eval_metric: [error, auc], booster: dart}}"
    assert job_hyperparameters(spec("", rest), Rows(Problem.BINARY, 2)) == {
        "objective": "binary:logistic",
        "eval_metric": "error,auc",
        "num_round": "7",
        "eta": "0.1",
        "booster": "dart",
    }


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (0.001, "0.001"), (True, "true"), ("x", "x"), (("a", "b"), "a,b"), (1e-7, "1e-07")]
)
def test_hyperparameters_are_written_as_sagemaker_wants_them(value: HyperparameterValue, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize("problem", MAIN_METRIC)
def test_without_a_gate_the_candidate_must_not_be_worse_than_the_baseline(problem: Problem) -> None:
    *_, condition = gate_of(spec(), problem)
    assert (condition.metric, condition.versus, condition.margin) == (MAIN_METRIC[problem], "baseline", 0.005)
    assert (condition.confidence, condition.on_inconclusive) == (0.95, "manual")
    assert condition.metric in METRICS[problem]


@pytest.mark.parametrize(
    ("problem", "floor"),
    [(Problem.BINARY, 0.5), (Problem.MULTICLASS, None), (Problem.REGRESSION, 0.0), (Problem.CLUSTERING, 0.0)],
)
def test_the_default_gate_asks_even_a_first_release_to_be_as_good_as_guessing(
    problem: Problem, floor: float | None
) -> None:
    floors = [one.min for one in gate_of(spec(), problem) if one.versus is None]

    assert floors == ([] if floor is None else [floor])


def test_where_nothing_is_measured_there_is_no_default_gate() -> None:
    assert gate_of(spec(), Problem.NONE) == ()


def test_an_empty_gate_is_no_gate() -> None:
    assert gate_of(spec("", "evaluate: {gate: []}"), Problem.BINARY) == ()


@pytest.mark.parametrize(
    ("rest", "problem", "classes", "message"),
    [
        (
            "evaluate: {gate: [{metric: auc, min: 0.7}]}",
            Problem.REGRESSION,
            (),
            "evaluate.gate[0].metric: auc does not fit a regression problem; allowed: mae, mse, r2 or rmse",
        ),
        (
            "evaluate: {threshold: 0.4}",
            Problem.MULTICLASS,
            ("a", "b", "c"),
            "evaluate.threshold: 0.4 does not fit a multiclass problem; allowed: leave it out",
        ),
        (
            "train: {hyperparameters: {num_class: 4}}",
            Problem.MULTICLASS,
            ("a", "b", "c"),
            "train.hyperparameters.num_class: 4 is not the 3 classes of the label; allowed: leave it out, and they are "
            "counted",
        ),
        (
            "evaluate: {gate: [{metric: 'recall:gold', min: 0.7}]}",
            Problem.MULTICLASS,
            ("silver", "bronze", "tin"),
            "evaluate.gate[0].metric: recall:gold names no class of the label; allowed: a class as it stands in the "
            "file",
        ),
    ],
)
def test_a_spec_that_does_not_fit_what_the_data_shows_is_refused_in_words(
    rest: str, problem: Problem, classes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SpecError) as refused:
        require_fit(spec("", rest), problem, classes)
    assert str(refused.value) == message


@pytest.mark.parametrize("problem", Problem)
def test_every_metric_of_the_gate_is_one_that_is_measured(problem: Problem) -> None:
    from yardmaster.rules.metrics import metric_names

    assert METRICS[problem] == set(metric_names(problem))


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("eta", (0, 1, 0.3, "0.3", "1e-3"), (-0.1, 1.1, "x", "", True, ("a",), "nan")),
        ("subsample", (0.5, 1), (0, 1.5)),
        ("max_depth", (0, 6, "6"), (-1, 6.5, "6.5", "six")),
        ("tweedie_variance_power", (1.5,), (1, 2)),
        ("seed", (-5, "+7"), (2**31,)),
        ("tree_method", ("hist",), ("fast", 1)),
        ("single_precision_histogram", (True, "false"), (1, "yes")),
        ("eval_metric", ("auc", ("auc", "error@0.7"), "auc, logloss"), ("roc", ("auc", "roc"))),
        ("monotone_constraints", ("(1,0)",), (1,)),
    ],
)
def test_a_hyperparameter_accepts_what_its_container_accepts(
    name: str, good: tuple[HyperparameterValue, ...], bad: tuple[HyperparameterValue, ...]
) -> None:
    assert [value for value in good if not XGBOOST[name].accepts(value)] == []
    assert [value for value in bad if XGBOOST[name].accepts(value)] == []


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        ("ml.m5.xlarge", False),
        ("ml.c5n.xlarge", False),
        ("ml.p3.2xlarge", False),
        ("ml.m5d.xlarge", True),
        ("ml.c6gd.xlarge", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.g6e.xlarge", True),
        ("ml.p3dn.24xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.p5.48xlarge", True),
        ("ml.trn1.2xlarge", True),
    ],
)
def test_instances_with_a_disk_of_their_own_are_known(instance_type: str, local: bool) -> None:
    assert has_local_storage(instance_type) is local
