"""The 17 built-in algorithms: what each takes, by the developer guide, and that its tables agree with each other."""

import subprocess
import sys
from typing import get_args

import pytest

from tests.unit.spec.built_in import ALGORITHMS, REQUIRED, spec
from yardmaster.records import Problem
from yardmaster.spec import builtin
from yardmaster.spec.algorithms import image_uri
from yardmaster.spec.builtin import profile
from yardmaster.spec.data import ContentType
from yardmaster.spec.of_algorithm import content_type_of, is_encoded
from yardmaster.spec.parse import parse_spec
from yardmaster.spec.problem import problem_of
from yardmaster.spec.profile import Rows

LOCAL = {"xgboost", "linear-learner", "k-means", "pca", "knn"}
TABULAR = LOCAL | {"randomcutforest", "lda", "ntm"}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_has_a_spec_of_a_few_lines(name: str) -> None:
    found = parse_spec(spec(name))
    assert is_encoded(found) == (name in TABULAR)
    regions = ["us-east-1", "eu-west-1", "ap-northeast-1", "us-gov-west-1"] + (["cn-north-1"] if name != "lda" else [])
    assert all(f".dkr.ecr.{region}.amazonaws.com" in image_uri(found.algorithm, region) for region in regions)


def test_there_is_such_a_spec_for_each() -> None:
    assert sorted(ALGORITHMS) == sorted(builtin.NAMES)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("xgboost", None),
        ("linear-learner", None),
        ("knn", None),
        ("k-means", Problem.CLUSTERING),
        *((name, Problem.NONE) for name in ALGORITHMS if name not in ("xgboost", "linear-learner", "knn", "k-means")),
    ],
)
def test_what_an_algorithm_predicts_is_left_to_the_label_or_known(name: str, problem: Problem | None) -> None:
    assert problem_of(parse_spec(spec(name))) is problem


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("linear-learner", "binary_classifier", Problem.BINARY),
        ("linear-learner", "multiclass_classifier", Problem.MULTICLASS),
        ("linear-learner", "regressor", Problem.REGRESSION),
        ("knn", "regressor", Problem.REGRESSION),
        ("knn", "classifier", None),
    ],
)
def test_a_predictor_states_the_problem_unless_it_leaves_a_choice(
    name: str, value: str, problem: Problem | None
) -> None:
    assert problem_of(parse_spec(spec(name, predictor_type=value))) is problem


@pytest.mark.parametrize(
    ("name", "written", "content_type"),
    [
        ("xgboost", None, "text/csv"),
        ("k-means", None, "text/csv"),
        ("ipinsights", None, "text/csv"),
        ("blazingtext", None, "text/plain"),
        ("object2vec", None, "application/jsonlines"),
        ("seq2seq", None, "application/x-recordio-protobuf"),
        ("deepar", "{content_type: application/x-parquet}", "application/x-parquet"),
        ("image-classification", "{content_type: application/x-image}", "application/x-image"),
    ],
)
def test_drops_hold_what_the_spec_says_or_the_one_type_that_is_read(
    name: str, written: str | None, content_type: str
) -> None:
    assert content_type_of(parse_spec(spec(name, written))) == content_type


def test_local_aws_runs_five_and_says_why_not_the_others() -> None:
    assert {name for name in ALGORITHMS if profile(name).local} == LOCAL
    assert all(profile(name).not_local.startswith("local AWS ") for name in ALGORITHMS if name not in LOCAL)


