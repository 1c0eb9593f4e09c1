"""Specs of one's own algorithms: what is taken, and every way in which they are refused."""
# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import pytest

from yardmaster.records import Problem
from yardmaster.spec.own_profile import own_profile
from yardmaster.spec.parse import SpecError, parse_spec
from yardmaster.spec.problem import gate_of, job_hyperparameters, problem_of
from yardmaster.spec.profile import Answers, Rows
from yardmaster.spec.schema import OwnAlgorithm

SCRIPT = "script: {entry_point: train.py, framework: sklearn}"
IMAGE = "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/churn:1"
METRIC = "metric_definitions: [{name: 'validation:auc', regex: 'auc=([0-9.]+)'}]"


def spec(algorithm: str = SCRIPT, train: str = "", rest: str = "") -> bytes:
    return f"algorithm: {{{algorithm}}}\ndata: {{label: y}}\ntrain: {{{train}}}\n{rest}".encode()


def tuned(objective: str = "validation:auc", train: str = METRIC, more: str = "") -> bytes:
    ranges = "hyperparameter_ranges: {depth: {type: integer, min: 1, max: 5}}"
    section = f"tune: {{objective_metric_name: '{objective}', objective_type: Maximize, {ranges}{more}}}\n"
    return spec(train=train, rest=section)


def refused(raw: bytes) -> str:
    with pytest.raises(SpecError) as raised:
        parse_spec(raw)
    return str(raised.value)


@pytest.mark.parametrize(
    "raw",
    [
        spec(),
        spec(
            "script: {entry_point: my-train.py, framework: xgboost, framework_version: 1.7-1, source_dir: src/model/}"
        ),
        spec("script: {entry_point: train.py, framework: pytorch, requirements: needs.txt}, environment: {A_1: b}"),
        spec(IMAGE),
        spec("image: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/churn@sha256:" + "a" * 64 + "'"),
        spec(train=METRIC + ", hyperparameters: {eta: 7, objective: anything, num_class: 12}"),
        tuned(),
        tuned(more=", strategy: Hyperband, strategy_config: {max_resource: 50}"),
    ],
)
def test_what_is_right_is_taken(raw: bytes) -> None:
    assert isinstance(parse_spec(raw).algorithm, OwnAlgorithm)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            spec(""),
            "algorithm: a mapping names no algorithm; allowed: one of script, image, algorithm_arn or model_package (line 1)",
        ),
        (
            spec(f"{SCRIPT}, {IMAGE}"),
            "algorithm: a mapping names script and image; allowed: one of script, image, algorithm_arn or model_package "
            "(line 1)",
        ),
        (
            spec("script: {entry_point: train.sh, framework: sklearn}"),
            "algorithm.script.entry_point: train.sh is not allowed; allowed: text like train.py (line 1)",
        ),
        (
            spec("script: {entry_point: deep/train.py, framework: sklearn}"),
            "algorithm.script.entry_point: deep/train.py lies in a folder below source_dir, where the serving container "
            "does not find it; allowed: a file right in source_dir (line 1)",
        ),
        (
            spec("script: {entry_point: train.py, framework: jax}"),
            "algorithm.script.framework: jax is not allowed; allowed: sklearn, xgboost, pytorch or tensorflow (line 1)",
        ),
        (
            spec("script: {entry_point: train.py, framework: sklearn, framework_version: 9}"),
            "algorithm.script.framework_version: 9 is not allowed; allowed: text like 1.2-1 (line 1)",
        ),
        (
            spec("script: {entry_point: train.py, framework: sklearn, framework_version: '9'}"),
            "algorithm.script.framework_version: 9 is no version of sklearn that both trains and serves; allowed: 0.20.0, "
            "0.23-1, 1.0-1 or 1.2-1 (line 1)",
        ),
        (
            spec("script: {entry_point: train.py, framework: sklearn, source_dir: ../code}"),
            "algorithm.script.source_dir: ../code is not allowed; allowed: a folder below the model's, like source/ "
            "(letters, digits, ., _ and -) (line 1)",
        ),
        (
            spec("script: {entry_point: train.py, framework: sklearn, requirements: /etc/passwd}"),
            "algorithm.script.requirements: /etc/passwd is not allowed; allowed: a file below source_dir, like "
            "requirements.txt (line 1)",
        ),
        (
            spec("image: churn:1"),
            "algorithm.image: churn:1 is not allowed; allowed: an image in ECR with its tag, like "
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1 (line 1)",
        ),
        (
            spec(f"{IMAGE}, environment: {{a-b: c}}"),
            "algorithm.environment.a-b: is no name of a variable; allowed: letters, digits and _ (line 1)",
        ),
        (
            spec(f"{SCRIPT}, environment: {{SAGEMAKER_PROGRAM: other.py}}"),
            "algorithm.environment.SAGEMAKER_PROGRAM: is set from script; allowed: leave it out (line 1)",
        ),
        (
            spec(f"{IMAGE}, answers: xml"),
            "algorithm.answers: xml is not allowed; allowed: csv or jsonlines (line 1)",
        ),
        (
            spec(train="hyperparameters: {sagemaker_program: other.py}"),
            "train.hyperparameters.sagemaker_program: begins with sagemaker_, which the container keeps for itself; "
            "allowed: another name (line 3)",
        ),
        (
            spec(train=f"hyperparameters: {{long: {'x' * 2500}}}"),
            "train.hyperparameters.long: "
            + "x" * 57
            + "... has 2,502 characters as JSON; allowed: at most 2,500 (line 3)",
        ),
        (
            spec(train="metric_definitions: [{name: a, regex: 'a=('}]"),
            "train.metric_definitions[0].regex: a=( is no regular expression: missing ), unterminated subpattern at "
            "position 2; allowed: one group that is the value: auc=([0-9.]+) (line 3)",
        ),
        (
            spec(train="metric_definitions: [{name: a, regex: 'a=.*'}]"),
            "train.metric_definitions[0].regex: a=.* has no group; allowed: one group that is the value: auc=([0-9.]+) "
            "(line 3)",
        ),
        (
            spec(train="metric_definitions: [{name: a, regex: '(a)=(.*)'}]"),
            "train.metric_definitions[0].regex: (a)=(.*) has 2 groups (write (?:…) for those that are not the value); "
            "allowed: one group that is the value: auc=([0-9.]+) (line 3)",
        ),
        (
            spec(train="metric_definitions: [{name: a, regex: 'a=(.*)'}, {name: a, regex: 'b=(.*)'}]"),
            "train.metric_definitions[1].name: a is given twice; allowed: each metric once (line 3)",
        ),
        (
            tuned("validation:acc"),
            "tune.objective_metric_name: validation:acc is none of train.metric_definitions; did you mean validation:auc?"
            " allowed: validation:auc (line 4)",
        ),
        (
            tuned("train:auc"),
            "tune.objective_metric_name: train:auc is measured on the rows that the model learns by heart: the search "
            "would reward overfitting; allowed: a metric of the validation rows (line 4)",
        ),
        (
            tuned(train=""),
            "tune.objective_metric_name: validation:auc is read from the log by train.metric_definitions, and there are "
            "none (line 4)",
        ),
        (
            tuned(more=", strategy: Hyperband"),
            "tune.strategy_config.max_resource: missing: Hyperband must know how many rounds a job may have; "
            "allowed: a number (line 4)",
        ),
    ],
)
def test_what_can_not_be_is_refused_in_words(raw: bytes, message: str) -> None:
    assert refused(raw) == message


