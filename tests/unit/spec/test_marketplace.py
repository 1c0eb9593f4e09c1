"""Specs whose algorithm, or whose model, is named by its ARN."""

import pytest

from yardmaster.records import Problem
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.own_profile import own_profile
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.problem import job_hyperparameters, problem_of
from yardmaster.spec.profile import Answers, Rows
from yardmaster.spec.schema import Spec

ALGORITHM = "arn:aws:sagemaker:us-east-1:865070037744:algorithm/forest"
PACKAGE = "arn:aws:sagemaker:us-east-1:865070037744:model-package/forest"


def spec(algorithm: str, rest: str = "") -> Spec:
    return parse_spec(f"algorithm: {{{algorithm}}}\ndata: {{label: y}}\n{rest}\n".encode())


def refusal(algorithm: str, rest: str = "") -> str:
    with pytest.raises(SpecError) as refused:
        spec(algorithm, rest)
    return str(refused.value)


@pytest.mark.parametrize("algorithm", [f"algorithm_arn: '{ALGORITHM}'", f"model_package: '{PACKAGE}'"])
def test_an_algorithm_or_a_package_is_named_by_its_arn(algorithm: str) -> None:
    assert isinstance(spec(algorithm).algorithm, OwnAlgorithm)


def test_hyperparameters_are_given_as_they_are_and_say_nothing_about_the_problem() -> None:
    given = "train: {hyperparameters: {objective: 'multi:softmax', depth: 3, rate: 0.5, loud: true}}"
    found = spec(f"algorithm_arn: '{ALGORITHM}'", given)

    assert problem_of(found) is None
    assert job_hyperparameters(found, Rows(Problem.BINARY, 2)) == {
        "objective": "multi:softmax",
        "depth": "3",
        "rate": "0.5",
        "loud": "true",
    }


def test_what_is_searched_is_not_set_as_well() -> None:
    tune = (
        "tune: {objective_metric_name: 'validation:auc', objective_type: Maximize, "
        "hyperparameter_ranges: {depth: {type: integer, min: 1, max: 9}}}"
    )
    found = spec(f"algorithm_arn: '{ALGORITHM}'", f"train: {{hyperparameters: {{rate: 0.5}}}}\n{tune}")

    assert job_hyperparameters(found, Rows(Problem.BINARY, 2)) == {"rate": "0.5"}


@pytest.mark.parametrize(
    ("algorithm", "rest", "words"),
    [
        ("algorithm_arn: forest", "", "algorithm.algorithm_arn: forest is not allowed"),
        (f"algorithm_arn: '{PACKAGE}'", "", "is not allowed"),
        (f"model_package: '{ALGORITHM}'", "", "is not allowed"),
        ("answers: csv", "", "names no algorithm; allowed: one of script, image, algorithm_arn or model_package"),
        (
            f"algorithm_arn: '{ALGORITHM}', model_package: '{PACKAGE}'",
            "",
            "names algorithm_arn and model_package; allowed: one of script, image, algorithm_arn or model_package",
        ),
        (
            f"algorithm_arn: '{ALGORITHM}', environment: {{A: '1'}}",
            "",
            "algorithm.environment: a mapping is not for algorithm_arn: its author decides",
        ),
        (
            f"algorithm_arn: '{ALGORITHM}'",
            "train: {metric_definitions: [{name: auc, regex: 'auc=(.*)'}]}",
            "is not for algorithm_arn, which brings its metrics; allowed: leave it out",
        ),
        (
            f"model_package: '{PACKAGE}'",
            "train: {hyperparameters: {depth: 3}}",
            "a model package is only tested and deployed; allowed: leave it out",
        ),
        (
            f"model_package: '{PACKAGE}'",
            "tune: {objective_metric_name: auc, objective_type: Maximize, "
            "hyperparameter_ranges: {depth: {type: integer, min: 1, max: 9}}}",
            "tune: a model package can't be tuned: it is not trained, only tested and deployed; allowed: leave the",
        ),
        (
            f"algorithm_arn: '{ALGORITHM}'",
            "tune: {objective_metric_name: 'train:auc', objective_type: Maximize, "
            "hyperparameter_ranges: {depth: {type: integer, min: 1, max: 9}}}",
            "is measured on the rows that the model learns by heart",
        ),
        (
            f"algorithm_arn: '{ALGORITHM}'",
            "tune: {objective_metric_name: auc, objective_type: Maximize, strategy: Hyperband, "
            "hyperparameter_ranges: {depth: {type: integer, min: 1, max: 9}}}",
            "Hyperband must know how many rounds a job may have; allowed: a number",
        ),
        (
            f"algorithm_arn: '{ALGORITHM}'",
            "tune: {objective_metric_name: auc, objective_type: Maximize, "
            "hyperparameter_ranges: {depth: {type: integer, min: 9, max: 1}}}",
            "is not below max, 1",
        ),
    ],
)
def test_what_can_t_be_is_refused_in_words(algorithm: str, rest: str, words: str) -> None:
    assert words in refusal(algorithm, rest)


def test_a_package_is_not_trained_and_answers_as_the_spec_says() -> None:
    bought = own_profile(OwnAlgorithm(model_package=PACKAGE, answers="jsonlines"))
    assert (bought.tunable, dict(bought.channels), bought.answers) == (False, {}, Answers.JSON_LINES)
    trained = own_profile(OwnAlgorithm(algorithm_arn=ALGORITHM))
    assert (trained.tunable, trained.hyperparameters, trained.answers) == (True, None, Answers.CSV)