def test_only_the_algorithm_that_is_named_is_loaded() -> None:
    code = (
        "import sys; from yardmaster.spec.parse import parse_spec;"
        "parse_spec(b'algorithm: xgboost\\ndata: {label: y}');"
        "print(*[name for name in sys.modules if name.startswith('yardmaster.spec.builtin.')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["yardmaster.spec.builtin.xgboost"]


# --- the tables agree with each other ---------------------------------------------------------------------------------

SOME_ROWS = [
    Rows(problem, classes, features, train)
    for problem, classes in [
        (Problem.BINARY, 2),
        (Problem.MULTICLASS, 3),
        (Problem.MULTICLASS, 100),
        (Problem.REGRESSION, 0),
        (Problem.CLUSTERING, 0),
        (Problem.NONE, 0),
    ]
    for features, train in [(0, 0), (1, 1), (8, 300), (500, 2_000_000)]
]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_default_is_a_value_that_its_own_table_accepts(name: str) -> None:
    known = profile(name)
    defaults = [
        (rows, key, value)
        for rows in SOME_ROWS
        if rows.problem in known.problems
        for key, value in known.defaults(rows).items()
    ]
    assert [one for one in defaults if not known.rows_of[one[1]].accepts(one[2])] == []
    assert [
        (rows, key)
        for rows, key, value in defaults
        if key in known.fitting and value not in known.fitting[key][rows.problem]
    ] == []


@pytest.mark.parametrize("name", sorted(TABULAR))
def test_what_an_algorithm_needs_is_derived_from_rows_or_required_of_the_spec(name: str) -> None:
    known = profile(name)
    for problem in known.problems:
        derived = known.defaults(Rows(problem, 3, 8, 1000))
        assert {*known.required_as_is} <= set(derived)
        assert not {*known.required} & set(derived)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_tables_of_an_algorithm_agree_with_each_other(name: str) -> None:
    known = profile(name)
    rows = known.rows_of
    assert (known.name, known.problems != ()) == (name, True)
    assert set(known.required) == set(REQUIRED[name])
    named = {*known.required, *known.required_as_is, *known.at_most, *known.fitting, *known.instead}
    named |= {*known.together, *known.together.values(), *known.aliases.values(), *known.elsewhere.values()}
    named |= {known.decides or next(iter(rows)), known.counts or next(iter(rows)), known.rounds or next(iter(rows))}
    assert named <= set(rows)
    assert not {*known.aliases, *known.elsewhere} & set(rows)
    assert all(set(values) <= set(rows[key].options) for key, by in known.fitting.items() for values in by.values())
    assert not any(set(others) & set(rows[key].options) for key, others in known.instead.items())
    assert {*known.per_round, *(one for some in known.metrics_of.values() for one in some)} <= set(known.metrics)
    assert set(known.metrics.values()) <= {"Maximize", "Minimize"}
    assert known.tunable == bool(known.metrics) == any(row.tunable for row in rows.values())
    assert set(known.content_types) <= set(get_args(ContentType))
    assert known.tabular <= ("text/csv" in known.content_types)
    assert set(known.needed_with) <= set(known.content_types)
    assert {*(one for kind in known.content_types for one in known.needs(kind))} <= set(known.folders)
    assert {*known.channel_types, *known.sharded} <= set(known.folders)
    assert set(known.spelled) <= set(known.content_types)
    assert set(known.scores) == (set(known.problems) if known.tabular and name != "xgboost" else set())
    assert ("label_size=0" in known.training_content_type) == (known.tabular and not known.labelled)
    assert {one.partition(":")[0] for one in known.metrics} <= {"train", *known.folders}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_metric_of_a_search_is_measured_on_rows_that_a_release_has(name: str) -> None:
    known = profile(name)
    given = set(known.channels.values()) if known.tabular else set(known.folders)
    assert {one for one in known.metrics if one.partition(":")[0] not in given} == set()
    assert [one for one in known.metrics if one.startswith("train:")] == (
        ["train:mean_rho"] if name == "blazingtext" else []
    )


# --- channels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        ("xgboost", ("train", "validation")),
        ("linear-learner", ("train", "validation", "test")),
        ("k-means", ("train", "test")),
        ("ntm", ("train", "validation", "test", "auxiliary")),
        ("deepar", ("train", "test")),
        ("image-classification", ("train", "validation", "train_lst", "validation_lst", "model")),
        ("seq2seq", ("train", "validation", "vocab")),
    ],
)
def test_folders_that_are_split_already_have_the_algorithms_own_names(name: str, folders: tuple[str, ...]) -> None:
    assert profile(name).folders == folders


@pytest.mark.parametrize(
    ("name", "content_type", "folders"),
    [
        ("k-means", "application/x-recordio-protobuf", ("train",)),
        ("seq2seq", "application/x-recordio-protobuf", ("train", "validation", "vocab")),
        ("image-classification", "application/x-recordio", ("train", "validation")),
        ("image-classification", "image/png", ("train", "validation", "train_lst", "validation_lst")),
        ("object-detection", "image/jpeg", ("train", "validation", "train_annotation", "validation_annotation")),
    ],
)
def test_a_job_needs_some_of_its_folders(name: str, content_type: str, folders: tuple[str, ...]) -> None:
    assert profile(name).needs(content_type) == folders


@pytest.mark.parametrize(
    ("name", "channel", "content_type", "expected"),
    [
        ("deepar", "train", "application/jsonlines", "json"),
        ("deepar", "test", "application/x-parquet", "parquet"),
        ("ntm", "train", "application/x-recordio-protobuf", "application/x-recordio-protobuf"),
        ("ntm", "auxiliary", "application/x-recordio-protobuf", "text/plain"),
        ("semantic-segmentation", "train", "image/jpeg", "image/jpeg"),
        ("semantic-segmentation", "train_annotation", "image/jpeg", "image/png"),
        ("xgboost", "train", "text/libsvm", "text/libsvm"),
    ],
)
def test_a_channel_is_declared_as_the_algorithm_calls_its_content(
    name: str, channel: str, content_type: str, expected: str
) -> None:
    assert profile(name).channel_type(channel, content_type) == expected


@pytest.mark.parametrize("name", ["k-means", "knn", "pca", "lda"])
def test_where_an_algorithm_has_no_validation_channel_ours_goes_as_its_test(name: str) -> None:
    assert profile(name).channels == {"train": "train", "validation": "test"}