@pytest.mark.parametrize("name", ["artifacts", "captured", "code", "data", "predict", "predictions", "releases"])
def test_folders_that_mean_something_else_hold_no_code(name: str) -> None:
    said = refused(spec(f"script: {{entry_point: train.py, framework: sklearn, source_dir: {name}/x}}"))
    assert f"is not for code: <model>/{name}/ means something else" in said


@pytest.mark.parametrize("key", ["script", "image", "algorithm_arn", "model_package"])
def test_a_key_that_stands_at_the_top_is_told_where_it_belongs(key: str) -> None:
    said = refused(f"algorithm: xgboost\ndata: {{label: y}}\n{key}: a\n".encode())
    assert f"{key}: unknown key here; write algorithm: {{{key}: ...}}" in said


@pytest.mark.parametrize(("algorithm", "word"), [(SCRIPT, '"gini"'), (IMAGE, "gini")], ids=["script", "image"])
def test_hyperparameters_become_json_text_but_a_word_for_an_image_stays(algorithm: str, word: str) -> None:
    given = parse_spec(
        spec(algorithm, "hyperparameters: {n: 5, a: 0.5, deep: true, l: [1, [2]], o: {a: {b: 1}}, w: gini}")
    )
    assert job_hyperparameters(given, Rows(Problem.BINARY, 2)) == {
        "n": "5",
        "a": "0.5",
        "deep": "true",
        "l": "[1, [2]]",
        "o": '{"a": {"b": 1}}',
        "w": word,
    }


def test_what_is_searched_has_no_value_of_its_own() -> None:
    given = parse_spec(tuned(train=f"{METRIC}, hyperparameters: {{word: a}}"))
    assert job_hyperparameters(given, Rows(Problem.BINARY, 2)) == {"word": '"a"'}
    assert "has a value in train.hyperparameters (depth)" in refused(
        tuned(train=f"{METRIC}, hyperparameters: {{depth: 2}}")
    )


def test_the_problem_is_the_specs_or_the_labels_whatever_a_hyperparameter_is_called() -> None:
    assert problem_of(parse_spec(spec(train="hyperparameters: {objective: 'reg:squarederror'}"))) is None
    stated = parse_spec(spec(rest="evaluate: {problem: regression}\n"))
    assert problem_of(stated) is Problem.REGRESSION
    assert [one.metric for one in gate_of(stated, Problem.REGRESSION)] == ["r2", "r2"]


def test_the_profile_says_what_is_known_of_it() -> None:
    script = own_profile(OwnAlgorithm.model_validate({"script": {"entry_point": "a.py", "framework": "sklearn"}}))
    image = own_profile(OwnAlgorithm(image="x", answers="jsonlines"))
    assert (script.name, script.hyperparameters, script.problems, script.answers) == (
        "your script",
        None,
        (),
        Answers.CSV,
    )
    assert (image.name, image.answers) == ("your image", Answers.JSON_LINES)
